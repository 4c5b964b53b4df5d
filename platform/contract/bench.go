package contract

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"rel/platform"
)

// bench is a subject on which a test works: its verbs fail the test on an error.
type bench struct {
	Subject
	T *testing.T
}

func (b *bench) ctx() context.Context { return b.T.Context() }

// one is the instance of those tests that need no other.
func (b *bench) one() platform.Address { return b.Instances[0] }

func (b *bench) observe(a platform.Address) platform.Instance {
	b.T.Helper()
	facts, err := b.Driver.Observe(b.ctx(), []platform.Address{a})
	require.NoError(b.T, err)
	require.Contains(b.T, facts, a, "an instance that is asked for has facts, also where it is not there")
	require.Empty(b.T, facts[a].Unreachable)
	return facts[a]
}

func (b *bench) slot(slot string) platform.Slot {
	b.T.Helper()
	return lasting(b.observe(b.one()).Slots[slot])
}

// lasting leaves out the passing observation of a slot.
func lasting(s platform.Slot) platform.Slot {
	s.Ended = 0
	return s
}

func (b *bench) stage(a platform.Address, version string) string {
	b.T.Helper()
	r := b.Revision(version)
	require.NoError(b.T, b.Driver.Stage(b.ctx(), present(), a, r, b.Open))
	return r.Name()
}

// activate stages and activates a version on the first instance.
func (b *bench) activate(slot, version string, port int) platform.Slot {
	b.T.Helper()
	return b.activateOn(b.one(), slot, version, port)
}

func (b *bench) activateOn(a platform.Address, slot, version string, port int) platform.Slot {
	b.T.Helper()
	to := platform.Activation{Revision: b.stage(a, version), Port: port}
	facts, err := b.Driver.Activate(b.ctx(), present(), a, slot, to)
	require.NoError(b.T, err)
	b.same(a, facts)
	return lasting(facts.Slots[slot])
}

func (b *bench) stop(slot string) platform.Slot {
	b.T.Helper()
	facts, err := b.Driver.Stop(b.ctx(), present(), b.one(), slot)
	require.NoError(b.T, err)
	b.same(b.one(), facts)
	return lasting(facts.Slots[slot])
}

func (b *bench) restore(slot string, before platform.Slot) {
	b.T.Helper()
	facts, err := b.Driver.Restore(b.ctx(), present(), b.one(), slot, before)
	require.NoError(b.T, err)
	b.same(b.one(), facts)
}

// same: what a verb returns is what observing shows.
func (b *bench) same(a platform.Address, facts platform.Instance) {
	b.T.Helper()
	now := b.observe(a)
	require.Equal(b.T, now.Fingerprint(), facts.Fingerprint(), "observed %v, returned %v", now, facts)
	require.Equal(b.T, now.Staged, facts.Staged)
}

// eventually waits for what a real service needs a moment for.
func (b *bench) eventually(what func() error) {
	b.T.Helper()
	var err error
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if err = what(); err == nil {
			return
		}
	}
	require.NoError(b.T, err)
}
