package executor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"rel/balancer"
	"rel/planner"
	"rel/platform"
	"rel/state"
)

// TestApplySucceeds: what is left of a deployment that went well, everywhere.
func TestApplySucceeds(t *testing.T) {
	s := newSite(t, rolling...)
	result, err := s.apply(t)
	require.NoError(t, err)
	require.Equal(t, Result{Deployment: 1, Outcome: state.Succeeded, Live: true}, result)
	p := s.picture()
	require.Equal(t, map[string]string{"h1": webRevision.Name(), "h2": webRevision.Name()}, p.Runs)
	require.Equal(t, balancer.Server{Address: "h1:80", Weight: 50}, p.Servers[serverOf("h1")])
	s.requireFree(t)

	st := s.readState(t)
	require.Equal(t, 1, st.Deployment)
	require.Equal(t, 1, st.Live)
	require.Nil(t, st.Unfinished)
	require.Equal(t, int64(2), st.Serial, "written when it began and when it ended")
	require.NotEmpty(t, st.Lineage)
	require.Equal(t, "2", st.Releases["shop"].Version)
	require.Equal(t, webRevision.Name(), st.Instances[at("h1")].Slots[platform.Main].Revision)
	require.Equal(t, 50, st.Balancers["edge"].Servers[serverOf("h2")].Weight)

	kept, err := s.backend.GetPlan(t.Context(), "production", 1)
	require.NoError(t, err)
	require.Equal(t, "the plan file", string(kept))
	opened := s.journal(t, 1)[0].Opened
	require.Equal(t, &state.Opening{Deployment: 1, PlanDigest: s.digest, Lineage: st.Lineage, Mode: "normal",
		Versions: map[string]string{"shop": "2"}, Former: map[string]string{"shop": "1"}, Strategies: map[string]string{"shop": "rolling"},
		Operator: "ana", Reason: "because", GitCommit: "3f9c2ab", RelVersion: "1.0"}, opened)
	require.Equal(t, platform.Fence{Lineage: st.Lineage, Number: 1}, s.world.Host(at("h1")).Fence)
}

// TestApplyTellsWhatHappens: the first event says what begins, the last how it ended, and each
// step begins and ends between them.
func TestApplyTellsWhatHappens(t *testing.T) {
	s := newSite(t, rolling...)
	_, err := s.apply(t)
	require.NoError(t, err)
	began, ok := s.events[0].(Began)
	require.True(t, ok)
	require.Equal(t, 1, began.Deployment)
	require.Equal(t, s.digest, began.Digest)
	ended, ok := s.events[len(s.events)-1].(Ended)
	require.True(t, ok)
	require.Equal(t, state.Succeeded, ended.Result.Outcome)
	open := map[string]bool{}
	for _, e := range s.events {
		switch e := e.(type) {
		case StepBegan:
			open[e.Step.ID] = true
		case StepEnded:
			require.True(t, open[e.Step.ID], "%s ends before it begins", e.Step.ID)
			delete(open, e.Step.ID)
			require.NoError(t, e.Err)
		}
	}
	require.Empty(t, open)
}

// TestApplyUndoes: a version that does not become healthy leaves the former world, with the
// reason and the service's last lines.
func TestApplyUndoes(t *testing.T) {
	s := newSite(t, rolling...)
	before := s.picture()
	s.world.Works = func(_ platform.Address, revision string) bool { return revision != webRevision.Name() }
	result, err := s.apply(t)
	require.NoError(t, err)
	require.Equal(t, state.RolledBack, result.Outcome)
	require.Contains(t, []string{"check:h1", "check:h2"}, result.Failed)
	require.Contains(t, result.Reason, "does not answer yet")
	require.Contains(t, result.Reason, "until the deadline of 20s")
	require.Contains(t, result.Log, "started "+webRevision.Name())
	require.True(t, result.Live)
	require.Equal(t, before, s.picture())

	st := s.readState(t)
	require.Equal(t, 1, st.Deployment)
	require.Zero(t, st.Live, "what is live was not made by it")
	require.Nil(t, st.Unfinished)
	var undo []UndoBegan
	for _, e := range s.events {
		if u, ok := e.(UndoBegan); ok {
			undo = append(undo, u)
		}
	}
	require.Len(t, undo, 1)
	require.Equal(t, result.Reason, undo[0].Reason)

	t.Run("the same plan can be tried again", func(t *testing.T) {
		s.world.Works = nil
		result, err := s.apply(t)
		require.NoError(t, err)
		require.Equal(t, 2, result.Deployment)
		require.Equal(t, state.Succeeded, result.Outcome)
	})
}

// TestApplyAborts: what fails early has changed nothing live, and what was staged goes.
func TestApplyAborts(t *testing.T) {
	s := newSite(t, rolling...)
	before := s.picture()
	s.onStep(failAt("stage", 4))
	result, err := s.apply(t)
	require.NoError(t, err)
	require.Equal(t, state.Aborted, result.Outcome)
	require.False(t, result.Live)
	require.Equal(t, before, s.picture())
}

// failAt makes the nth micro-operation of that name fail, once.
func failAt(name string, n int) func(string) error {
	var seen atomic.Int32
	return func(what string) error {
		if what == name && seen.Add(1) == int32(n) {
			return errors.New("broke")
		}
		return nil
	}
}

// TestApplyRefuses: what must not be applied is refused with its reason before anything is
// changed, and the lock is free again.
func TestApplyRefuses(t *testing.T) {
	tests := map[string]struct {
		world  func(*site)
		option func(*Options)
		is     error
		says   []string
	}{
		"another format":          {option: func(o *Options) { p := *o.Plan; p.FormatVersion = "9.0"; o.Plan = &p }, is: ErrFormat, says: []string{"9.0", "1.0"}},
		"another digest":          {option: func(o *Options) { o.Expect = "sha256:ffffffffffff" }, is: ErrDigest, says: []string{"sha256:ffffffffffff"}},
		"too little of a digest":  {option: func(o *Options) { o.Expect = "sha256:01" }, is: ErrDigest},
		"a target without driver": {option: func(o *Options) { o.Drivers.Platforms = nil }, says: []string{`no driver for the target "here"`}},
		"an instance moved": {world: func(s *site) { s.world.Host(at("h1")).Slot(platform.Main).Process = nil }, is: ErrStale,
			says: []string{`shop.web["h1"]: changed, now slot main has ` + oldRevision.Name() + ", not running, enabled"}},
		"an instance is gone": {world: func(s *site) { clear(s.world.Host(at("h1")).Slots) }, is: ErrStale, says: []string{`shop.web["h1"]: changed, now nothing is there`}},
		"a server moved": {world: func(s *site) {
			s.edge.Servers[serverOf("h2")] = balancer.Server{Address: "h2:80", Weight: 7, Drained: true}
		},
			is: ErrStale, says: []string{`edge/shop.web["h2"]/main:80: changed, now at h2:80 with weight 7, drained`}},
		"the balancer moved": {world: func(s *site) { s.edge.Setup = nil }, is: ErrStale, says: []string{"edge: changed, now it is not set up"}},
		"every one is named": {world: func(s *site) {
			s.edge.Setup = nil
			clear(s.world.Host(at("h1")).Slots)
		}, is: ErrStale, says: []string{"  edge: ", `  shop.web["h1"]: `, "make a new plan"}},
		"a host that cannot be seen": {world: func(s *site) { s.world.Host(at("h1")).Lost = true }, is: platform.ErrUnreachable, says: []string{"nothing was changed"}},
		"nothing to promote":         {option: func(o *Options) { o.Intent = Promote }, is: ErrNoneUnfinished},
		"nothing to undo":            {option: func(o *Options) { o.Intent = GoBack }, is: ErrNoneUnfinished},
		"the lock is held": {world: func(s *site) {
			_, err := s.backend.Acquire(context.Background(), "production", state.Holder{Who: "ben", Host: "other", Reason: "apply"})
			if err != nil {
				panic(err)
			}
		}, is: state.ErrLocked, says: []string{"ben on other", "nothing was changed"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, rolling...)
			if test.world != nil {
				test.world(s)
			}
			before := s.picture()
			if test.option == nil {
				test.option = func(*Options) {}
			}
			result, err := s.apply(t, test.option)
			require.Error(t, err)
			if test.is != nil {
				require.ErrorIs(t, err, test.is)
			}
			for _, words := range test.says {
				require.ErrorContains(t, err, words)
			}
			require.Equal(t, Result{}, result)
			require.Equal(t, before, s.picture())
			_, err = s.backend.ReadState(t.Context(), "production")
			require.ErrorIs(t, err, state.ErrNotFound, "it took no number")
			if name != "the lock is held" {
				s.requireFree(t)
			}
		})
	}
}

// TestApplyTwice: a plan that is live is named as such, not as stale.
func TestApplyTwice(t *testing.T) {
	s := newSite(t, rolling...)
	_, err := s.apply(t)
	require.NoError(t, err)
	_, err = s.apply(t)
	require.ErrorIs(t, err, ErrApplied)
	require.ErrorContains(t, err, "as deployment 1")
	require.Equal(t, 1, s.readState(t).Deployment)
}

// TestApplyAgainAfterTheSameAgain: a machine that fails twice in the same way, as by two reboots,
// gets the same plan twice. The second time it is not taken for the first.
func TestApplyAgainAfterTheSameAgain(t *testing.T) {
	s := newSite(t, rolling...)
	_, err := s.apply(t)
	require.NoError(t, err)
	for _, host := range []string{"h1", "h2"} {
		s.install(host) // as the plan found it
	}
	result, err := s.apply(t)
	require.NoError(t, err)
	require.True(t, result.Live)
	require.Equal(t, 2, s.readState(t).Live)
}

// TestApplyToOtherState: the plan of another project does not touch this one's environment.
func TestApplyToOtherState(t *testing.T) {
	s := newSite(t, rolling...)
	_, err := s.apply(t)
	require.NoError(t, err)
	s.plan = s.planOf(t, rolling...)
	s.plan.World.Project = "else"
	_, err = s.apply(t, func(o *Options) { o.Digest = "sha256:other" })
	require.ErrorIs(t, err, ErrOtherState)
}

// TestHistoryAheadOfTheState: after the loss of a state the history is not written over.
func TestHistoryAheadOfTheState(t *testing.T) {
	s := newSite(t, rolling...)
	journal, _, err := s.backend.OpenJournal(t.Context(), "production", 1)
	require.NoError(t, err)
	require.NoError(t, journal.Append(t.Context(), state.Record{Type: state.Opened, Opened: &state.Opening{Deployment: 1}}))
	require.NoError(t, journal.Close())
	require.NoError(t, s.backend.PutPlan(t.Context(), "production", 1, []byte("the former")))
	_, err = s.apply(t)
	require.ErrorIs(t, err, ErrOtherState)
	kept, err := s.backend.GetPlan(t.Context(), "production", 1)
	require.NoError(t, err)
	require.Equal(t, "the former", string(kept))
	_, err = s.backend.ReadState(t.Context(), "production")
	require.ErrorIs(t, err, state.ErrNotFound)
	s.requireFree(t)
}

// TestDigestIsDemanded: whole, or as much of it as people read.
func TestDigestIsDemanded(t *testing.T) {
	digest := "sha256:" + strings.Repeat("0123456789abcdef", 4)
	require.True(t, expected(digest, ""))
	require.True(t, expected(digest, digest))
	require.True(t, expected(digest, "sha256:0123456789ab"))
	require.False(t, expected(digest, "sha256:0123456789a"))
	require.False(t, expected(digest, "sha256:0123456789ac"))
	require.False(t, expected(digest, digest+"0"))
}

// TestWaitsForTheLock: as long as it was told to, telling who has it.
func TestWaitsForTheLock(t *testing.T) {
	s := newSite(t, rolling...)
	lease, err := s.backend.Acquire(t.Context(), "production", state.Holder{Who: "ben", Host: "other", Reason: "apply"})
	require.NoError(t, err)
	waiting := make(chan struct{}, 1)
	sink := s.tell
	go func() {
		<-waiting
		_ = s.backend.Release(context.WithoutCancel(t.Context()), "production", lease)
	}()
	result, err := s.apply(t, func(o *Options) {
		o.LockTimeout = time.Hour
		o.Sink = func(e Event) {
			if w, ok := e.(LockWaiting); ok {
				require.Equal(t, "ben", w.Lease.Holder.Who)
				waiting <- struct{}{}
			}
			sink(e)
		}
	})
	require.NoError(t, err)
	require.Equal(t, state.Succeeded, result.Outcome)
}

// TestGroupCommit: all that one decision records is made durable together, once.
func TestGroupCommit(t *testing.T) {
	s := newSite(t, "stage:h1 | undo", "stage:h2 | undo", "finish < stage:h1, stage:h2")
	_, err := s.apply(t)
	require.NoError(t, err)
	require.Equal(t, []string{"opened ", "sick "}, linesOf(s.backend.appends[0]))
	require.Equal(t, []string{"begin stage:h1", "begin stage:h2"}, linesOf(s.backend.appends[1]))
}

func linesOf(records []state.Record) []string {
	var all []string
	for _, r := range records {
		all = append(all, line(r))
	}
	return all
}

// TestSickIsRecorded: slots that an undo could have to start again and that are sick already.
func TestSickIsRecorded(t *testing.T) {
	s := newSite(t, rolling...)
	s.world.Works = func(a platform.Address, _ string) bool { return a != at("h2") }
	result, err := s.apply(t)
	require.NoError(t, err)
	require.Equal(t, state.RolledBack, result.Outcome, "the new version is sick there too, and the way back does not hang")
	require.Equal(t, state.Sick, s.journal(t, 1)[1].Type)
	require.Equal(t, []string{`shop.web["h2"]/main`}, s.journal(t, 1)[1].Slots)
}

// TestPanicInADriver fails the step; the rest goes its way.
func TestPanicInADriver(t *testing.T) {
	s := newSite(t, rolling...)
	before := s.picture()
	s.onStep(func(what string) error {
		if what == "activate:main" {
			panic("out of range")
		}
		return nil
	})
	result, err := s.apply(t)
	require.NoError(t, err)
	require.Equal(t, state.RolledBack, result.Outcome)
	require.Equal(t, "a fault in rel itself: out of range", result.Reason)
	require.Equal(t, before, s.picture())
}

// TestPlanOfNothingTouched: objects that no step works on do not matter.
func TestPlanOfNothingTouched(t *testing.T) {
	s := newSite(t, "stage:h1 | undo", "finish < stage:h1")
	s.plan.Objects = map[string]string{at("h1").String(): s.plan.Objects[at("h1").String()]}
	clear(s.world.Host(at("h2")).Slots)
	s.edge.Setup = nil
	result, err := s.apply(t)
	require.NoError(t, err)
	require.Equal(t, state.Succeeded, result.Outcome)
}

// TestRollbackPlanIsRecorded: history knows what was gone back from and to.
func TestRollbackPlanIsRecorded(t *testing.T) {
	s := newSite(t, rolling...)
	_, err := s.apply(t)
	require.NoError(t, err)
	s.plan = s.planOf(t, "stage:h1", "finish < stage:h1")
	s.plan.Mode, s.plan.RollbackTo = planner.Rollback, 0
	result, err := s.apply(t, func(o *Options) { o.Digest = "sha256:back" })
	require.NoError(t, err)
	opened := s.journal(t, result.Deployment)[0].Opened
	require.Equal(t, "rollback", opened.Mode)
	require.Equal(t, 1, opened.RollbackOf)
	require.Equal(t, 1, opened.FormerLive)
}

// TestStaleErrorNamesAll in the order of their names.
func TestStaleErrorNamesAll(t *testing.T) {
	err := fmt.Errorf("applying: %w", &StaleError{Moved: []Moved{{"a", "gone"}, {"b", "changed"}}})
	require.ErrorIs(t, err, ErrStale)
	require.EqualError(t, err, "applying: the plan no longer fits, nothing was changed; make a new plan:\n  a: gone\n  b: changed")
}
