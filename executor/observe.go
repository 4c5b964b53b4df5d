package executor

import (
	"context"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"

	"rel/balancer"
	"rel/planner"
	"rel/platform"
)

// seen is what was observed of the objects of a plan.
type seen struct {
	instances map[platform.Address]platform.Instance
	balancers map[string]balancer.Facts
}

// observe learns the facts of all that a plan touches, all places at once.
func observe(ctx context.Context, plan *planner.Plan, drivers Drivers) (seen, error) {
	targets := instancesByTarget(plan)
	instances := make([]map[platform.Address]platform.Instance, len(targets))
	balancers := make([]balancer.Facts, len(plan.Balancers))
	g, ctx := errgroup.WithContext(ctx)
	for i, name := range slices.Sorted(maps.Keys(targets)) {
		g.Go(func() (err error) {
			instances[i], err = drivers.observeTarget(ctx, name, targets[name])
			return err
		})
	}
	for i, b := range plan.Balancers {
		g.Go(func() (err error) {
			balancers[i], err = drivers.Balancers[b.Name].Observe(ctx)
			return err
		})
	}
	s := seen{instances: map[platform.Address]platform.Instance{}, balancers: map[string]balancer.Facts{}}
	if err := g.Wait(); err != nil {
		return s, err
	}
	for _, of := range instances {
		maps.Copy(s.instances, of)
	}
	for i, b := range plan.Balancers {
		s.balancers[b.Name] = balancers[i]
	}
	return s, nil
}

func (d Drivers) observeTarget(ctx context.Context, name string, instances []platform.Address) (map[platform.Address]platform.Instance, error) {
	host, err := d.platform(name)
	if err != nil {
		return nil, err
	}
	return host.Observe(ctx, instances)
}

// instancesByTarget lists the instances that steps work on.
func instancesByTarget(plan *planner.Plan) map[string][]platform.Address {
	listed := map[platform.Address]bool{}
	targets := map[string][]platform.Address{}
	for i := range plan.Steps {
		target, a, ok := plan.Steps[i].Place()
		if ok && !listed[a] {
			listed[a] = true
			targets[target] = append(targets[target], a)
		}
	}
	return targets
}
