package executor

import (
	"context"
	"maps"
	"slices"

	"rel/balancer"
	"rel/planner"
	"rel/state"
)

// weighing is what changing weights needs of a load balancer.
type weighing interface {
	balancer.Weigher
	balancer.Observer
}

func doTraffic(ctx context.Context, r Runners, t Task) (*state.After, error) {
	traffic := t.Step.Args.(*planner.Traffic)
	b, err := r.Drivers.balancer(traffic.Balancer)
	if err != nil {
		return nil, err
	}
	return r.weigh(ctx, b, traffic.Balancer, traffic.Weights)
}

// undoTraffic waits for nothing: the undo of undrain comes next and waits.
func undoTraffic(ctx context.Context, r Runners, t Task) (*state.After, error) {
	if len(t.Weights) == 0 {
		return nil, nil // the hosts of all that it would change are lost
	}
	b, err := r.Drivers.balancer(t.Step.Undo.Weights.Balancer)
	if err != nil {
		return nil, err
	}
	return r.weigh(ctx, b, t.Step.Undo.Weights.Balancer, t.Weights)
}

func (r Runners) weigh(ctx context.Context, b weighing, name string, weights map[string]int) (*state.After, error) {
	if err := b.Weights(ctx, r.Fence, weights); err != nil {
		return nil, err
	}
	return serversAfter(ctx, b, name, slices.Sorted(maps.Keys(weights)))
}
