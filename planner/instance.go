package planner

import (
	"rel/balancer"
	"rel/platform"
	"rel/state"
)

// instance is one instance: as it shall be, as it was observed, and as it will be after the
// steps that are compiled so far (undo is by value, so each step must know its before).
type instance struct {
	address  platform.Address
	name     string
	target   string
	number   int      // from 0, among the service's instances
	service  *service // nil: it is gone from the configuration
	former   *former
	observed platform.Instance
	recorded state.Instance

	slots   []slot   // simulated; a slot that is not here is empty
	servers []server // those that stand or shall stand
	live    string   // the slot that is live; empty: none
	dest    string   // the slot that shall be
	action  Action
	reasons []string
	restart bool // the wanted revision has to be activated in dest
	out     bool // it carried no traffic when the plan was made
	touched bool // a step names it
}

// slot is a slot of an instance.
type slot struct {
	name string
	platform.Slot
}

// server is a slot of an instance behind a balancer.
type server struct {
	balancer *balancing
	id       string
	slot     string
	current  bool // the slot listens on its port now
	wanted   bool // it shall be there at rest
}

// unreachable says that the host did not answer: nothing is known of it, and it is left out.
func (i *instance) unreachable() bool { return i.observed.Unreachable != "" }

// slot is what the slot is at this point of the plan.
func (i *instance) slot(name string) platform.Slot {
	for n := range i.slots {
		if i.slots[n].name == name {
			return i.slots[n].Slot
		}
	}
	return platform.Slot{}
}

// set simulates a change of a slot.
func (i *instance) set(name string, to platform.Slot) {
	for n := range i.slots {
		if i.slots[n].name == name {
			i.slots[n].Slot = to
			return
		}
	}
	i.slots = append(i.slots, slot{name, to})
}

// observe takes the slots over from the facts; of a host that did not answer, from the state.
func (i *instance) observe() {
	from := i.observed.Slots
	if i.unreachable() {
		from = i.recorded.Slots
	}
	if len(from) == 0 {
		return
	}
	i.slots = make([]slot, 0, len(from)+1)
	for _, name := range slotNames {
		if s := from[name]; !s.Empty() {
			s.Ended = 0
			i.slots = append(i.slots, slot{name, s})
		}
	}
	i.live = i.findLive()
}

// findLive is the slot that runs; where more than one or none does, the recorded one.
func (i *instance) findLive() string {
	var running []string
	for _, s := range i.slots {
		if s.Running {
			running = append(running, s.name)
		}
	}
	switch {
	case len(running) == 1:
		return running[0]
	case i.slot(i.recorded.Live).Revision != "":
		return i.recorded.Live
	case len(running) > 1: // no record says which: one of them is
		return running[0]
	}
	return ""
}

// port is the one that the slot shall listen on; 0: none.
func (i *instance) port(name string) int {
	for _, p := range i.service.Ports {
		if p.Slot == name {
			return p.Number + i.number*len(i.service.Ports)
		}
	}
	return 0
}

// wantedServer is the server through which requests shall reach the slot; nil: none do.
func (i *instance) wantedServer(name string) *server {
	for n := range i.servers {
		if s := &i.servers[n]; s.slot == name && s.wanted {
			return s
		}
	}
	return nil
}

// routed says that requests can reach the slot.
func (i *instance) routed(name string) bool {
	if i.service.balancer == nil && (i.former == nil || i.former.balancer == nil) {
		return i.slot(name).Running
	}
	for n := range i.servers {
		s := &i.servers[n]
		if now, stands := s.now(); s.slot == name && s.current && stands && !now.Drained && now.Weight > 0 {
			return i.slot(name).Running
		}
	}
	return false
}

// now is the server at this point of the plan, and whether it stands.
func (s *server) now() (balancer.Server, bool) {
	now, stands := s.balancer.servers[s.id]
	return now, stands
}

// staged says that the revision's folder is on the host already.
func (i *instance) staged(revision string) bool {
	for _, r := range i.observed.Staged {
		if r == revision {
			return true
		}
	}
	return false
}

// strategy is that of the instance's release, as it is or was.
func (i *instance) strategy() *Strategy {
	if i.service != nil {
		return i.service.strategy()
	}
	return &i.former.release.Strategy
}

func (i *instance) onFailure() OnFailure { return i.strategy().onFailure() }
