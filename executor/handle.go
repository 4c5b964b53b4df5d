package executor

import (
	"rel/planner"
	"rel/state"
)

// Handle takes in what happened. What follows from it is in the next Decide.
func (c *Core) Handle(e Occurrence) {
	switch e := e.(type) {
	case StepDone:
		c.ended(e.Task, func(i int) { c.stepDone(i, e) })
	case StepFailed:
		c.ended(e.Task, func(i int) { c.stepFailed(i, e) })
	case StepCancelled:
		c.ended(e.Task, func(i int) { c.stepCancelled(i, e.Task.Undo) })
	case Interrupt:
		c.interrupted, c.unsettled = true, true
	case Consent:
		c.consent(e)
	case Rollback:
		c.rollback(e.Reason)
	}
}

// ended takes the step out of what runs; one that does not run here is not the core's business.
func (c *Core) ended(t Task, then func(i int)) {
	i, ok := c.index[t.Step.ID]
	if !ok || c.running[i] == idle {
		return
	}
	c.running[i] = idle
	c.runs--
	then(i)
}

func (c *Core) stepDone(i int, e StepDone) {
	if e.Task.Undo {
		c.undoDone(i, e.Task, e.After)
		return
	}
	c.record(state.Record{Type: state.End, Step: c.steps[i].ID, After: e.After})
}

func (c *Core) stepFailed(i int, e StepFailed) {
	if e.Task.Undo {
		c.undoFailed(i, e)
		return
	}
	kind := state.Failed
	if c.steps[i].OnFailure == planner.OnFailureContinue || c.succeeded() {
		kind = state.Continued
	}
	c.record(state.Record{Type: kind, Step: c.steps[i].ID, Error: e.Err, After: e.After})
}

func (c *Core) stepCancelled(i int, undo bool) {
	if undo {
		c.undo.ready.push(-i)
		return
	}
	c.ready.push(i)
}

func (c *Core) consent(e Consent) {
	i, ok := c.index[e.Step]
	if ok && promotes(&c.steps[i]) && c.status[i] != done && c.course == ahead {
		c.record(state.Record{Type: state.Consent, Step: e.Step, By: e.By})
	}
}

func (c *Core) rollback(reason string) {
	if c.course != ahead && c.course != halted || c.succeeded() {
		return
	}
	c.turnBack(reason)
}

// failStep notes a failure and where it leads.
func (c *Core) failStep(i int, err string) {
	if c.failed == "" {
		c.failed = c.steps[i].ID
	}
	c.turnBack(err)
	if c.steps[i].OnFailure == planner.OnFailureHalt {
		c.course = halting
	}
}

// turnBack heads for the former world, or for a stop where a step has begun that cannot be undone.
func (c *Core) turnBack(reason string) {
	c.unsettled = true
	if c.course != halting {
		c.course = failing
	}
	if c.irreversible != "" {
		c.course = halting
	}
	if c.reason == "" {
		c.reason = reason
	}
}
