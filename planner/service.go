package planner

import (
	"slices"

	"rel/platform"
)

// service is a service with all that a strategy asks of it.
type service struct {
	Service
	name      string // shop.web
	release   *Release
	target    Target
	balancer  *balancing // nil: no requests come to it through one
	way       string     // the strategy's type, as this plan goes by it
	former    *former    // as the live deployment left it; nil: it is new
	live      bool       // an instance of it is live
	waits     bool       // it goes in the tail
	instances []instance // by key
	// todo are the instances in which a slot has to be brought to the wanted revision or
	// into traffic; untidy those in which only what should be idle is not at rest.
	todo, untidy []*instance
	unreachable  int
	reasons      map[string][]string // why, by the revision that an instance leaves
}

// former is a service as the live deployment left it.
type former struct {
	Service
	release  *Release
	target   Target
	balancer *balancing
}

// slotNames are all slots that there are, in the order in which they are looked at.
var slotNames = [...]string{platform.Main, platform.Blue, platform.Green}

func (s *service) strategy() *Strategy { return &s.release.Strategy }

// two says that old and new can stand side by side.
func (s *service) two() bool { return len(s.Ports) == 2 }

// worker says that nothing connects to the service.
func (s *service) worker() bool { return len(s.Ports) == 0 }

// reachable counts the instances whose host answers.
func (s *service) reachable() int { return len(s.instances) - s.unreachable }

// slot gives the service's n-th slot.
func (s *service) slot(n int) string {
	if s.worker() {
		return platform.Main
	}
	return s.Ports[n].Slot
}

func (s *service) hasSlot(name string) bool {
	if s.worker() {
		return name == platform.Main
	}
	return slices.ContainsFunc(s.Ports, func(p Port) bool { return p.Slot == name })
}

// onFailure is what the failure of one of its steps leads to once live changes began.
func (s *service) onFailure() OnFailure { return s.strategy().onFailure() }

func (s *Strategy) onFailure() OnFailure {
	if s.AutoRevert {
		return OnFailureRollback
	}
	return OnFailureHalt
}

// moves are the instances whose live slot changes; stays those that stay in theirs.
func (s *service) moves() []*instance {
	return filter(s.todo, func(i *instance) bool { return i.dest != i.live })
}

func (s *service) stays() []*instance {
	return filter(s.todo, func(i *instance) bool { return i.dest == i.live })
}

func filter(list []*instance, keep func(*instance) bool) []*instance {
	var kept []*instance
	for _, i := range list {
		if keep(i) {
			kept = append(kept, i)
		}
	}
	return kept
}

// of is the count of n instances: a percentage is rounded down, and never less than one.
func (c Count) of(n int) int {
	if c.Percent {
		return max(1, n*c.N/100)
	}
	return max(1, c.N)
}

// checksOf is when an instance is healthy.
func checksOf(s Service, strategy Strategy) Checks {
	return Checks{
		HealthChecks:    s.Checks,
		MinHealthyTime:  strategy.MinHealthyTime,
		HealthyDeadline: strategy.HealthyDeadline,
	}
}
