package simulation

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"rel/planner"
)

// rolledOut is a service at version 2.0.0 on n instances that shall go to 3.0.0.
func rolledOut(strategy string, slots, n int) *scene {
	d := newDraw(1)
	s := &scene{draw: d, mode: planner.Normal, world: newWorld()}
	v := service{release: "r0", name: "s0", keys: n, ports: portsFrom(8000, slots), balanced: true, checked: true}
	s.services = []service{v}
	s.strategies = map[string]planner.Strategy{"r0": drawStrategy(d, strategy, 0)}
	s.versions = map[string]string{"r0": "3.0.0"}
	s.balance(v)
	s.world.balancer(v.balancer()).Setup.Version = balancerVersion
	for key := 1; key <= n; key++ {
		run(s.world.hosts.Host(v.address(key)), v.slots()[0], s.stage(s.world.hosts.Host(v.address(key)), v, "2.0.0"), v.port(key, v.slots()[0]))
		s.serve(v, key, v.slots()[0])
	}
	s.desired = compose(s.services, s.versions, s.strategies)
	s.remember(s.services, map[string]string{"r0": "2.0.0"}, s.strategies)
	return s
}

// size counts a plan's steps and needs.
func size(p *planner.Plan) (steps, needs int) {
	for _, s := range p.Steps {
		needs += len(s.Needs)
	}
	return len(p.Steps), needs
}

// checkLinear: twice the instances have about twice the steps and needs, and each instance
// has at most 13 of them.
func checkLinear(p, double *planner.Plan, n int) error {
	steps, needs := size(p)
	moreSteps, moreNeeds := size(double)
	if moreSteps > 2*steps+10 || moreNeeds > 2*needs+10 || steps > 13*n+30 || needs > 13*n+30 {
		return violated(notLinear, "%d instances have %d steps and %d needs, twice as many %d and %d", n, steps, needs, moreSteps, moreNeeds)
	}
	return nil
}

// TestLinear: steps and needs are linear in instances, whatever the strategy; and the barriers
// are why.
func TestLinear(t *testing.T) {
	const n = 64
	plan := func(t *testing.T, strategy string, slots, n int) *planner.Plan {
		p, err := planner.Compute(rolledOut(strategy, slots, n).input())
		require.NoError(t, err)
		require.NotEmpty(t, p.Steps)
		return p
	}
	for _, strategy := range []string{"recreate", "rolling", "blue_green", "canary"} {
		for slots := 1; slots <= 2; slots++ {
			if strategy == "blue_green" && slots == 1 {
				continue // it is refused
			}
			t.Run(fmt.Sprint(strategy, slots), func(t *testing.T) {
				p, double := plan(t, strategy, slots, n), plan(t, strategy, slots, 2*n)
				require.NoError(t, checkLinear(p, double, n))
				if strategy == "rolling" || strategy == "canary" {
					return // its batches are small: no barrier stands for many
				}
				past(planner.KindBarrier)(p)
				past(planner.KindBarrier)(double)
				require.ErrorContains(t, checkLinear(p, double, n), notLinear)
			})
		}
	}
}
