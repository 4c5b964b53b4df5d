package executor

import (
	"context"

	"rel/planner"
	"rel/state"
)

func doCheck(ctx context.Context, r Runners, t Task) (*state.After, error) {
	check := t.Step.Args.(*planner.Check)
	host, err := r.Drivers.platform(check.Target)
	if err != nil {
		return nil, err
	}
	return nil, r.awaitHealth(ctx, host, t, place{check.Instance, check.Slot}, r.Plan.Checks[check.Checks])
}
