package command

import (
	"slices"

	"rel/planner"
	"rel/platform"
	"rel/state"
)

// scope is all that a plan has to look at: what shall be, what the live deployment left, and
// what the state knows beyond both.
type scope struct {
	targets   []planner.Target
	balancers []planner.Balancer
	instances map[string][]platform.Address // by target
}

func scopeOf(world planner.World, former *planner.World, s state.State) scope {
	sc := scope{targets: world.Targets, balancers: world.Balancers, instances: map[string][]platform.Address{}}
	placed := map[platform.Address]bool{}
	sc.add(world, placed)
	if former != nil {
		sc.addPlaces(*former)
		sc.add(*former, placed)
		sc.addRecorded(*former, s, placed)
	}
	for _, addresses := range sc.instances {
		slices.SortFunc(addresses, platform.CompareAddresses)
	}
	return sc
}

func (sc *scope) add(w planner.World, placed map[platform.Address]bool) {
	for a, p := range w.Instances() {
		if !placed[a] {
			placed[a] = true
			sc.instances[p.Target] = append(sc.instances[p.Target], a)
		}
	}
}

// addPlaces adds targets and load balancers that only the live deployment has.
func (sc *scope) addPlaces(w planner.World) {
	for _, t := range w.Targets {
		if !slices.ContainsFunc(sc.targets, func(o planner.Target) bool { return o.Name == t.Name }) {
			sc.targets = append(slices.Clip(sc.targets), t)
		}
	}
	for _, b := range w.Balancers {
		if !slices.ContainsFunc(sc.balancers, func(o planner.Balancer) bool { return o.Name == b.Name }) {
			sc.balancers = append(slices.Clip(sc.balancers), b)
		}
	}
}

// addRecorded adds instances that an earlier deployment had to leave out: they are where
// their service is.
func (sc *scope) addRecorded(w planner.World, s state.State, placed map[platform.Address]bool) {
	targets := map[string]string{}
	for a, p := range w.Instances() {
		targets[a.ServiceName()] = p.Target
	}
	for a := range s.Instances {
		if t, ok := targets[a.ServiceName()]; ok && !placed[a] {
			placed[a] = true
			sc.instances[t] = append(sc.instances[t], a)
		}
	}
}
