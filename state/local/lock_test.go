package local

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"rel/state"
)

// Only a process that is dead for certain is taken for dead: to take a live one's lease is
// two writers.
func TestIsDead(t *testing.T) {
	self := Self("ann", "apply")
	require.NotEmpty(t, self.Boot)
	require.NotEmpty(t, self.Start)
	for name, c := range map[string]struct {
		change func(*state.Holder)
		dead   bool
	}{
		"this process":                  {func(*state.Holder) {}, false},
		"its number, an earlier start":  {func(h *state.Holder) { h.Start = "1" }, true},
		"its number, start not known":   {func(h *state.Holder) { h.Start = "" }, false},
		"no such process":               {func(h *state.Holder) { h.PID = 1 << 30 }, true},
		"no such process, no start":     {func(h *state.Holder) { h.PID, h.Start = 1<<30, "" }, true},
		"no such process, another host": {func(h *state.Holder) { h.PID, h.Host = 1<<30, "far.example" }, false},
		"no such process, another boot": {func(h *state.Holder) { h.PID, h.Boot = 1<<30, "b" }, false},
		"no such process, boot unknown": {func(h *state.Holder) { h.PID, h.Boot = 1<<30, "" }, false},
		"no process id":                 {func(h *state.Holder) { h.PID = 0 }, false},
		"a group of processes":          {func(h *state.Holder) { h.PID = -1 << 30 }, false},
	} {
		t.Run(name, func(t *testing.T) {
			h := self
			c.change(&h)
			require.Equal(t, c.dead, isDead(h))
		})
	}
}

// Somebody who hangs while he has the guard does not make others hang beyond their context.
func TestGuardEndsWithTheContext(t *testing.T) {
	b := faulty(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, b.exclusively(t.Context(), "e", func(string) error {
		_, err := Open(b.root, b.now).Acquire(ctx, "e", Self("bob", "apply"))
		require.ErrorIs(t, err, context.Canceled)
		return nil
	}))
	_, err := b.Acquire(t.Context(), "e", Self("ann", "apply"))
	require.NoError(t, err)
}

// The lock file tells whether the lease is held, by whom, and the last number also when it
// is not. Other versions of rel read it.
func TestLockFileIsFixed(t *testing.T) {
	b := faulty(t)
	h := state.Holder{Who: "ann", Host: "h", Boot: "b", PID: 7, Start: "9", Reason: "apply"}
	lease, err := b.Acquire(t.Context(), "e", h)
	require.NoError(t, err)
	require.Equal(t, `{
  "format_version": "1.0",
  "number": 1,
  "lease": {
    "number": 1,
    "holder": {
      "who": "ann",
      "host": "h",
      "boot": "b",
      "pid": 7,
      "start": "9",
      "reason": "apply"
    },
    "since": "2026-03-01T12:00:00Z",
    "expires": "2026-03-01T12:00:30Z"
  }
}
`, readFile(t, b, lockFile))
	require.NoError(t, b.Release(t.Context(), "e", lease))
	require.Equal(t, `{
  "format_version": "1.0",
  "number": 1,
  "lease": null
}
`, readFile(t, b, lockFile))
}

func readFile(t *testing.T, b *Backend, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(b.root, "e", name))
	require.NoError(t, err)
	return string(data)
}

func TestDecodeLockRefuses(t *testing.T) {
	for document, is := range map[string]error{
		"":                                     state.ErrDamaged,
		"{}":                                   state.ErrDamaged,
		`{"format_version":"1.0","number":-1}`: state.ErrDamaged,
		`{"format_version":"1.0","number":2,"lease":{"number":1}}`:  state.ErrDamaged,
		`{"format_version":"1.0","number":2,"owner":"ann"}`:         state.ErrDamaged,
		`{"format_version":"1.0","number":2} }`:                     state.ErrDamaged,
		`{"format_version":"1.1","number":2,"queue":["ann","bob"]}`: state.ErrUnknownFormat,
	} {
		_, err := decodeLock([]byte(document))
		require.ErrorIs(t, err, is, document)
	}
}

func FuzzDecodeLock(f *testing.F) {
	f.Add([]byte(`{"format_version":"1.0","number":1,"lease":{"number":1,"holder":{"who":"a","host":"h","pid":1,"reason":"r"},"since":"2026-03-01T12:00:00Z","expires":"2026-03-01T12:00:30Z"}}`))
	f.Add([]byte(`{"format_version":"1.0","number":1,"lease":null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := decodeLock(data)
		if err != nil {
			require.Zero(t, l)
			return
		}
		require.False(t, l.Lease != nil && l.Lease.Number != l.Number)
	})
}
