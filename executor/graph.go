package executor

import (
	"fmt"
	"strings"

	"rel/planner"
	"rel/platform"
)

// graph is a plan's steps by number, with what each needs and what needs it. It does not change.
type graph struct {
	steps      []planner.Step
	index      map[string]int // id → number
	needs      [][]int
	dependents [][]int
	hosts      []string // of each step; empty: none
	places     places
}

func newGraph(plan *planner.Plan) (graph, error) {
	n := len(plan.Steps)
	g := graph{steps: plan.Steps, index: make(map[string]int, n), needs: make([][]int, n),
		dependents: make([][]int, n), hosts: make([]string, n), places: newPlaces(plan)}
	for i := range plan.Steps {
		if err := g.add(i); err != nil {
			return graph{}, err
		}
	}
	return g, nil
}

func (g *graph) add(i int) error {
	step := &g.steps[i]
	if _, twice := g.index[step.ID]; twice {
		return fmt.Errorf("the plan has two steps %s", step.ID)
	}
	for _, id := range step.Needs {
		need, ok := g.index[id]
		if !ok {
			return fmt.Errorf("step %s of the plan needs %s, which does not stand before it", step.ID, id)
		}
		g.needs[i] = append(g.needs[i], need)
		g.dependents[need] = append(g.dependents[need], i)
	}
	g.index[step.ID] = i
	g.hosts[i] = g.places.ofStep(step)
	return nil
}

// places knows the host of each instance. An instance of a local target has a root of its
// own, as if it were a host; elsewhere the key names the host.
type places map[platform.Address]string

func newPlaces(plan *planner.Plan) places {
	local := map[string]bool{}
	for _, t := range plan.Targets {
		local[t.Name] = t.Type == "local"
	}
	p := places{}
	for i := range plan.Steps {
		target, a, ok := plan.Steps[i].Place()
		switch {
		case !ok:
		case local[target]:
			p[a] = a.String()
		default:
			p[a] = a.Key
		}
	}
	return p
}

func (p places) of(a platform.Address) string {
	if host, ok := p[a]; ok {
		return host
	}
	return a.String()
}

func (p places) ofStep(step *planner.Step) string {
	if _, a, ok := step.Place(); ok {
		return p.of(a)
	}
	switch args := step.Args.(type) {
	case *planner.Drain:
		return p.ofServer(args.Server)
	case *planner.Undrain:
		return p.ofServer(args.Server)
	}
	return ""
}

// ofServer reads the instance out of a balancer.ServerID.
func (p places) ofServer(server string) string {
	cut := strings.LastIndexByte(server, '/')
	if cut < 0 {
		return ""
	}
	a, err := platform.ParseAddress(server[:cut])
	if err != nil {
		return ""
	}
	return p.of(a)
}
