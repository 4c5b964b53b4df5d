package executor

import (
	"context"

	"rel/planner"
	"rel/platform"
	"rel/state"
)

func doPrune(ctx context.Context, r Runners, t Task) (*state.After, error) {
	prune := t.Step.Args.(*planner.Prune)
	host, err := r.Drivers.platform(prune.Target)
	if err != nil {
		return nil, err
	}
	return nil, platform.Stager(host).Unstage(ctx, r.Fence, prune.Instance, prune.Revisions)
}
