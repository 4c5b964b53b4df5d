package executor

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"rel/planner"
	"rel/state"
)

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
