package contract

import (
	"bytes"

	"github.com/stretchr/testify/require"

	"rel/platform"
)

func checking(b *bench) {
	b.activate(platform.Main, version(1), b.Ports[0][0])
	check := func(slot string) error { return b.Driver.Check(b.ctx(), b.one(), slot, b.Health) }
	b.eventually(func() error { return check(platform.Main) })
	require.ErrorIs(b.T, check(platform.Blue), platform.ErrUnhealthy, "an empty slot")
	b.stop(platform.Main)
	require.ErrorIs(b.T, check(platform.Main), platform.ErrUnhealthy, "a stopped slot")
}

func crashing(b *bench) {
	if b.Crash == nil {
		return
	}
	want := b.activate(platform.Main, version(1), b.Ports[0][0])
	mend := b.Crash(b.T, b.one(), platform.Main)
	now := b.observe(b.one()).Slots[platform.Main]
	require.False(b.T, now.Running)
	require.Positive(b.T, now.Ended)
	require.ErrorIs(b.T, b.Driver.Check(b.ctx(), b.one(), platform.Main, b.Health), platform.ErrUnhealthy)

	mend()
	b.restore(platform.Main, platform.Slot{Revision: want.Revision, Port: want.Port, Unit: want.Unit})
	b.restore(platform.Main, want)
	require.Equal(b.T, want, b.slot(platform.Main))
	require.Zero(b.T, b.observe(b.one()).Slots[platform.Main].Ended, "counted since it was started anew")
}

func claims(b *bench) {
	claim := func(bytes int64) []platform.Claim {
		return []platform.Claim{{Address: b.one(), Bytes: bytes, Ports: b.Ports[0][:]}}
	}
	require.NoError(b.T, b.Driver.Preflight(b.ctx(), claim(1)))
	b.activate(platform.Main, version(1), b.Ports[0][0])
	b.eventually(func() error { return b.Driver.Check(b.ctx(), b.one(), platform.Main, b.Health) })
	require.NoError(b.T, b.Driver.Preflight(b.ctx(), claim(1)), "an instance's own port is no stranger's")

	for _, c := range b.Impossible {
		require.ErrorContains(b.T, b.Driver.Preflight(b.ctx(), []platform.Claim{c}), c.Address.String())
	}
	err := b.Driver.Preflight(b.ctx(), b.Impossible)
	for _, c := range b.Impossible {
		require.ErrorContains(b.T, err, c.Address.String(), "all that cannot be met is said at once")
	}
}

func logs(b *bench) {
	if b.Output == "" {
		return
	}
	b.activate(platform.Main, version(1), b.Ports[0][0])
	b.eventually(func() error { return b.Driver.Check(b.ctx(), b.one(), platform.Main, b.Health) })
	read := func(lines int) string {
		var text bytes.Buffer
		require.NoError(b.T, b.Driver.Logs(b.ctx(), &text, b.one(), platform.Main, platform.LogOptions{Lines: lines}))
		return text.String()
	}
	require.Contains(b.T, read(-1), b.Output)
	require.Empty(b.T, read(0))
	require.Equal(b.T, 1, bytes.Count([]byte(read(1)), []byte("\n")))
}
