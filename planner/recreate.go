package planner

// recreate stops all of the old before any of the new starts: the two never run together,
// and between them nothing serves.
func recreate(c *compiler, s *service, after []string) []string {
	old := filter(s.todo, func(i *instance) bool { return i.restart && i.live != "" })
	// hook point: before_batch
	if len(old) > 0 {
		after = c.join(s.name+"/drained", s.name, ends(old, after, func(i *instance) []string { return c.drain(i, i.live, after) }))
		after = c.join(s.name+"/stopped", s.name, ends(old, after, func(i *instance) []string { return c.clear(i, after) }))
	}
	after = c.join(s.name+"/checked", s.name, c.upAll(s.todo, after))
	// hook points: before_traffic, before_promote
	after = c.join(s.name+"/in", s.name, c.undrainAll(s.todo, after))
	return c.weigh(s, weights(s.todo, 100), 100, after)
	// hook points: after_traffic, after_batch
}

// clear stops the live slot; where another takes its place it goes altogether.
func (c *compiler) clear(i *instance, after []string) []string {
	switch {
	case i.live == "":
		return after
	case i.live != i.dest:
		return c.remove(i, i.live, after)
	case i.slot(i.live).Running:
		return c.stop(i, i.live, after)
	}
	return after
}
