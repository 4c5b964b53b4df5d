package executor

import (
	"context"
	"maps"
	"slices"

	"rel/balancer"
	"rel/planner"
	"rel/state"
)

// ensuring is what changing a balancer's set-up needs of it.
type ensuring interface {
	balancer.Ensurer
	balancer.Observer
}

func doBalancer(ctx context.Context, r Runners, t Task) (*state.After, error) {
	ensure := t.Step.Args.(*planner.EnsureBalancer)
	b, err := r.Drivers.balancer(ensure.Balancer)
	if err != nil {
		return nil, err
	}
	if ensure.Setup == nil {
		err = b.Restore(ctx, r.Fence, nil, nil)
	} else {
		err = b.Ensure(ctx, r.Fence, *ensure.Setup, ensure.Add, ensure.Remove)
	}
	if err != nil {
		return nil, err
	}
	return setupAfter(ctx, b, t.Step, ensure)
}

func undoBalancer(ctx context.Context, r Runners, t Task) (*state.After, error) {
	u := t.Step.Undo.Balancer
	b, err := r.Drivers.balancer(u.Balancer)
	if err != nil {
		return nil, err
	}
	if err := b.Restore(ctx, r.Fence, u.Setup, u.Servers); err != nil {
		return nil, err
	}
	return setupAfter(ctx, b, t.Step, t.Step.Args.(*planner.EnsureBalancer))
}

// setupAfter tells of the set-up and of every server that the step or its undo may have touched.
func setupAfter(ctx context.Context, b ensuring, step *planner.Step, args *planner.EnsureBalancer) (*state.After, error) {
	servers := slices.Concat(slices.Collect(maps.Keys(args.Add)), args.Remove)
	if u := step.Undo.Balancer; u != nil {
		servers = slices.AppendSeq(servers, maps.Keys(u.Servers))
	}
	slices.Sort(servers)
	facts, err := observeBalancer(ctx, b, args.Balancer)
	if err != nil {
		return nil, err
	}
	after := serversOf(facts, args.Balancer, slices.Compact(servers))
	after.Setup, after.SetupSet = facts.Setup, true
	return after, nil
}
