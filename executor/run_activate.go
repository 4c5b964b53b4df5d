package executor

import (
	"context"

	"rel/planner"
	"rel/platform"
	"rel/state"
)

// activating is what activating needs of a platform.
type activating interface {
	platform.Activator
	platform.Observer
}

func doActivate(ctx context.Context, r Runners, t Task) (*state.After, error) {
	activate := t.Step.Args.(*planner.Activate)
	host, err := r.Drivers.platform(activate.Target)
	if err != nil {
		return nil, err
	}
	if t.Resumed && t.Step.Idempotent == planner.Probe {
		if after, happened := activated(ctx, host, t.Step, activate); happened {
			return after, nil
		}
	}
	to := platform.Activation{Revision: activate.Revision, Port: activate.Port}
	facts, err := activating(host).Activate(ctx, r.Fence, activate.Instance, activate.Slot, to)
	return instanceAfter(activate.Instance, facts, err)
}

// activated asks the host whether the activation happened before rel was cut off. It is sure
// only of a slot in which nothing ran before: else what runs may be the old process still,
// and to start the slot once more does no harm, for it is out of traffic.
func activated(ctx context.Context, o platform.Observer, step *planner.Step, want *planner.Activate) (*state.After, bool) {
	if before := step.Undo.Slot; before == nil || before.Before.Running {
		return nil, false
	}
	slot, facts, err := observeSlot(ctx, o, want.Instance, want.Slot)
	if err != nil || slot.Revision != want.Revision || slot.Port != want.Port || !slot.Running || !slot.Enabled {
		return nil, false
	}
	after, err := instanceAfter(want.Instance, facts, nil)
	return after, err == nil
}

// undoSlot puts a slot back as it was, after an activation or a stop. If it ran, it waits
// until it is healthy: what is undone next sends it requests.
func undoSlot(ctx context.Context, r Runners, t Task) (*state.After, error) {
	u := t.Step.Undo.Slot
	host, err := r.Drivers.platform(u.Target)
	if err != nil {
		return nil, err
	}
	facts, err := host.Restore(ctx, r.Fence, u.Instance, u.Slot, u.Before)
	after, err := instanceAfter(u.Instance, facts, err)
	if err != nil || !u.Before.Running || t.Sick {
		return after, err
	}
	return after, r.awaitHealth(ctx, host, t, place{u.Instance, u.Slot}, onTheWayBack(r.Plan.Checks[u.Checks]))
}
