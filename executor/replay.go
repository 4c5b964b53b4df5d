package executor

import (
	"errors"
	"fmt"

	"rel/state"
)

// fold takes in one record of the journal: what the core itself decides and what an earlier
// process has left go the same way. It refuses what cannot have happened.
func (c *Core) fold(r state.Record) error {
	if c.course == finished {
		return errors.New("comes after the end")
	}
	switch r.Type {
	case state.Opened:
		return nil
	case state.Resumed:
		c.reopen()
		return nil
	case state.Sick:
		for _, slot := range r.Slots {
			c.sick[slot] = true
		}
		return nil
	case state.Undoing, state.Halted:
		return c.foldTurn(r)
	case state.Finished:
		c.course, c.outcome = finished, r.Outcome
		return nil
	}
	return c.foldStep(r)
}

// reopen: another process begins. One that halted tries again what failed; a person has looked.
func (c *Core) reopen() {
	if c.course != halted {
		return
	}
	c.course, c.reason, c.failed = ahead, "", ""
	for i, s := range c.status {
		if s == broken {
			c.status[i] = begun
			c.ready.push(i)
		}
	}
}

func (c *Core) foldTurn(r state.Record) error {
	if c.succeeded() {
		return fmt.Errorf("%s after the deployment has succeeded", r.Type)
	}
	if c.course == undoing {
		return fmt.Errorf("%s while it is being undone", r.Type)
	}
	c.course, c.reason = undoing, r.Error
	if r.Type == state.Halted {
		c.course = halted
	}
	return nil
}

func (c *Core) foldStep(r state.Record) error {
	i, ok := c.index[r.Step]
	if !ok {
		return fmt.Errorf("%s of the step %q, which the plan does not have", r.Type, r.Step)
	}
	switch r.Type {
	case state.Begin:
		return c.foldBegin(i, r)
	case state.End, state.Failed, state.Continued:
		return c.foldEnd(i, r)
	case state.Consent:
		return c.foldConsent(i)
	case state.UndoBegin, state.UndoEnd, state.UndoFailed:
		return c.foldUndo(i, r)
	}
	return fmt.Errorf("%q is not a type of record that this version of rel knows", r.Type)
}

func (c *Core) foldBegin(i int, r state.Record) error {
	step := &c.steps[i]
	switch {
	case c.status[i] != pending:
		return fmt.Errorf("%s began twice", step.ID)
	case c.missing[i] > 0:
		return fmt.Errorf("%s began before what it needs was done", step.ID)
	case c.course != ahead:
		return fmt.Errorf("%s began after the decision to stop", step.ID)
	case promotes(step) && !c.consents[i]:
		return fmt.Errorf("%s began without consent", step.ID)
	}
	c.status[i], c.began[i] = begun, r.Time
	if changesLive(step.Kind) {
		c.live = true
	}
	if step.Undo.Irreversible != "" && !c.succeeded() {
		c.irreversible = step.ID
	}
	return nil
}

func (c *Core) foldEnd(i int, r state.Record) error {
	id := c.steps[i].ID
	if c.status[i] != begun || c.course == undoing || c.course == halted {
		return fmt.Errorf("%s of %s, which was not under way", r.Type, id)
	}
	if r.Type != state.Failed {
		c.markDone(i)
		return nil
	}
	c.status[i] = broken
	c.failStep(i, r.Error)
	return nil
}

func (c *Core) foldConsent(i int) error {
	if !promotes(&c.steps[i]) {
		return fmt.Errorf("consent to %s, which waits for nobody", c.steps[i].ID)
	}
	if !c.consents[i] && c.missing[i] == 0 {
		c.ready.push(i)
	}
	c.consents[i] = true
	return nil
}

func (c *Core) foldUndo(i int, r state.Record) error {
	id := c.steps[i].ID
	switch {
	case c.course != undoing:
		return fmt.Errorf("%s of %s without the decision to undo", r.Type, id)
	case c.status[i] == pending || c.undone[i] || c.steps[i].Undo.None():
		return fmt.Errorf("%s of %s, which is nothing to undo", r.Type, id)
	case (r.Type == state.UndoBegin) == c.undoBegun[i]:
		return fmt.Errorf("%s of %s out of order", r.Type, id)
	}
	c.undoBegun[i] = r.Type == state.UndoBegin
	if r.Type == state.UndoEnd {
		c.left[i] = r.Left
		c.undone[i] = len(r.Left) == 0
	}
	return nil
}
