package planner

import (
	"fmt"
	"slices"
)

// parallel is how many instances may change at once. Over one slot those that do not answer
// are out already, and count.
func (s *service) parallel() int {
	n := s.strategy().MaxParallel.of(len(s.instances))
	if !s.two() {
		n -= s.unreachable
	}
	return n
}

// batches are the instances in the order in which they go: those that carry no traffic
// first, in batches of their own.
func (s *service) batches(list []*instance) [][]*instance {
	out := filter(list, func(i *instance) bool { return i.out })
	in := filter(list, func(i *instance) bool { return !i.out })
	return slices.Concat(chunks(out, s.parallel()), chunks(in, s.parallel()))
}

// chunks are parts of at most a size.
func chunks(list []*instance, size int) [][]*instance {
	return slices.Collect(slices.Chunk(list, size))
}

// refuseBatches refuses where no batch is possible.
func (s *service) refuseBatches() []Problem {
	if s.parallel() > 0 {
		return nil
	}
	return []Problem{{s.name, "no instance may be out of traffic", fmt.Sprintf(
		"max_parallel allows %d, and %d do not answer. Bring the hosts back, or raise max_parallel.",
		s.strategy().MaxParallel.of(len(s.instances)), s.unreachable)}}
}

// refuseOutage refuses batches over one slot that would take out all that serves.
func (s *service) refuseOutage(list []*instance) []Problem {
	if s.worker() {
		return nil
	}
	for _, batch := range s.batches(list) {
		if serving := filter(batch, func(i *instance) bool { return !i.out && i.restart }); len(serving) > 0 && len(serving) >= s.reachable() {
			return []Problem{{s.name, fmt.Sprintf("rolling over one slot would stop all %d instances that serve it at once", len(serving)),
				"Without an outage it needs a second slot (ports = { blue = …, green = … }), more instances, or a smaller max_parallel. " +
					"Where an outage is acceptable, use a strategy of type recreate."}}
		}
	}
	return nil
}
