package executor

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"rel/balancer"
	"rel/planner"
	"rel/platform"
	"rel/state"
)

var (
	errDisk   = errors.New("no space left on device")
	promoting = []string{"activate:h1 | undo", "check:h1 < activate:h1", "promote < check:h1", "stop:h2 < promote | undo", "finish < stop:h2"}
	pausing   = []string{"stage:h1 | undo", "activate:h1 < stage:h1 | undo", "check:h1 < activate:h1", "pause < check:h1", "finish < pause"}
)

func intent(i Intent) func(*Options) { return func(o *Options) { o.Intent = i } }

// kill lets n records come into the journal and then ends the process as if it were killed:
// nothing more is recorded, and nothing more is changed.
func (s *site) kill(n int) {
	var seen atomic.Int32
	var dead atomic.Bool
	s.backend.set(func() {
		s.backend.append = func(records []state.Record) error {
			if int(seen.Add(int32(len(records)))) > n {
				dead.Store(true)
				return state.ErrLeaseLost
			}
			return nil
		}
	})
	s.onStep(func(string) error {
		if dead.Load() {
			return context.Canceled
		}
		return nil
	})
}

func (s *site) revive() {
	s.backend.set(func() { s.backend.append = nil })
	s.onStep(nil)
}

// TestKilledAndGoneOn: killed after any write to the journal, the same command goes on and ends
// as it would have without, whether that is the desired world or the former.
func TestKilledAndGoneOn(t *testing.T) {
	for _, broken := range []bool{false, true} {
		works := func(_ platform.Address, revision string) bool { return !broken || revision != webRevision.Name() }
		whole := newSite(t, rolling...)
		whole.world.Works = works
		want, err := whole.apply(t)
		require.NoError(t, err)
		for n := range len(whole.journal(t, 1)) {
			t.Run(fmt.Sprintf("%s/%d", want.Outcome, n), func(t *testing.T) {
				s := newSite(t, rolling...)
				s.world.Works = works
				s.kill(n)
				_, err := s.apply(t)
				if broken && n > 20 && err == nil {
					return // which of two checks fails first, and so what there is to undo, is chance
				}
				require.ErrorIs(t, err, state.ErrLeaseLost)
				s.revive()
				result, err := s.apply(t)
				require.NoError(t, err)
				require.Equal(t, want.Outcome, result.Outcome)
				require.Equal(t, 1, result.Deployment)
				require.Equal(t, whole.picture(), s.picture())
				require.Nil(t, s.readState(t).Unfinished)
				s.requireFree(t)
			})
		}
	}
}

// TestGoingOnSaysWhatWasDone: the first event of the process that goes on.
func TestGoingOnSaysWhatWasDone(t *testing.T) {
	s := newSite(t, pausing...)
	s.interruptAt(t, "pause")
	_, err := s.apply(t, intent(GoBack))
	require.NoError(t, err)
	began := s.events[0].(Began)
	require.Equal(t, []string{"stage:h1", "activate:h1", "check:h1"}, began.Done)
	require.Equal(t, []string{"pause"}, began.HadBegun)
	resumed := 0
	for _, r := range s.journal(t, 1) {
		if r.Type == state.Resumed {
			resumed++
			require.Equal(t, "ana", r.By)
		}
	}
	require.Equal(t, 1, resumed)
}

// interruptAt applies until that step has begun, and interrupts once.
func (s *site) interruptAt(t testing.TB, id string) Result {
	t.Helper()
	interrupts := make(chan struct{}, 1)
	sink := s.tell
	result, err := s.apply(t, func(o *Options) {
		o.Interrupts = interrupts
		o.Sink = func(e Event) {
			sink(e)
			if b, ok := e.(StepBegan); ok && b.Step.ID == id {
				interrupts <- struct{}{}
			}
		}
	})
	require.NoError(t, err)
	return result
}

// TestFirstInterrupt: a pause ends at once, the deployment is unfinished, and another plan is
// refused until it is not.
func TestFirstInterrupt(t *testing.T) {
	s := newSite(t, pausing...)
	result := s.interruptAt(t, "pause")
	require.Equal(t, Result{Deployment: 1, Interrupted: true, Live: true}, result)
	require.Equal(t, 1, s.readState(t).Unfinished.Deployment)
	s.requireFree(t)

	_, err := s.apply(t, func(o *Options) { o.Digest = "sha256:other" })
	require.ErrorIs(t, err, ErrUnfinished)
	require.ErrorContains(t, err, "deployment 1 of production has begun with another plan, "+s.digest)

	s.plan.Steps[3].Args.(*planner.Pause).For = seconds(1)
	result, err = s.apply(t)
	require.NoError(t, err)
	require.Equal(t, state.Succeeded, result.Outcome)
}

// TestFirstInterruptLetsStepsEnd: what works when the interrupt comes is recorded as done.
func TestFirstInterruptLetsStepsEnd(t *testing.T) {
	s := newSite(t, rolling...)
	result := s.interruptAt(t, "activate:h1")
	require.True(t, result.Interrupted)
	begun := map[string]bool{}
	for _, r := range s.journal(t, 1) {
		begun[r.Step] = r.Type == state.Begin
	}
	for step, open := range begun {
		require.False(t, open, "%s was cut off", step)
	}
	result, err := s.apply(t)
	require.NoError(t, err)
	require.Equal(t, state.Succeeded, result.Outcome)
}

// TestSecondInterrupt stops at once; the journal is still true and the same command goes on.
func TestSecondInterrupt(t *testing.T) {
	s := newSite(t, rolling...)
	interrupts := make(chan struct{}, 2)
	s.onStep(func(what string) error {
		if what == "activate:main" {
			interrupts <- struct{}{}
			interrupts <- struct{}{}
			time.Sleep(50 * time.Millisecond)
		}
		return nil
	})
	result, err := s.apply(t, func(o *Options) { o.Interrupts = interrupts; o.Parallelism = 1 })
	require.NoError(t, err)
	require.True(t, result.Interrupted)
	require.True(t, result.Live)
	last := s.journal(t, 1)
	require.Equal(t, "begin activate:h1", line(last[len(last)-1]), "what it did is not recorded, for nobody waited")
	s.onStep(nil)
	result, err = s.apply(t)
	require.NoError(t, err)
	require.Equal(t, state.Succeeded, result.Outcome)
}

// TestInterruptBeforeAnythingBegins: while it waits for the lock, say.
func TestInterruptBeforeAnythingBegins(t *testing.T) {
	s := newSite(t, rolling...)
	_, err := s.backend.Acquire(t.Context(), "production", state.Holder{Who: "ben", Host: "other"})
	require.NoError(t, err)
	interrupts := make(chan struct{}, 1)
	_, err = s.apply(t, func(o *Options) {
		o.LockTimeout, o.Interrupts = time.Hour, interrupts
		o.Sink = func(e Event) {
			if _, ok := e.(LockWaiting); ok {
				interrupts <- struct{}{}
			}
		}
	})
	require.ErrorIs(t, err, ErrInterrupted)
	require.ErrorContains(t, err, "nothing was changed")
}

// TestInterruptIsNotLost: one that comes while the deployment is being opened counts as the first.
func TestInterruptIsNotLost(t *testing.T) {
	s := newSite(t, rolling...)
	interrupts := make(chan struct{}, 1)
	s.backend.set(func() {
		s.backend.append = func([]state.Record) error {
			if len(s.backend.appends) == 1 {
				interrupts <- struct{}{}
				time.Sleep(20 * time.Millisecond)
			}
			return nil
		}
	})
	result, err := s.apply(t, func(o *Options) { o.Interrupts = interrupts })
	require.NoError(t, err)
	require.True(t, result.Interrupted)
	require.Equal(t, []string{"opened ", "sick "}, linesOf(s.journal(t, 1)), "nothing was started")
}

// TestPromote: with nobody to ask the lock is free and the deployment unfinished; consent goes on.
func TestPromote(t *testing.T) {
	s := newSite(t, promoting...)
	stageBoth(s)
	result, err := s.apply(t)
	require.NoError(t, err)
	require.Equal(t, Result{Deployment: 1, Waiting: "promote", Live: true}, result)
	s.requireFree(t)
	result, err = s.apply(t, intent(Promote))
	require.NoError(t, err)
	require.Equal(t, state.Succeeded, result.Outcome)
	_, err = s.apply(t, intent(Promote))
	require.ErrorIs(t, err, ErrNoneUnfinished)
}

// stageBoth makes the new revision be there, for plans that do not stage.
func stageBoth(s *site) {
	for _, host := range []string{"h1", "h2"} {
		h := s.world.Host(at(host))
		h.Staged = append(h.Staged, webRevision.Name())
	}
}

// TestPromoteWhatDoesNotWait is refused: consent is given to what one sees.
func TestPromoteWhatDoesNotWait(t *testing.T) {
	s := newSite(t, pausing...)
	s.interruptAt(t, "pause")
	_, err := s.apply(t, intent(Promote))
	require.ErrorIs(t, err, ErrNotWaiting)
	last := s.journal(t, 1)
	require.NotEqual(t, state.Resumed, last[len(last)-1].Type)
}

// TestAsk: a person at a terminal decides.
func TestAsk(t *testing.T) {
	for name, test := range map[string]struct {
		yes  bool
		want Result
	}{
		"yes": {true, Result{Deployment: 1, Outcome: state.Succeeded, Live: true}},
		"no":  {false, Result{Deployment: 1, Waiting: "promote", Live: true}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, promoting...)
			stageBoth(s)
			result, err := s.apply(t, func(o *Options) {
				o.Ask = func(_ context.Context, step *planner.Step) (string, bool) {
					require.Equal(t, "promote", step.ID)
					return "ben", test.yes
				}
			})
			require.NoError(t, err)
			require.Equal(t, test.want, result)
			for _, r := range s.journal(t, 1) {
				require.True(t, r.Type != state.Consent || r.By == "ben")
			}
		})
	}
	t.Run("interrupted instead", func(t *testing.T) {
		s := newSite(t, promoting...)
		stageBoth(s)
		interrupts := make(chan struct{}, 1)
		result, err := s.apply(t, func(o *Options) {
			o.Interrupts = interrupts
			o.Ask = func(ctx context.Context, _ *planner.Step) (string, bool) {
				interrupts <- struct{}{}
				<-ctx.Done()
				return "", false
			}
		})
		require.NoError(t, err)
		require.True(t, result.Interrupted)
	})
}

// TestGoBack: rel rollback on an unfinished deployment undoes it, under the same number.
func TestGoBack(t *testing.T) {
	s := newSite(t, pausing...)
	before := s.picture()
	s.interruptAt(t, "pause")
	result, err := s.apply(t, intent(GoBack))
	require.NoError(t, err)
	require.Equal(t, Result{Deployment: 1, Outcome: state.RolledBack, Live: true, Reason: "rel rollback was asked for by ana"}, result)
	require.Equal(t, before, s.picture())
	require.Nil(t, s.readState(t).Unfinished)
}

// blind is a balancer that cannot be observed.
type blind struct{ balancer.Driver }

func (blind) Observe(context.Context, ...string) (balancer.Facts, error) {
	return balancer.Facts{}, errDisk
}

// TestGoBackComparesNothing: whatever the world looks like by now, the way back is open.
func TestGoBackComparesNothing(t *testing.T) {
	s := newSite(t, pausing...)
	s.interruptAt(t, "pause")
	blinded := func(o *Options) { o.Drivers.Balancers["edge"] = blind{} }
	_, err := s.apply(t, blinded)
	require.ErrorIs(t, err, errDisk)
	result, err := s.apply(t, blinded, intent(GoBack))
	require.NoError(t, err)
	require.Equal(t, state.RolledBack, result.Outcome)
}

// TestMovedWhileAway: what changed between two processes makes the deployment fail and go
// back, with its name, rather than leave it stuck.
func TestMovedWhileAway(t *testing.T) {
	s := newSite(t, pausing...)
	before := s.picture()
	s.interruptAt(t, "pause")
	s.world.Host(at("h1")).Slot(platform.Main).Process = nil // the machine rebooted, say
	result, err := s.apply(t)
	require.NoError(t, err)
	require.Equal(t, state.RolledBack, result.Outcome)
	require.Contains(t, result.Reason, "changed while rel did not run:\n  "+`shop.web["h1"]: changed, now slot main has `+webRevision.Name()+", not running")
	require.Equal(t, before, s.picture())
}

// TestUntouchedMovedWhileAway: also an object that the deployment has not come to yet.
func TestUntouchedMovedWhileAway(t *testing.T) {
	s := newSite(t, "stage:h1 | undo", "pause < stage:h1", "activate:h1 < pause | undo", "finish < activate:h1")
	s.interruptAt(t, "pause")
	s.world.Host(at("h1")).Slot(platform.Main).Enabled = false
	result, err := s.apply(t)
	require.NoError(t, err)
	require.Equal(t, state.Aborted, result.Outcome, "nothing live had begun")
	require.Contains(t, result.Reason, `shop.web["h1"]: changed`)
}

// TestInTheMiddleIsNotMoved: the object of a step that was cut off is nobody's surprise.
func TestInTheMiddleIsNotMoved(t *testing.T) {
	s := newSite(t, "activate:h1 | undo", "check:h1 < activate:h1", "finish < check:h1")
	stageBoth(s)
	s.kill(3)
	s.onStep(func(what string) error {
		if what == "activate:main" && s.world.Host(at("h1")).Slots[platform.Main].Revision == webRevision.Name() {
			return errors.New("cut off after the pointer was switched")
		}
		return nil
	})
	_, err := s.apply(t)
	require.ErrorIs(t, err, state.ErrLeaseLost)
	s.revive()
	result, err := s.apply(t)
	require.NoError(t, err)
	require.Equal(t, state.Succeeded, result.Outcome)
	require.Equal(t, webRevision.Name(), s.picture().Runs["h1"])
}

// TestLostHostThenBack: what could not be undone is named, exit is partial, and the same
// command ends in the former world when the host is back.
func TestLostHostThenBack(t *testing.T) {
	s := newSite(t, rolling...)
	before := s.picture()
	s.world.Works = func(_ platform.Address, revision string) bool { return revision != webRevision.Name() }
	var lost atomic.Bool
	s.onStep(func(what string) error {
		if what == "restore:main" && !lost.Swap(true) {
			s.world.Host(at("h1")).Lost = true
		}
		return nil
	})
	result, err := s.apply(t, func(o *Options) { o.Parallelism = 1 })
	require.NoError(t, err)
	require.Equal(t, state.Partial, result.Outcome)
	require.NotEmpty(t, result.Left)
	require.NotNil(t, s.readState(t).Unfinished)
	s.onStep(nil)
	s.world.Host(at("h1")).Lost = false
	result, err = s.apply(t)
	require.NoError(t, err)
	require.Equal(t, state.RolledBack, result.Outcome)
	require.Equal(t, before, s.picture())
}

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
