package view

import (
	"fmt"
	"time"

	"rel/planner"
)

// group is a line of the live progress: steps that a person thinks of as one thing.
type group struct {
	label   string
	members []string // keys of instances, in order
	total   int
	done    int
	running map[string]bool
	began   time.Time
	took    time.Duration
	detail  string    // the last thing worth telling
	until   time.Time // when a pause ends
}

func (g *group) finished() bool { return g.done == g.total }

// groupsOf sorts a plan's steps into groups, in the order of their first step.
func groupsOf(p *planner.Plan) (groups []*group, of map[string]*group) {
	of = map[string]*group{}
	byLabel := map[string]*group{}
	for i := range p.Steps {
		s := &p.Steps[i]
		label := groupLabel(p, s)
		if label == "" {
			continue
		}
		g := byLabel[label]
		if g == nil {
			g = &group{label: label, running: map[string]bool{}}
			byLabel[label] = g
			groups = append(groups, g)
		}
		g.total++
		of[s.ID] = g
		if a := target(s); a.Key != "" && s.Kind != planner.KindCheck {
			g.members = append(g.members, fmt.Sprintf("[%q]", a.Key))
		}
	}
	return groups, of
}

// groupLabel names the group of a step; a barrier has none.
func groupLabel(p *planner.Plan, s *planner.Step) string {
	switch a := s.Args.(type) {
	case *planner.Gate:
		return "gates"
	case *planner.Stage:
		return "stage " + a.Instance.ServiceName()
	case *planner.EnsureBalancer:
		return "balancer " + a.Balancer
	case *planner.Activate:
		return startLabel(a.Instance.ServiceName(), a.Slot)
	case *planner.Check:
		return startLabel(a.Instance.ServiceName(), a.Slot)
	case *planner.Stop:
		return "stop " + slotLabel(a.Instance.ServiceName(), a.Slot)
	case *planner.Drain:
		return "drain " + a.Balancer
	case *planner.Undrain, *planner.Traffic, *planner.Pause:
		return "traffic"
	case *planner.Prune:
		return "prune"
	}
	return ""
}

func startLabel(service, slot string) string { return "start " + slotLabel(service, slot) }

func slotLabel(service, slot string) string {
	if slot == "main" {
		return service
	}
	return service + " " + slot
}
