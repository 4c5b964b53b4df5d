package planner

import (
	"rel/balancer"
	"rel/platform"
	"rel/state"
)

// FactsFromState stands in for what was not observed: everything is as rel left it. Of the
// folders on the hosts only those are known that a slot points to.
func FactsFromState(s state.State) Facts {
	f := Facts{
		Instances: make(map[platform.Address]platform.Instance, len(s.Instances)),
		Balancers: make(map[string]balancer.Facts, len(s.Balancers)),
	}
	for a, i := range s.Instances {
		f.Instances[a] = platform.Instance{Slots: i.Slots, Staged: pointedTo(i.Slots)}
	}
	for name, b := range s.Balancers {
		facts := balancer.Facts{Setup: b.Setup, Servers: b.Servers}
		if b.Setup != nil {
			facts.Available = b.Setup.Version
		}
		f.Balancers[name] = facts
	}
	return f
}

// pointedTo are the revisions of the slots, the live ones last, as the newest.
func pointedTo(slots map[string]platform.Slot) []string {
	var idle, running []string
	for _, name := range slotNames {
		switch s := slots[name]; {
		case s.Revision == "":
		case s.Running:
			running = append(running, s.Revision)
		default:
			idle = append(idle, s.Revision)
		}
	}
	return append(idle, running...)
}
