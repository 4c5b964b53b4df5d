package executor

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"rel/planner"
	"rel/platform"
	"rel/state"
)

// Runners carry out tasks. They start no goroutine and know no time but their clock's, so
// that a simulation can run them one micro-operation after another.
type Runners struct {
	Plan    *planner.Plan
	Drivers Drivers
	Fence   platform.Fence
	Clock   Clock
	// Progress tells something worth knowing while a task runs, and when it will end at the
	// latest (zero: not known). Nil: nobody wants to know.
	Progress func(t Task, message string, until time.Time)
}

// act does a step, or undoes it, and gives what it left of its object; nil: nothing worth keeping.
type act func(ctx context.Context, r Runners, t Task) (*state.After, error)

// runner is what a kind of step means.
type runner struct {
	do, undo act // undo nil: there is never anything to undo
}

// runners is the table of kinds: a new one is one file and one line here.
var runners = map[planner.Kind]runner{
	planner.KindGate:     {do: doGate},
	planner.KindBarrier:  {do: doBarrier},
	planner.KindStage:    {do: doStage, undo: undoStage},
	planner.KindBalancer: {do: doBalancer, undo: undoBalancer},
	planner.KindDrain:    {do: doDrain, undo: undoFlag},
	planner.KindUndrain:  {do: doUndrain, undo: undoFlag},
	planner.KindActivate: {do: doActivate, undo: undoSlot},
	planner.KindCheck:    {do: doCheck},
	planner.KindStop:     {do: doStop, undo: undoSlot},
	planner.KindTraffic:  {do: doTraffic, undo: undoTraffic},
	planner.KindPause:    {do: doPause},
	planner.KindPrune:    {do: doPrune},
}

// PanicError is a fault of rel's own in a step; it fails the step and nothing else.
type PanicError struct {
	Value any
	Stack []byte
}

func (e *PanicError) Error() string { return fmt.Sprintf("a fault in rel itself: %v", e.Value) }

// Run does the task, or undoes it, within the step's timeout and again as often as the step's
// retries say. It gives what is known of the object after it, also beside an error.
func (r Runners) Run(ctx context.Context, t Task) (*state.After, error) {
	kind := runners[t.Step.Kind]
	do := kind.do
	if t.Undo {
		do = kind.undo
	}
	if do == nil {
		return nil, fmt.Errorf("this version of rel cannot do that to a step of the kind %q", t.Step.Kind)
	}
	for attempt := 0; ; attempt++ {
		after, err := r.once(ctx, t, do)
		if err == nil || attempt >= t.Step.Retries || ctx.Err() != nil || errors.Is(err, platform.ErrFenced) {
			return after, err
		}
		r.tell(t, fmt.Sprintf("failed, to be tried again: %v", err), time.Time{})
		if err := r.Clock.Sleep(ctx, backoff(attempt)); err != nil {
			return after, err
		}
		t.Resumed = true // the attempt may have got somewhere
	}
}

func (r Runners) once(ctx context.Context, t Task, do act) (after *state.After, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	limit := time.Duration(t.Step.Timeout)
	if limit <= 0 {
		return do(ctx, r, t)
	}
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	after, err = do(limited, r, t)
	if err != nil && limited.Err() != nil && ctx.Err() == nil {
		err = fmt.Errorf("not done within its timeout of %s: %w", limit, err)
	}
	return after, err
}

func (r Runners) tell(t Task, message string, until time.Time) {
	if r.Progress != nil {
		r.Progress(t, message, until)
	}
}

// backoff is 1s, 2s, 4s, … up to 30s.
func backoff(attempt int) time.Duration {
	return min(time.Second<<min(attempt, 10), 30*time.Second)
}

// doBarrier is here for completeness: the core counts barriers as done by itself.
func doBarrier(context.Context, Runners, Task) (*state.After, error) { return nil, nil }
