package simulated

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"rel/platform"
)

// Weights sets weights all at once, or what rises before what falls.
func (d *Driver) Weights(ctx context.Context, f platform.Fence, weights map[string]int) error {
	var order []string
	plan := func(b *Balancer) (err error) { order, err = b.order(weights); return err }
	if err := d.change(ctx, f, "weights", plan); err != nil {
		return err
	}
	calls := [][]string{order}
	if d.of.OneByOne {
		calls = slices.Collect(slices.Chunk(order, 1))
	}
	for _, ids := range calls {
		if err := d.change(ctx, f, "weights", func(b *Balancer) error { b.weigh(ids, weights); return nil }); err != nil {
			return err
		}
	}
	return nil
}

func (b *Balancer) order(weights map[string]int) ([]string, error) {
	order := slices.Sorted(maps.Keys(weights))
	for _, id := range order {
		if _, ok := b.Servers[id]; !ok {
			return nil, fmt.Errorf("there is no server %s; no weight was changed", id)
		}
	}
	falls := func(id string) int {
		if weights[id] < b.Servers[id].Weight {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(order, func(x, y string) int { return cmp.Compare(falls(x), falls(y)) })
	return order, nil
}

func (b *Balancer) weigh(servers []string, weights map[string]int) {
	for _, id := range servers {
		s := b.Servers[id]
		s.Weight = weights[id]
		b.Servers[id] = s
	}
}
