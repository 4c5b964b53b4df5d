package contract

import (
	"github.com/stretchr/testify/require"

	"rel/platform"
)

func activating(b *bench) {
	slot := b.activate(platform.Main, version(1), b.Ports[0][0])
	require.Equal(b.T, b.Revision(version(1)).Name(), slot.Revision)
	require.Equal(b.T, b.Ports[0][0], slot.Port)
	require.NotEmpty(b.T, slot.Unit)
	require.True(b.T, slot.Running)
	require.True(b.T, slot.Enabled)
	require.Len(b.T, b.observe(b.one()).Slots, 1, "slots that are empty are no facts")
}

func activatingRepeats(b *bench) {
	first := b.activate(platform.Main, version(1), b.Ports[0][0])
	require.Equal(b.T, first, b.activate(platform.Main, version(1), b.Ports[0][0]))
	b.stop(platform.Main)
	require.Equal(b.T, first, b.activate(platform.Main, version(1), b.Ports[0][0]))
}

func activatingUnstaged(b *bench) {
	before := b.activate(platform.Main, version(1), b.Ports[0][0])
	to := platform.Activation{Revision: b.Revision(version(2)).Name(), Port: b.Ports[0][0]}
	_, err := b.Driver.Activate(b.ctx(), present(), b.one(), platform.Main, to)
	require.ErrorContains(b.T, err, to.Revision)
	require.Equal(b.T, before, b.slot(platform.Main))
}

func sideBySide(b *bench) {
	blue := b.activate(platform.Blue, version(1), b.Ports[0][0])
	green := b.activate(platform.Green, version(2), b.Ports[0][1])
	require.Equal(b.T, blue, b.slot(platform.Blue))
	require.NotEqual(b.T, blue.Revision, green.Revision)
	b.stop(platform.Blue)
	require.Equal(b.T, green, b.slot(platform.Green))
}

func moving(b *bench) {
	first := b.activate(platform.Main, version(1), b.Ports[0][0])
	second := b.activate(platform.Main, version(2), b.Ports[0][1])
	require.Equal(b.T, b.Ports[0][1], second.Port)
	require.Equal(b.T, b.Revision(version(2)).Name(), second.Revision)
	require.NotEqual(b.T, first.Unit, second.Unit, "the port is part of the unit")
}

func stopping(b *bench) {
	want := b.activate(platform.Main, version(1), b.Ports[0][0])
	want.Running, want.Enabled = false, false
	for range 2 {
		require.Equal(b.T, want, b.stop(platform.Main))
	}
	require.Equal(b.T, platform.Slot{}, b.stop(platform.Blue), "stopping nothing makes nothing")
}

// restoring goes from each way a slot can be to each other one and back.
func restoring(b *bench) {
	ways := []func() platform.Slot{
		func() platform.Slot { b.restore(platform.Blue, platform.Slot{}); return platform.Slot{} },
		func() platform.Slot { return b.activate(platform.Blue, version(1), b.Ports[0][0]) },
		func() platform.Slot {
			b.activate(platform.Blue, version(1), b.Ports[0][0])
			return b.stop(platform.Blue)
		},
		func() platform.Slot { return b.activate(platform.Blue, version(2), b.Ports[0][1]) },
	}
	for to, before := range ways {
		want := before()
		for from, after := range ways {
			after()
			for range 2 {
				b.restore(platform.Blue, want)
				require.Equal(b.T, want, b.slot(platform.Blue), "to way %d from way %d", to, from)
			}
		}
	}
	// running without being enabled and the other way round: by hand, but facts all the same
	for _, odd := range []platform.Slot{{Running: true}, {Enabled: true}} {
		want := b.activate(platform.Blue, version(1), b.Ports[0][0])
		want.Running, want.Enabled = odd.Running, odd.Enabled
		b.restore(platform.Blue, want)
		require.Equal(b.T, want, b.slot(platform.Blue))
	}
}

func removing(b *bench) {
	live := b.activate(platform.Main, version(1), b.Ports[0][0])
	for range 2 {
		b.restore(platform.Main, platform.Slot{})
		require.Equal(b.T, platform.Absent, b.observe(b.one()).Fingerprint())
		require.Equal(b.T, []string{live.Revision}, b.observe(b.one()).Staged, "a slot's revision stays on the host, for the way back")
	}
	b.restore(platform.Main, live)
	require.Equal(b.T, live, b.slot(platform.Main))

	b.restore(platform.Main, platform.Slot{})
	require.NoError(b.T, b.Driver.Unstage(b.ctx(), present(), b.one(), []string{live.Revision}))
	require.Equal(b.T, platform.Absent, b.observe(b.one()).Fingerprint())
	require.Empty(b.T, b.observe(b.one()).Staged)
}

func apart(b *bench) {
	first := b.activate(platform.Main, version(1), b.Ports[0][0])
	second := b.activateOn(b.Instances[1], platform.Main, version(1), b.Ports[1][0])
	require.Equal(b.T, first.Revision, second.Revision, "a revision is the same on all instances")
	b.stop(platform.Main)
	require.Equal(b.T, second, lasting(b.observe(b.Instances[1]).Slots[platform.Main]))
}
