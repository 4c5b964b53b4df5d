package simulation

import (
	"testing"

	"github.com/stretchr/testify/require"

	"rel/balancer"
	"rel/planner"
	"rel/state"
)

// Worlds in which the simulation once found a mistake, made small.

// A live slot in which nothing runs, at weight 0, is not given a canary's remaining share.
func TestCanaryLeavesWhatIsOutAlone(t *testing.T) {
	s := rolledOut("canary", 2, 3)
	v := s.services[0]
	id := balancer.ServerID(v.address(1), "blue", v.port(1, "blue"))
	s.world.hosts.Host(v.address(1)).Slots["blue"].Process = nil
	change(s.world.balancer(v.balancer()), id, func(b *balancer.Server) { b.Weight = 0 })
	p := mustPlan(t, s)
	shared := 0
	for _, step := range p.Steps {
		if traffic, ok := step.Args.(*planner.Traffic); ok {
			require.Zero(t, traffic.Weights[id], step.ID)
			shared++
		}
	}
	require.Greater(t, shared, 1)
}

// The slots of an instance that goes are retired one after another, for each step tells of the
// whole instance.
func TestSlotsOfAnInstanceGoInOrder(t *testing.T) {
	s := rolledOut("rolling", 2, 3)
	s.services[0].keys = 2
	gone := s.services[0].address(3)
	fill(s.world.hosts.Host(gone), "green", s.stage(s.world.hosts.Host(gone), s.services[0], "1.0.0"), 8005)
	s.desired = compose(s.services, s.versions, s.strategies)
	p := mustPlan(t, s)
	require.NoError(t, checkOrdered(p))
	stops := 0
	for _, step := range p.Steps {
		if stop, ok := step.Args.(*planner.Stop); ok && stop.Instance == gone {
			stops++
		}
	}
	require.Equal(t, 2, stops)
}

// A slot that is no longer configured and that somebody started is stopped before recreate
// starts the new revision.
func TestRecreateStopsStraysFirst(t *testing.T) {
	s := rolledOut("recreate", 2, 1)
	at := s.services[0].address(1)
	run(s.world.hosts.Host(at), "green", s.stage(s.world.hosts.Host(at), s.services[0], "1.0.0"), 8001)
	s.services[0].ports = portsFrom(8000, 1)
	s.desired = compose(s.services, s.versions, s.strategies)
	d := newDeployment(s, mustPlan(t, s), seams{})
	outcome, err := d.run()
	require.NoError(t, err)
	require.Equal(t, state.Succeeded, outcome)
}

func mustPlan(t *testing.T, s *scene) *planner.Plan {
	p, err := planner.Compute(s.input())
	require.NoError(t, err)
	return p
}
