package planner

import (
	"maps"
	"slices"

	"rel/balancer"
	"rel/platform"
)

// do does what a step means, to the facts alone.
func (u *universe) do(s *Step) {
	switch a := s.Args.(type) {
	case *Stage:
		i := u.facts.Instances[a.Instance]
		if !slices.Contains(i.Staged, a.Revision) {
			i.Staged = append(slices.Clip(i.Staged), a.Revision)
			u.facts.Instances[a.Instance] = i
		}
	case *Activate:
		u.setSlot(a.Instance, a.Slot, platform.Slot{Revision: a.Revision, Port: a.Port, Unit: "unit of " + a.Revision, Running: true, Enabled: true})
	case *Stop:
		slot := u.facts.Instances[a.Instance].Slots[a.Slot]
		slot.Running, slot.Enabled = false, false
		if a.Remove {
			slot = platform.Slot{}
		}
		u.setSlot(a.Instance, a.Slot, slot)
	case *Prune:
		i := u.facts.Instances[a.Instance]
		i.Staged = slices.DeleteFunc(slices.Clone(i.Staged), func(r string) bool { return slices.Contains(a.Revisions, r) })
		u.facts.Instances[a.Instance] = i
	case *Drain:
		u.setServer(a.Balancer, a.Server, func(s *balancer.Server) { s.Drained = true })
	case *Undrain:
		u.setServer(a.Balancer, a.Server, func(s *balancer.Server) { s.Drained = false })
	case *Traffic:
		for id, weight := range a.Weights {
			u.setServer(a.Balancer, id, func(s *balancer.Server) { s.Weight = weight })
		}
	case *EnsureBalancer:
		u.ensure(a)
	}
}

func (u *universe) setSlot(a platform.Address, name string, to platform.Slot) {
	i := u.facts.Instances[a]
	i.Slots = maps.Clone(i.Slots)
	if i.Slots == nil {
		i.Slots = map[string]platform.Slot{}
	}
	i.Slots[name] = to
	if to.Empty() {
		delete(i.Slots, name)
	}
	u.facts.Instances[a] = i
}

func (u *universe) setServer(name, id string, change func(*balancer.Server)) {
	f := u.facts.Balancers[name]
	server, stands := f.Servers[id]
	if !stands {
		panic("no server " + id + " at " + name)
	}
	change(&server)
	f.Servers[id] = server
	u.facts.Balancers[name] = f
}

func (u *universe) ensure(a *EnsureBalancer) {
	f := u.facts.Balancers[a.Balancer]
	f.Setup, f.Servers = a.Setup, maps.Clone(f.Servers)
	if f.Servers == nil {
		f.Servers = map[string]balancer.Server{}
	}
	for id, s := range a.Add {
		if _, stands := f.Servers[id]; !stands {
			f.Servers[id] = s
		}
	}
	for _, id := range a.Remove {
		if !f.Servers[id].Drained {
			panic("server " + id + " is removed before it is drained")
		}
		delete(f.Servers, id)
	}
	u.facts.Balancers[a.Balancer] = f
}
