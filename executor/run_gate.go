package executor

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"rel/planner"
	"rel/platform"
	"rel/state"
)

// doGate asks every target, also after one has refused, so that all that is missing is known at once.
func doGate(ctx context.Context, r Runners, t Task) (*state.After, error) {
	gate := t.Step.Args.(*planner.Gate)
	var all []error
	for _, target := range slices.Sorted(maps.Keys(gate.Claims)) {
		host, err := r.Drivers.platform(target)
		if err == nil {
			err = preflight(ctx, host, target, gate.Claims[target])
		}
		all = append(all, err)
	}
	return nil, errors.Join(all...)
}

func preflight(ctx context.Context, p platform.Preflighter, target string, claims []platform.Claim) error {
	if err := p.Preflight(ctx, claims); err != nil {
		return fmt.Errorf("target %s: %w", target, err)
	}
	return nil
}
