package executor

import (
	"context"

	"rel/planner"
	"rel/platform"
	"rel/state"
)

func doStop(ctx context.Context, r Runners, t Task) (*state.After, error) {
	stop := t.Step.Args.(*planner.Stop)
	host, err := r.Drivers.platform(stop.Target)
	if err != nil {
		return nil, err
	}
	facts, err := r.stop(ctx, host, stop)
	return instanceAfter(stop.Instance, facts, err)
}

func (r Runners) stop(ctx context.Context, a platform.Activator, stop *planner.Stop) (platform.Instance, error) {
	facts, err := a.Stop(ctx, r.Fence, stop.Instance, stop.Slot)
	if err != nil || !stop.Remove {
		return facts, err
	}
	return a.Restore(ctx, r.Fence, stop.Instance, stop.Slot, platform.Slot{})
}
