package planner

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"rel/balancer"
	"rel/platform"
	"rel/state"
)

// drift lists what is not as rel left it. What was not observed has not drifted.
func (d *difference) drift() []Drift {
	if !d.in.Observed {
		return nil
	}
	var list []Drift
	add := func(address string, what []string) {
		for _, w := range what {
			list = append(list, Drift{address, w})
		}
	}
	for _, s := range d.services {
		for n := range s.instances {
			i := &s.instances[n]
			add(i.name, i.drift())
		}
	}
	for _, i := range d.gone {
		add(i.name, i.drift())
	}
	for _, name := range d.names {
		b := d.balancers[name]
		recorded := d.in.State.Balancers[name]
		if b.facts.Unreachable != "" {
			continue
		}
		add(name, setupDrift(recorded.Setup, b.facts.Setup))
		for _, id := range b.known(recorded) {
			add(name+"/"+id, serverDrift(recorded.Servers, b.facts.Servers, id))
		}
	}
	return list
}

// drift compares an instance's slots with the recorded ones.
func (i *instance) drift() []string {
	if i.unreachable() {
		return []string{"its host does not answer: " + i.observed.Unreachable}
	}
	var what []string
	for _, name := range slotNames {
		was, is := i.recorded.Slots[name], i.observed.Slots[name]
		was.Ended, is.Ended = 0, 0
		if was != is {
			what = append(what, slotDrift(name, was, is))
		}
	}
	return what
}

// slotDrift words the first thing that differs, the gravest first.
func slotDrift(name string, was, is platform.Slot) string {
	switch {
	case is.Empty():
		return fmt.Sprintf("%s is gone; it ran %s", name, cmp.Or(was.Revision, "nothing"))
	case was.Empty():
		return fmt.Sprintf("%s has %s, which rel has no record of", name, cmp.Or(is.Revision, "no revision"))
	case was.Revision != is.Revision:
		return fmt.Sprintf("%s points to %s, not to %s", name, cmp.Or(is.Revision, "nothing"), was.Revision)
	case was.Running && !is.Running:
		return name + " is not running"
	case is.Running && !was.Running:
		return name + " runs; rel left it stopped"
	case was.Unit != is.Unit:
		return "unit of " + name + " changed on the host"
	case was.Port != is.Port:
		return fmt.Sprintf("%s listens on port %d, not on %d", name, is.Port, was.Port)
	case was.Enabled:
		return name + " is not started again when the host boots"
	default:
		return name + " is started again when the host boots"
	}
}

func setupDrift(was, is *balancer.Setup) []string {
	switch {
	case was == nil && is == nil:
		return nil
	case is == nil:
		return []string{"gone"}
	case was == nil:
		return []string{"there, and rel has no record of it"}
	}
	return setupReasons(*was, *is)
}

// setupReasons words what differs between two set-ups.
func setupReasons(from, to balancer.Setup) []string {
	var reasons []string
	if from.Running != to.Running {
		reasons = append(reasons, "not running")
	}
	differ := func(what, from, to string) {
		if from != to {
			reasons = append(reasons, what+" "+cmp.Or(from, "none")+" → "+cmp.Or(to, "none"))
		}
	}
	differ("bind", from.Bind, to.Bind)
	differ("backend", from.Backend, to.Backend)
	differ("version", from.Version, to.Version)
	return reasons
}

// known are the servers that are there or were, sorted.
func (b *balancing) known(recorded state.Balancer) []string {
	ids := slices.Collect(maps.Keys(b.facts.Servers))
	for id := range recorded.Servers {
		if _, there := b.facts.Servers[id]; !there {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

func serverDrift(recorded, observed map[string]balancer.Server, id string) []string {
	was, left := recorded[id]
	is, stands := observed[id]
	switch {
	case !stands:
		return []string{"gone from the load balancer"}
	case !left:
		return []string{"there, and rel has no record of it"}
	}
	var what []string
	if was.Drained != is.Drained && is.Drained {
		what = append(what, "drained by hand")
	} else if was.Drained != is.Drained {
		what = append(what, "undrained by hand")
	}
	if was.Weight != is.Weight {
		what = append(what, fmt.Sprintf("weight changed %d → %d", was.Weight, is.Weight))
	}
	if was.Address != is.Address {
		what = append(what, fmt.Sprintf("address changed %s → %s", was.Address, is.Address))
	}
	return what
}
