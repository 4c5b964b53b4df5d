package planner

// rolling replaces the instances batch by batch: over one slot in place, over two beside the
// old one.
func rolling(c *compiler, s *service, after []string) []string {
	if !s.two() {
		return c.inPlace(s, s.todo, after)
	}
	after = c.repair(s, after)
	moves := s.moves()
	left := len(moves)
	for _, batch := range s.batches(moves) {
		left -= len(batch)
		after = c.beside(s, batch, 100*(s.reachable()-left)/s.reachable(), after)
	}
	return after
}

func refuseRolling(s *service) []Problem {
	if problems := s.refuseBatches(); problems != nil || s.two() {
		return problems
	}
	return s.refuseOutage(s.todo)
}

// inPlace replaces instances over one slot, batch by batch: each is out of traffic while it
// changes. A batch begins with a hold, so that while a lost host is out undoing takes out no
// others.
func (c *compiler) inPlace(s *service, list []*instance, after []string) []string {
	for _, batch := range s.batches(list) {
		after = c.hold(s.name+"/batch", s.name, after)
		// hook points: before_batch, in the last batch before_promote
		after = each(batch, func(i *instance) []string {
			end := after
			if i.restart && i.live != "" {
				end = c.drain(i, i.live, end)
			}
			if i.live != "" && i.live != i.dest {
				end = c.remove(i, i.live, end)
			}
			// hook point, in the first batch when all of it is ready: before_traffic
			return c.undrain(i, i.dest, c.up(i, end))
		})
		after = c.weigh(s, weights(batch, 100), 100, after)
		// hook points: after_traffic, after_batch
	}
	return c.join(s.name+"/rolled", s.name, after)
}

// repair mends instances that are out of traffic, in the slot that is theirs.
func (c *compiler) repair(s *service, after []string) []string {
	stays := s.stays()
	if len(stays) == 0 {
		return after
	}
	mended := each(stays, func(i *instance) []string {
		end := after
		if i.restart {
			end = c.drain(i, i.live, end)
		}
		return c.undrain(i, i.dest, c.up(i, end))
	})
	return c.weigh(s, weights(stays, 100), 100, c.join(s.name+"/repaired", s.name, mended))
}

// beside brings a batch up beside the old slots, moves its traffic, and stops the old.
func (c *compiler) beside(s *service, batch []*instance, share int, after []string) []string {
	// hook point: before_batch
	if s.balancer == nil {
		return c.join(s.name+"/batch", s.name, each(batch, func(i *instance) []string {
			return c.retireOld(i, c.up(i, after))
		}))
	}
	after = c.join(s.name+"/ready", s.name, c.bring(batch, after))
	// hook points: in the first batch before_traffic, in the last before_promote
	after = c.weigh(s, weights(batch, 100), share, after)
	// hook point: after_traffic
	return c.join(s.name+"/batch", s.name, ends(batch, after, func(i *instance) []string { return c.retireOld(i, after) }))
	// hook point: after_batch
}

// bring starts instances in the slot beside the live one and lets them in, at weight 0.
func (c *compiler) bring(list []*instance, after []string) []string {
	return each(list, func(i *instance) []string { return c.undrain(i, i.dest, c.up(i, after)) })
}

func (c *compiler) retireOld(i *instance, after []string) []string {
	if i.live == "" {
		return after
	}
	return c.retire(i, i.live, after)
}
