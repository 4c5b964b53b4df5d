package planner

// first is the first deployment of a service: nothing is live, so nothing can be kept, and
// the strategy is skipped.
func (c *compiler) first(s *service, after []string) []string {
	// hook point: before_batch
	after = c.join(s.name+"/checked", s.name, c.upAll(s.todo, after))
	// hook points: before_traffic, before_promote
	after = c.join(s.name+"/in", s.name, c.undrainAll(s.todo, after))
	return c.weigh(s, weights(s.todo, 100), 100, after)
	// hook points: after_traffic, after_batch
}

// up activates the wanted revision in its slot, unless it is there and runs already, and
// waits until it is healthy.
func (c *compiler) up(i *instance, after []string) []string {
	if i.restart {
		// hook point: before_activate
		after = c.activate(i, i.dest, after)
	}
	// hook points, after it: after_activate, validate
	return c.check(i, i.dest, after)
}

func (c *compiler) upAll(list []*instance, after []string) []string {
	return each(list, func(i *instance) []string { return c.up(i, after) })
}

func (c *compiler) undrainAll(list []*instance, after []string) []string {
	return ends(list, after, func(i *instance) []string { return c.undrain(i, i.dest, after) })
}

// weights gives the slot in which the wanted revision runs its weight, and the one that was
// live what is left of 100; one that carried no traffic gets no more than it had.
func weights(list []*instance, weight int) map[string]int {
	to := make(map[string]int, len(list))
	for _, i := range list {
		if s := i.wantedServer(i.dest); s != nil {
			to[s.id] = weight
		}
		if i.dest == i.live {
			continue
		}
		for n := range i.servers {
			s := &i.servers[n]
			if now, stands := s.now(); s.slot == i.live && stands && s.balancer == i.service.balancer && !(now.Drained && now.Weight == 0) {
				to[s.id] = 100 - weight
				if i.out { // nobody knows whether it works
					to[s.id] = min(now.Weight, 100-weight)
				}
			}
		}
	}
	return to
}
