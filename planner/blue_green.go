package planner

// blueGreen starts the new revision beside the old on all instances, then moves all traffic
// at once. The old slots are stopped in the tail.
func blueGreen(c *compiler, s *service, after []string) []string {
	after = c.repair(s, after)
	return c.switchOver(s, s.moves(), after)
}

// switchOver starts the new revision beside the old, and moves all traffic.
func (c *compiler) switchOver(s *service, moves []*instance, after []string) []string {
	if len(moves) == 0 {
		return after
	}
	// hook point: before_batch
	after = c.join(s.name+"/ready", s.name, c.bring(moves, after))
	// hook point: before_traffic
	return c.promote(s, moves, after)
}

// promote gives the new revision all traffic; the old slots wait for the tail.
func (c *compiler) promote(s *service, moves []*instance, after []string) []string {
	// hook point: before_promote
	c.olds = append(c.olds, filter(moves, func(i *instance) bool { return i.live != "" })...)
	return c.weigh(s, weights(moves, 100), 100, after)
	// hook points: after_traffic, after_batch
}

func refuseBlueGreen(s *service) []Problem {
	problems := s.refuseUnbalanced()
	if !s.two() {
		problems = append(problems, Problem{s.name, "blue_green needs two slots: old and new run side by side",
			"Give the service two ports (ports = { blue = …, green = … }); or use a strategy of type rolling or recreate."})
	}
	return problems
}

// refuseUnbalanced refuses to switch traffic where no load balancer does.
func (s *service) refuseUnbalanced() []Problem {
	if s.balancer != nil {
		return nil
	}
	return []Problem{{s.name, s.way + " needs a load balancer: it is what moves the traffic",
		"Give target \"" + s.target.Name + "\" a load_balancer; or use a strategy of type rolling or recreate."}}
}
