package executor

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"rel/balancer"
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
