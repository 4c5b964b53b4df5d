package executor

import (
	"fmt"
	"maps"
	"slices"

	"rel/planner"
	"rel/state"
)

// fate is how a step stands on the way back in this process. What lies behind a step (all
// that needs it, also through others) has the worst of their fates; the order is that of
// strategies.md's rules: past a lost host the rest is undone, past what is held nothing is.
type fate uint8

const (
	gone   fate = iota // undone, or never begun
	passed             // not undone, for a host is lost; what it needs may be undone past it
	held               // not undone; nor is anything that it needs
	open               // not decided yet
)

// undo is the way back in one process: the lost hosts are those of this process, so another
// one tries them again.
type undo struct {
	waits  []int  // how many begun steps that need this one are open
	behind []fate // the worst fate of those that need it
	fates  []fate // of each step itself, with what is behind it; final once it is not open
	ready  queue  // steps whose undo may begin, by −number: the last first
	lost   map[string]bool
	open   int // how many steps are open
	causes []string
}

func newUndo(c *Core) *undo {
	n := len(c.steps)
	u := &undo{waits: make([]int, n), behind: make([]fate, n), fates: make([]fate, n), lost: map[string]bool{}}
	for i := range c.steps {
		if c.status[i] == pending {
			continue
		}
		u.fates[i] = open
		u.open++
		for _, need := range c.needs[i] {
			u.waits[need]++
		}
	}
	last := make([]int, 0, n)
	for i := range c.steps {
		if u.fates[i] == open && u.waits[i] == 0 {
			last = append(last, i)
		}
	}
	u.settle(c, last)
	return u
}

func (u *undo) resolved() bool { return u.open == 0 }

// settle decides the fate of steps with nothing open behind them, of those that thereby have
// nothing open behind them, and so on; what is to be undone goes into ready.
func (u *undo) settle(c *Core, steps []int) {
	for len(steps) > 0 {
		i := steps[len(steps)-1]
		steps = steps[:len(steps)-1]
		own, decided := u.own(c, i)
		if !decided {
			u.ready.push(-i)
			continue
		}
		steps = append(steps, u.resolve(c, i, own)...)
	}
}

// own is the fate of a step with nothing open behind it; not decided: it is to be undone.
func (u *undo) own(c *Core, i int) (own fate, decided bool) {
	step := &c.steps[i]
	switch {
	case c.undone[i]:
		return gone, true
	case u.behind[i] == held:
		return held, true
	case u.lost[c.hosts[i]]:
		return passed, true
	case u.behind[i] == passed && step.Hold:
		return held, true
	case step.Undo.None() || step.Undo.Irreversible != "":
		return u.behind[i], true
	}
	return open, false
}

// resolve makes a fate final and gives the steps that now have nothing open behind them.
func (u *undo) resolve(c *Core, i int, own fate) []int {
	u.fates[i] = max(own, u.behind[i])
	u.open--
	var next []int
	for _, need := range c.needs[i] {
		u.behind[need] = max(u.behind[need], u.fates[i])
		u.waits[need]--
		if u.waits[need] == 0 {
			next = append(next, need)
		}
	}
	return next
}

// startUndo begins undoing, the plan's last steps first.
func (c *Core) startUndo(limit int) []Task {
	var tasks []Task
	u := c.undo
	for !u.ready.empty() && c.runs < limit {
		i := -u.ready.pop()
		if u.lost[c.hosts[i]] { // since it was ready
			u.settle(c, []int{i})
			continue
		}
		tasks = append(tasks, c.beginUndo(i))
	}
	return tasks
}

func (c *Core) beginUndo(i int) Task {
	step := &c.steps[i]
	t := Task{Step: step, Undo: true, Resumed: c.undoBegun[i], Sick: c.isSick(step)}
	if w := step.Undo.Weights; w != nil {
		t.Weights = c.reachable(i, w)
	}
	if !c.undoBegun[i] {
		c.record(state.Record{Type: state.UndoBegin, Step: step.ID})
	}
	c.running[i] = active
	c.runs++
	return t
}

// isSick says whether the slot that the step's undo puts back ran but was not healthy when
// the deployment began.
func (c *Core) isSick(step *planner.Step) bool {
	s := step.Undo.Slot
	return s != nil && c.sick[place{s.Instance, s.Slot}.String()]
}

// reachable gives the weights that a traffic step's undo puts back now: what an earlier
// process left out, or all; without the servers of lost hosts.
func (c *Core) reachable(i int, before *planner.RestoreWeights) map[string]int {
	weights := map[string]int{}
	for _, server := range c.servers(i, before) {
		if !c.undo.lost[c.places.ofServer(server)] {
			weights[server] = before.Weights[server]
		}
	}
	return weights
}

// servers are those whose weights the step's undo still has to put back.
func (c *Core) servers(i int, before *planner.RestoreWeights) []string {
	if left, ok := c.left[i]; ok {
		return left
	}
	return slices.Sorted(maps.Keys(before.Weights))
}

func (c *Core) undoDone(i int, task Task, after *state.After) {
	r := state.Record{Type: state.UndoEnd, Step: c.steps[i].ID, After: after}
	own := gone
	if w := c.steps[i].Undo.Weights; w != nil {
		for _, server := range c.servers(i, w) {
			if _, set := task.Weights[server]; !set {
				r.Left, own = append(r.Left, server), passed
			}
		}
	}
	c.record(r)
	if own == passed {
		c.undo.causes = append(c.undo.causes, fmt.Sprintf("%s: the weights of %v, whose hosts are lost", r.Step, r.Left))
	}
	c.undo.settle(c, c.undo.resolve(c, i, own))
}

func (c *Core) undoFailed(i int, e StepFailed) {
	c.record(state.Record{Type: state.UndoFailed, Step: c.steps[i].ID, Error: e.Err, After: e.After})
	c.undo.causes = append(c.undo.causes, c.steps[i].ID+": "+e.Err)
	own := held
	if host := c.hosts[i]; host != "" {
		c.undo.lost[host] = true
		own = passed
	}
	c.undo.settle(c, c.undo.resolve(c, i, own))
}

// undoOutcome is asked when every step's fate is decided.
func (c *Core) undoOutcome() (state.Outcome, []string) {
	for i, f := range c.undo.fates {
		if f != gone && !c.undone[i] {
			return state.Partial, c.undo.causes
		}
	}
	if c.live {
		return state.RolledBack, nil
	}
	return state.Aborted, nil
}
