package executor

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"rel/planner"
	"rel/platform"
	"rel/state"
)

// TestJournalCannotBeWritten: nothing new is started, what runs is let end, and later the
// same command goes on.
func TestJournalCannotBeWritten(t *testing.T) {
	s := newSite(t, rolling...)
	s.backend.set(func() {
		s.backend.append = func(records []state.Record) error {
			if records[0].Step == "stage:h1" && records[0].Type == state.End {
				return errDisk
			}
			return nil
		}
	})
	_, err := s.apply(t, func(o *Options) { o.Parallelism = 1 })
	require.ErrorIs(t, err, ErrJournal)
	require.ErrorIs(t, err, errDisk)
	require.ErrorContains(t, err, "deployment 1")
	require.Contains(t, s.world.Host(at("h1")).Staged, webRevision.Name())
	require.NotContains(t, s.world.Host(at("h2")).Staged, webRevision.Name())
	s.revive()
	result, err := s.apply(t)
	require.NoError(t, err)
	require.Equal(t, state.Succeeded, result.Outcome)
}

// TestJournalCannotBeWrittenInAPause: what only waits is not waited for.
func TestJournalCannotBeWrittenInAPause(t *testing.T) {
	s := newSite(t, "pause", "stage:h1", "finish < pause, stage:h1")
	s.plan.Steps[0].Args.(*planner.Pause).For = seconds(1_000_000)
	s.backend.set(func() {
		s.backend.append = func(records []state.Record) error {
			if records[0].Type == state.End {
				return errDisk
			}
			return nil
		}
	})
	_, err := s.apply(t)
	require.ErrorIs(t, err, ErrJournal)
}

// TestJournalWritesAreTriedAgain: a hiccup of the disk stops nothing.
func TestJournalWritesAreTriedAgain(t *testing.T) {
	s := newSite(t, rolling...)
	var failed atomic.Int32
	s.backend.set(func() {
		s.backend.append = func([]state.Record) error {
			if n := failed.Add(1); n%3 == 1 {
				return errDisk
			}
			return nil
		}
	})
	result, err := s.apply(t)
	require.NoError(t, err)
	require.Equal(t, state.Succeeded, result.Outcome)
}

// TestStateCannotBeSaved: it is tried for a while, the lock held; then the caller gets the
// state to keep elsewhere, and the same command saves it later.
func TestStateCannotBeSaved(t *testing.T) {
	s := newSite(t, rolling...)
	tries := 0
	s.backend.set(func() {
		s.backend.write = func(st state.State) error {
			if st.Unfinished != nil {
				return nil
			}
			tries++
			_, err := s.backend.Lease(t.Context(), "production")
			require.NoError(t, err, "the lock is held")
			return errDisk
		}
	})
	result, err := s.apply(t)
	require.ErrorIs(t, err, ErrState)
	require.ErrorIs(t, err, errDisk)
	require.Equal(t, stateTries, tries)
	require.Equal(t, state.Succeeded, result.Outcome, "what happened is told all the same")
	var unsaved *StateError
	require.ErrorAs(t, err, &unsaved)
	kept, err := state.Decode(unsaved.State)
	require.NoError(t, err)
	require.Equal(t, 1, kept.Live)

	s.backend.set(func() { s.backend.write = nil })
	result, err = s.apply(t)
	require.NoError(t, err)
	require.Equal(t, state.Succeeded, result.Outcome)
	require.Equal(t, kept, s.readState(t))
}

// TestNumberCannotBeTaken: then nothing has begun.
func TestNumberCannotBeTaken(t *testing.T) {
	s := newSite(t, rolling...)
	before := s.picture()
	s.backend.set(func() { s.backend.write = func(state.State) error { return errDisk } })
	_, err := s.apply(t)
	require.ErrorIs(t, err, ErrState)
	require.ErrorContains(t, err, "nothing was changed")
	require.Equal(t, before, s.picture())
}

// TestCrashBetweenStateAndJournal: the number is taken and the journal empty; the same command
// opens it, and what moved meanwhile ends the deployment rather than the environment.
func TestCrashBetweenStateAndJournal(t *testing.T) {
	for name, moved := range map[string]bool{"goes on": false, "moved": true} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, rolling...)
			s.kill(0)
			_, err := s.apply(t)
			require.ErrorIs(t, err, state.ErrLeaseLost)
			require.NotNil(t, s.readState(t).Unfinished)
			s.revive()
			want := state.Succeeded
			if moved {
				s.world.Host(at("h1")).Slot(platform.Main).Process = nil
				want = state.Aborted
			}
			result, err := s.apply(t)
			require.NoError(t, err)
			require.Equal(t, want, result.Outcome)
			require.Equal(t, state.Opened, s.journal(t, 1)[0].Type)
		})
	}
}

// TestLeaseLost: whoever lost the lease stops at once and writes nothing more.
func TestLeaseLost(t *testing.T) {
	s := newSite(t, pausing...)
	var pauses atomic.Bool
	s.backend.set(func() {
		s.backend.renew = func() error {
			if pauses.Load() {
				return state.ErrLeaseLost
			}
			return nil
		}
	})
	sink := s.tell
	_, err := s.apply(t, func(o *Options) {
		o.Sink = func(e Event) {
			sink(e)
			if b, ok := e.(StepBegan); ok && b.Step.ID == "pause" {
				pauses.Store(true)
			}
		}
	})
	require.ErrorIs(t, err, state.ErrLeaseLost)
	last := s.journal(t, 1)
	require.Equal(t, "begin pause", line(last[len(last)-1]))
	var told int
	for _, e := range s.events {
		if l, ok := e.(LeaseEvent); ok {
			require.ErrorIs(t, l.Err, state.ErrLeaseLost)
			told++
		}
	}
	require.Equal(t, 1, told)
}

// TestLeaseLostAtTheJournal: where the journal says so first, what runs is not let end either.
func TestLeaseLostAtTheJournal(t *testing.T) {
	s := newSite(t, "stage:h1", "activate:h2", "finish < stage:h1, activate:h2")
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	s.onStep(func(what string) error {
		if what == "activate:main" {
			<-release
		}
		return nil
	})
	s.backend.set(func() {
		s.backend.append = func(records []state.Record) error {
			if records[0].Type == state.End {
				return state.ErrLeaseLost
			}
			return nil
		}
	})
	ended := make(chan error, 1)
	go func() { _, err := Apply(t.Context(), s.options()); ended <- err }()
	select {
	case err := <-ended:
		require.ErrorIs(t, err, state.ErrLeaseLost)
		require.NotErrorIs(t, err, ErrJournal)
	case <-time.After(20 * time.Second):
		require.Fail(t, "it waits for what runs")
	}
}

// TestLeaseExpires: one that cannot be renewed is given up when it expires, for then somebody
// else may have it.
func TestLeaseExpires(t *testing.T) {
	s := newSite(t, pausing...)
	s.backend.set(func() { s.backend.renew = func() error { return errDisk } })
	_, err := s.apply(t)
	require.ErrorIs(t, err, state.ErrLeaseLost)
	require.ErrorIs(t, err, errDisk)
}

// TestRenewal: a hiccup before the lease expires is no loss; one after it is.
func TestRenewal(t *testing.T) {
	for name, test := range map[string]struct {
		past time.Duration
		err  error
		lost bool
	}{
		"renewed":                   {10 * time.Second, nil, false},
		"renewed though it expired": {40 * time.Second, nil, false},
		"a hiccup":                  {29 * time.Second, errDisk, false},
		"not renewed and expired":   {30 * time.Second, errDisk, true},
		"taken by somebody else":    {10 * time.Second, state.ErrLeaseLost, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			o := s.options()
			lease, err := s.backend.Acquire(t.Context(), "production", o.Holder)
			require.NoError(t, err)
			o.Clock.Now = func() time.Time { return testTime.Add(test.past) }
			s.backend.renew = func() error { return test.err }
			k := &keeper{o: o, lease: lease}
			err = k.renew(t.Context())
			require.ErrorIs(t, err, test.err)
			require.Equal(t, test.lost, errors.Is(err, state.ErrLeaseLost))
		})
	}
}

// TestLeaseIsRenewed: a deployment longer than a lease keeps it.
func TestLeaseIsRenewed(t *testing.T) {
	s := newSite(t, "pause", "finish < pause")
	s.plan.Steps[0].Args.(*planner.Pause).For = seconds(120)
	var renewed atomic.Int32
	s.backend.set(func() { s.backend.renew = func() error { renewed.Add(1); return nil } })
	result, err := s.apply(t)
	require.NoError(t, err)
	require.Equal(t, state.Succeeded, result.Outcome)
	require.GreaterOrEqual(t, renewed.Load(), int32(4))
}

// TestForeignJournal: a journal that is not of this state or plan never runs.
func TestForeignJournal(t *testing.T) {
	s := newSite(t, pausing...)
	s.interruptAt(t, "pause")
	s.plan = s.planOf(t, "stage:h1", "finish < stage:h1")
	_, err := s.apply(t)
	require.ErrorIs(t, err, ErrOtherState)
	require.ErrorContains(t, err, "does not fit the plan")
	d := &deployment{Options: s.options(), number: 1, state: state.State{Lineage: "l"}}
	for _, o := range []*state.Opening{nil, {PlanDigest: "sha256:else", Lineage: "l"}, {PlanDigest: s.digest, Lineage: "m"}} {
		d.records = []state.Record{{Type: state.Opened, Opened: o}}
		require.ErrorIs(t, d.checkOpening(), ErrOtherState)
	}
	d.records[0].Opened = &state.Opening{PlanDigest: s.digest, Lineage: "l"}
	require.NoError(t, d.checkOpening())
}
