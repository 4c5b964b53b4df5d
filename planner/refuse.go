package planner

import "fmt"

// refuseUnreachable refuses where more hosts are silent than the strategy allows.
func (d *difference) refuseUnreachable(s *service) {
	allowed := s.strategy().MaxUnreachable
	if s.unreachable <= allowed {
		return
	}
	for n := range s.instances {
		if i := &s.instances[n]; i.unreachable() {
			d.refuse(i.name, "its host does not answer", fmt.Sprintf(
				"%s. The strategy allows %d of %s to be left out; %d would be. Bring the host back, or raise max_unreachable.",
				i.observed.Unreachable, allowed, s.name, s.unreachable))
		}
	}
}

// refuseMoved refuses to carry live instances to another kind of target or root: rel would
// look for them in the new place, and leave them running in the old one.
func (d *difference) refuseMoved() {
	for _, s := range d.services {
		f := s.former
		if f == nil || !s.live || f.target.Type == s.target.Type && f.target.Root == s.target.Root {
			continue
		}
		d.refuse(s.name, fmt.Sprintf("target %q, where it is live, is %s; it would move to %q, %s",
			f.target.Name, f.target.place(), s.target.Name, s.target.place()),
			"Give the service another name, so that the new one starts beside the old and the old is removed; "+
				"or put the target back; or take the service out, apply, and put it in again.")
	}
	targets := d.in.World.targets()
	for _, i := range d.gone {
		f := i.former.target
		if t, kept := targets[f.Name]; kept && (t.Type != f.Type || t.Root != f.Root) {
			d.refuse(i.name, fmt.Sprintf("it is to be removed from target %q, which was %s and is now %s", f.Name, f.place(), t.place()),
				"Remove it first, with the target as it was; then change the target.")
		}
	}
}

func (t Target) place() string {
	if t.Root == "" {
		return t.Type + " with the default root"
	}
	return t.Type + " with root " + t.Root
}

// refuseBalancers refuses what cannot be done to a load balancer.
func (d *difference) refuseBalancers() {
	former := d.in.formerWorld().balancers()
	for _, to := range d.in.World.Balancers {
		if from, was := former[to.Name]; was && from.Type != to.Type && d.balancers[to.Name].facts.Setup != nil {
			d.refuse(to.Name, fmt.Sprintf("load balancer of type %s would become one of type %s", from.Type, to.Type),
				"Give the new one another name: it is set up beside the old, and the old is removed.")
		}
	}
	for _, name := range d.names {
		b := d.balancers[name]
		if b.facts.Unreachable != "" {
			d.refuse(name, "the load balancer does not answer", b.facts.Unreachable+
				". Nothing is planned that it might refuse later: bring it back, then plan again.")
		}
		if holder := d.holder(b); holder != "" {
			d.refuse(name, fmt.Sprintf("it is to listen on %s, where load balancer %q listens still", b.want.Bind, holder),
				fmt.Sprintf("Keep the name %q; or give %q another address first.", holder, name))
		}
	}
}

// holder is the load balancer that goes and still has the address that b is to listen on.
func (d *difference) holder(b *balancing) string {
	if b.want == nil || b.facts.Setup != nil && b.facts.Setup.Bind == b.want.Bind {
		return ""
	}
	for _, name := range d.names {
		if o := d.balancers[name]; o != b && o.facts.Setup != nil && o.facts.Setup.Running && o.facts.Setup.Bind == b.want.Bind {
			return name
		}
	}
	return ""
}

// refuseServices asks each service's strategy what keeps it from being planned.
func (d *difference) refuseServices() {
	for _, s := range d.services {
		strategy, known := strategies[s.way]
		if !known {
			d.refuse(s.name, fmt.Sprintf("there is no strategy %q", s.way), "The strategies are: "+strategyNames()+".")
			continue
		}
		if !s.live || len(s.todo) == 0 || s.unreachable > s.strategy().MaxUnreachable {
			continue // nothing that its strategy does, or refused already
		}
		d.problems = append(d.problems, strategy.refuse(s)...)
		for _, i := range s.todo {
			if i.dest == "" {
				d.refuse(i.name, fmt.Sprintf("both slots' ports are taken: %s, which is live, listens on %d", i.live, i.slot(i.live).Port),
					"Give the slot beside it a port that neither of them has now; or use a strategy of type recreate.")
			}
		}
	}
}
