package contract

import (
	"github.com/stretchr/testify/require"

	"rel/platform"
)

// verbs are all that change something, each with a fence.
func (b *bench) verbs(f platform.Fence) map[string]error {
	r, a := b.Revision(version(2)), b.one()
	errs := map[string]error{"stage": b.Driver.Stage(b.ctx(), f, a, r, b.Open)}
	_, errs["activate"] = b.Driver.Activate(b.ctx(), f, a, platform.Main, platform.Activation{Revision: r.Name(), Port: b.Ports[0][0]})
	_, errs["stop"] = b.Driver.Stop(b.ctx(), f, a, platform.Main)
	_, errs["restore"] = b.Driver.Restore(b.ctx(), f, a, platform.Main, platform.Slot{})
	errs["unstage"] = b.Driver.Unstage(b.ctx(), f, a, b.observe(a).Staged)
	return errs
}

func (b *bench) refused(f platform.Fence) {
	b.T.Helper()
	before := b.observe(b.one())
	for verb, err := range b.verbs(f) {
		require.ErrorIs(b.T, err, platform.ErrFenced, "%s under %v", verb, f)
	}
	require.Equal(b.T, before.Fingerprint(), b.observe(b.one()).Fingerprint(), "what is refused changes nothing")
	require.Equal(b.T, before.Staged, b.observe(b.one()).Staged)
}

func fence(b *bench) {
	b.activate(platform.Main, version(1), b.Ports[0][0])
	b.stage(b.one(), version(3))
	b.refused(platform.Fence{Lineage: present().Lineage, Number: present().Number - 1})
	b.refused(platform.Fence{Lineage: "lineage-2", Number: present().Number + 1})

	newer := platform.Fence{Lineage: present().Lineage, Number: present().Number + 1}
	for verb, err := range b.verbs(newer) {
		require.NoError(b.T, err, verb)
	}
	b.refused(present())
}

func fenceOutlives(b *bench) {
	live := b.activate(platform.Main, version(1), b.Ports[0][0])
	b.restore(platform.Main, platform.Slot{})
	require.NoError(b.T, b.Driver.Unstage(b.ctx(), present(), b.one(), []string{live.Revision}))
	b.refused(platform.Fence{Lineage: present().Lineage, Number: present().Number - 1})
	b.refused(platform.Fence{Lineage: "lineage-2", Number: present().Number})
}
