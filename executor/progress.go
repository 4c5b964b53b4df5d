package executor

import "rel/planner"

// Done lists the steps that are done, in the order of the plan; barriers are not among them.
func (c *Core) Done() []string { return c.standing(done) }

// Begun lists the steps that have begun and not ended: they run, or a crash cut them off.
func (c *Core) Begun() []string { return c.standing(begun) }

// Undoing says that the deployment is on its way back, or will be.
func (c *Core) Undoing() bool { return c.course == failing || c.course == undoing }

// Succeeded says that the barrier finish is done: whatever comes, the deployment has succeeded.
func (c *Core) Succeeded() bool { return c.succeeded() }

// over says that nothing is left to decide.
func (c *Core) over() bool { return c.course == finished }

// Waiting names the step that waits for a person to promote, if there is one.
func (c *Core) Waiting() string {
	id, _ := c.awaited()
	return id
}

func (c *Core) standing(s status) []string {
	var ids []string
	for i := range c.steps {
		if c.status[i] == s && c.steps[i].Kind != planner.KindBarrier {
			ids = append(ids, c.steps[i].ID)
		}
	}
	return ids
}
