package planner

import (
	"fmt"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
)

// touched are the objects that a step changes or looks at: instances, servers, load balancers.
func touched(s *Step) (objects []string) {
	server := func(balancer, id string) { objects = append(objects, balancer+"/"+id) }
	switch a := s.Args.(type) {
	case *Stage, *Activate, *Check, *Stop, *Prune:
		objects = append(objects, s.Address)
	case *Drain:
		server(a.Balancer, a.Server)
	case *Undrain:
		server(a.Balancer, a.Server)
	case *Traffic:
		for id := range a.Weights {
			server(a.Balancer, id)
		}
	case *EnsureBalancer:
		objects = append(objects, a.Balancer)
		for id := range a.Add {
			server(a.Balancer, id)
		}
		for _, id := range a.Remove {
			server(a.Balancer, id)
		}
	}
	return objects
}

// unordered finds two steps on one object neither of which needs the other.
func unordered(p *Plan) error {
	position, before := map[string]int{}, make([]*big.Int, len(p.Steps))
	last := map[string]int{} // object → the step on it that comes last so far
	for n := range p.Steps {
		s := &p.Steps[n]
		position[s.ID] = n
		before[n] = new(big.Int).SetBit(new(big.Int), n, 1)
		for _, id := range s.Needs {
			before[n].Or(before[n], before[position[id]])
		}
		for _, object := range touched(s) {
			if was, there := last[object]; there && before[n].Bit(was) == 0 {
				return fmt.Errorf("%s and %s may run side by side on %s", p.Steps[was].ID, s.ID, object)
			}
			last[object] = n
		}
	}
	return nil
}

// Undo is by value, and a step tells what it left of its whole object: so steps on one object
// must never run side by side.
func TestStepsOnOneObjectAreOrdered(t *testing.T) {
	for seed := range int64(seeds) {
		if _, _, _, p := scenario(t, seed); p != nil {
			require.NoError(t, unordered(p), "seed %d, %s", seed, describe(p))
		}
	}
}

// The cost of a plan must grow linearly: at most so many steps and needs an instance, however
// many there are.
func TestPlansAreLinearInInstances(t *testing.T) {
	for way := range strategies {
		for slots := range 3 {
			for _, hosts := range []int{3, 30, 300} {
				l := layout{way: way, slots: slots, balanced: slots > 0, instances: hosts, version: "1.0.0"}
				u := deployed(l.world())
				l.version = "2.0.0"
				p, err := Compute(u.input(l.world()))
				if err != nil {
					continue
				}
				needs := 0
				for _, s := range p.Steps {
					needs += len(s.Needs)
				}
				require.LessOrEqual(t, len(p.Steps), 12*hosts+20, "%s over %d slots, %d instances", way, slots, hosts)
				require.LessOrEqual(t, needs, 13*hosts+20, "%s over %d slots, %d instances", way, slots, hosts)
			}
		}
	}
}
