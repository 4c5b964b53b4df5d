package executor

import (
	"time"

	"rel/planner"
	"rel/state"
)

// status is how far a step has come on the way ahead.
type status uint8

const (
	pending status = iota
	begun          // and not ended: it runs, or was cut off
	done           // also: failed, and its on_failure lets the deployment go on
	broken         // failed
)

// forward is the way ahead: which steps are done and which may begin. A counter for each step
// makes an end cost what needs the step and nothing else.
type forward struct {
	status   []status
	missing  []int // how many of a step's needs are not done
	ready    queue // steps that may begin; some may have begun or ended meanwhile
	waiting  queue // steps that may begin when a person promotes; likewise
	consents map[int]bool
	began    []time.Time // when a step began, in an earlier process

	doneCount    int
	finish       int    // number of the barrier finish; -1: the plan has none
	live         bool   // something live has begun to change
	irreversible string // a step that has begun and cannot be undone
}

func newForward(g graph) forward {
	f := forward{status: make([]status, len(g.steps)), missing: make([]int, len(g.steps)),
		began: make([]time.Time, len(g.steps)), consents: map[int]bool{}, finish: -1}
	for i := range g.steps {
		f.missing[i] = len(g.needs[i])
	}
	if i, ok := g.index[planner.BarrierFinish]; ok {
		f.finish = i
	}
	return f
}

// succeeded says that the barrier finish is done: from there on the deployment has succeeded.
func (f *forward) succeeded() bool { return f.finish >= 0 && f.status[f.finish] == done }

// complete says that every step is done.
func (f *forward) complete() bool { return f.doneCount == len(f.status) }

// open makes the steps available that need nothing.
func (c *Core) open() {
	for i := range c.steps {
		if len(c.needs[i]) == 0 {
			c.available(i)
		}
	}
}

// available: all that the step needs is done. A barrier is done with that; it is not
// journaled, for it follows from what is.
func (c *Core) available(i int) {
	switch {
	case c.steps[i].Kind == planner.KindBarrier:
		c.markDone(i)
	case promotes(&c.steps[i]) && !c.consents[i]:
		c.waiting.push(i)
	default:
		c.ready.push(i)
	}
}

// markDone counts the step as done, and the barriers that thereby are.
func (c *Core) markDone(i int) {
	for stack := []int{i}; len(stack) > 0; {
		last := len(stack) - 1
		i, stack = stack[last], stack[:last]
		c.status[i] = done
		c.doneCount++
		for _, d := range c.dependents[i] {
			c.missing[d]--
			if c.missing[d] > 0 {
				continue
			}
			if c.steps[d].Kind == planner.KindBarrier {
				stack = append(stack, d)
				continue
			}
			c.available(d)
		}
	}
	if c.succeeded() && (c.course == failing || c.course == halting) { // what was let end has ended well, and was the last
		c.course, c.reason = ahead, ""
	}
}

// startAhead begins steps in the order of the plan.
func (c *Core) startAhead(limit int) []Task {
	var tasks []Task
	for !c.ready.empty() && c.runs < limit {
		i := c.ready.pop()
		if c.running[i] != idle || c.status[i] == done || c.status[i] == broken {
			continue
		}
		if promotes(&c.steps[i]) {
			c.promote(i)
			continue
		}
		tasks = append(tasks, c.begin(i))
	}
	return tasks
}

func (c *Core) begin(i int) Task {
	t := Task{Step: &c.steps[i], Resumed: c.status[i] == begun}
	if !c.began[i].IsZero() {
		t.Began = &c.began[i]
	}
	if c.status[i] == pending {
		c.record(state.Record{Type: state.Begin, Step: t.Step.ID})
	}
	c.running[i] = active
	c.runs++
	return t
}

// promote ends a step that waited for a person; there is nothing to run.
func (c *Core) promote(i int) {
	id := c.steps[i].ID
	if c.status[i] == pending {
		c.record(state.Record{Type: state.Begin, Step: id})
	}
	c.record(state.Record{Type: state.End, Step: id})
}

// promotes says whether the step waits for a person.
func promotes(step *planner.Step) bool {
	pause, ok := step.Args.(*planner.Pause)
	return ok && pause.Promote
}

// awaited gives the step that waits for a person's consent first.
func (c *Core) awaited() (id string, ok bool) {
	for !c.waiting.empty() {
		i := c.waiting.peek()
		if !c.consents[i] {
			return c.steps[i].ID, true
		}
		c.waiting.pop()
	}
	return "", false
}

// changesLive says whether a step of that kind touches what is live.
func changesLive(kind planner.Kind) bool {
	switch kind {
	case planner.KindBalancer, planner.KindDrain, planner.KindUndrain, planner.KindActivate,
		planner.KindStop, planner.KindTraffic, planner.KindPrune:
		return true
	}
	return false
}
