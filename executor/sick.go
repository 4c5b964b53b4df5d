package executor

import (
	"context"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"rel/planner"
	"rel/platform"
)

// findSick names the slots, ADDRESS/SLOT, that run and that an undo might have to start again,
// and that are not healthy now. Undoing must not wait for them to become what they never were.
func findSick(ctx context.Context, o Options) ([]string, error) {
	slots := restartable(o.Plan)
	sick := make([]bool, len(slots))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(o.Parallelism)
	for i, u := range slots {
		g.Go(func() error {
			healthy, err := isHealthy(ctx, o, u)
			sick[i] = !healthy
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, fmt.Errorf("checking what is live, nothing was changed: %w", err)
	}
	names := []string{}
	for i, u := range slots {
		if sick[i] {
			names = append(names, place{u.Instance, u.Slot}.String())
		}
	}
	slices.Sort(names)
	return names, nil
}

// restartable lists the slots that ran when the plan was made and that its steps stop, each once.
func restartable(plan *planner.Plan) []*planner.RestoreSlot {
	listed := map[place]bool{}
	var slots []*planner.RestoreSlot
	for i := range plan.Steps {
		u := plan.Steps[i].Undo.Slot
		if u == nil || listed[place{u.Instance, u.Slot}] {
			continue
		}
		listed[place{u.Instance, u.Slot}] = true // the first step's undo is how it was
		if u.Before.Running {
			slots = append(slots, u)
		}
	}
	return slots
}

// isHealthy asks each health check of the slot until it has passed once, or failed as often
// as makes a slot unhealthy.
func isHealthy(ctx context.Context, o Options, u *planner.RestoreSlot) (bool, error) {
	host, err := o.Drivers.platform(u.Target)
	if err != nil {
		return false, err
	}
	slot, _, err := observeSlot(ctx, host, u.Instance, u.Slot)
	if err != nil || !slot.Running {
		return false, ctx.Err() // a host that does not answer is not healthy
	}
	for _, check := range o.Plan.Checks[u.Checks].HealthChecks {
		if !passes(ctx, o.Clock, host, place{u.Instance, u.Slot}, check) {
			return false, ctx.Err()
		}
	}
	return true, nil
}

func passes(ctx context.Context, clock Clock, c platform.Checker, at place, check platform.HealthCheck) bool {
	p := checkProbe(c, at, check, clock.Now())
	for range p.failures {
		if p.make(ctx) == nil {
			return true
		}
		if clock.Sleep(ctx, p.interval) != nil {
			return false
		}
	}
	return false
}
