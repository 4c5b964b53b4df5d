package executor

import (
	"context"
	"fmt"

	"rel/balancer"
	"rel/platform"
	"rel/state"
)

// instanceAfter is what a step left of an instance.
func instanceAfter(a platform.Address, facts platform.Instance, err error) (*state.After, error) {
	switch {
	case err != nil:
		return nil, err
	case facts.Unreachable != "":
		return nil, fmt.Errorf("%w: %s: %s", platform.ErrUnreachable, a, facts.Unreachable)
	}
	return &state.After{Address: &a, Instance: &facts}, nil
}

// serversAfter observes what a step left of servers of a load balancer.
func serversAfter(ctx context.Context, o balancer.Observer, name string, servers []string) (*state.After, error) {
	facts, err := observeBalancer(ctx, o, name, servers...)
	if err != nil {
		return nil, err
	}
	return serversOf(facts, name, servers), nil
}

func serversOf(facts balancer.Facts, name string, servers []string) *state.After {
	after := &state.After{Balancer: name, Servers: map[string]balancer.Server{}}
	for _, id := range servers {
		if s, there := facts.Servers[id]; there {
			after.Servers[id] = s
			continue
		}
		after.Gone = append(after.Gone, id)
	}
	return after
}

func observeBalancer(ctx context.Context, o balancer.Observer, name string, servers ...string) (balancer.Facts, error) {
	facts, err := o.Observe(ctx, servers...)
	if err != nil {
		return facts, fmt.Errorf("observing load balancer %s: %w", name, err)
	}
	if facts.Unreachable != "" {
		return facts, fmt.Errorf("%w: load balancer %s: %s", platform.ErrUnreachable, name, facts.Unreachable)
	}
	return facts, nil
}

// observeSlot gives a slot of an instance as it is now.
func observeSlot(ctx context.Context, o platform.Observer, a platform.Address, slot string) (platform.Slot, platform.Instance, error) {
	all, err := o.Observe(ctx, []platform.Address{a})
	if err != nil {
		return platform.Slot{}, platform.Instance{}, fmt.Errorf("observing %s: %w", a, err)
	}
	facts := all[a]
	if facts.Unreachable != "" {
		return platform.Slot{}, facts, fmt.Errorf("%w: %s: %s", platform.ErrUnreachable, a, facts.Unreachable)
	}
	return facts.Slots[slot], facts, nil
}
