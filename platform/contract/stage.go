package contract

import (
	"context"
	"errors"

	"github.com/stretchr/testify/require"

	"rel/platform"
)

func absent(b *bench) {
	facts, err := b.Driver.Observe(b.ctx(), b.Instances[:])
	require.NoError(b.T, err)
	require.Len(b.T, facts, 2)
	for _, a := range b.Instances {
		require.Equal(b.T, platform.Absent, facts[a].Fingerprint())
		require.Empty(b.T, facts[a].Staged)
	}
}

func stagedIsNotLive(b *bench) {
	first, second := b.stage(b.one(), version(2)), b.stage(b.one(), version(1))
	facts := b.observe(b.one())
	require.Equal(b.T, []string{first, second}, facts.Staged, "oldest first is by when it was staged")
	require.Equal(b.T, platform.Absent, facts.Fingerprint())
	require.Empty(b.T, b.observe(b.Instances[1]).Staged, "another instance is another host")
}

func stagingRepeats(b *bench) {
	first := b.stage(b.one(), version(1))
	second := b.stage(b.one(), version(2))
	err := b.Driver.Stage(b.ctx(), present(), b.one(), b.Revision(version(1)), func(context.Context) (platform.ArtifactReader, error) {
		return nil, errors.New("the artifact of a revision that is there already was opened")
	})
	require.NoError(b.T, err)
	require.Equal(b.T, []string{first, second}, b.observe(b.one()).Staged)
}

func stagingFails(b *bench) {
	gone := errors.New("the artifact is gone")
	open := func(context.Context) (platform.ArtifactReader, error) { return nil, gone }
	require.ErrorIs(b.T, b.Driver.Stage(b.ctx(), present(), b.one(), b.Revision(version(1)), open), gone)
	require.Empty(b.T, b.observe(b.one()).Staged)
	b.stage(b.one(), version(1)) // and a failure is not in the way of the next attempt
	require.Len(b.T, b.observe(b.one()).Staged, 1)
}

func unstaging(b *bench) {
	live := b.activate(platform.Main, version(1), b.Ports[0][0])
	other := b.stage(b.one(), version(2))
	for range 2 {
		require.NoError(b.T, b.Driver.Unstage(b.ctx(), present(), b.one(), []string{other, live.Revision, "0.0.0-000000000000"}))
		require.Equal(b.T, []string{live.Revision}, b.observe(b.one()).Staged, "what a slot points to stays")
		require.Equal(b.T, live, b.slot(platform.Main))
	}
	b.stop(platform.Main)
	require.NoError(b.T, b.Driver.Unstage(b.ctx(), present(), b.one(), []string{live.Revision}))
	require.Equal(b.T, []string{live.Revision}, b.observe(b.one()).Staged, "a stopped slot points to it as well")
}
