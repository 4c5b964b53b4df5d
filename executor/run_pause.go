package executor

import (
	"context"
	"time"

	"rel/planner"
	"rel/state"
)

// doPause waits; where an earlier process had begun to, for what is left.
func doPause(ctx context.Context, r Runners, t Task) (*state.After, error) {
	pause := t.Step.Args.(*planner.Pause)
	now := r.Clock.Now()
	from := now
	if t.Began != nil && t.Began.Before(now) {
		from = *t.Began
	}
	until := from.Add(time.Duration(pause.For))
	r.tell(t, pause.Reason, until)
	if !until.After(now) {
		return nil, nil
	}
	return nil, r.Clock.Sleep(ctx, until.Sub(now))
}
