package executor

import (
	"fmt"
	"time"

	"rel/planner"
	"rel/state"
)

// Core decides what a deployment does next. It is a fold of the journal's records plus what
// runs in this process: no goroutine, no clock, no I/O. The same plan, records and
// occurrences give the same decisions, in the order of the plan.
type Core struct {
	graph
	course  course
	reason  string // why it is being undone or was halted
	failed  string // the step that failed first
	outcome state.Outcome

	forward
	undo *undo // from the first decision after the record undoing on

	sick        map[string]bool // ADDRESS/SLOT
	left        map[int][]string
	undone      []bool
	undoBegun   []bool
	running     []activity
	runs        int  // how many run in this process
	unsettled   bool // something may have to be cancelled
	interrupted bool
	records     []state.Record // decided, not handed out yet
}

// course is where a deployment is heading.
type course int

const (
	ahead   course = iota // to the desired world
	failing               // to be undone when what runs has ended
	halting               // to stop when what runs has ended
	undoing               // to the former world: decided once
	halted
	finished
)

// activity is what a step does in this process.
type activity uint8

const (
	idle activity = iota
	active
	ending // told to end, has not ended yet
)

// Decision is what to do now.
type Decision struct {
	Records []state.Record // to be made durable, in order, before any of Start begins; Seq and Time are the writer's
	Start   []Task
	Cancel  []Task   // waits that are to end at once
	Done    *Verdict // nothing more to do in this process
}

// Task is a step to be done, or undone.
type Task struct {
	Step    *planner.Step
	Undo    bool
	Resumed bool       // it had begun in an earlier process: decided by the step's Idempotent
	Began   *time.Time // when, if Resumed: a pause waits for what is left
	Sick    bool       // undo of a slot that was not healthy when the deployment began: wait for nothing
	// Weights are what the undo of a traffic step puts back: those before, without the
	// servers of lost hosts and those that are put back already.
	Weights map[string]int
}

// Verdict is how this process leaves the deployment.
type Verdict struct {
	Outcome     state.Outcome // empty, or failed: unfinished
	Waiting     string        // the step that waits for a person to promote
	Interrupted bool
	Failed      string   // the step that failed first
	Reason      string   // why it failed, was undone or halted
	Left        []string // what could not be undone, and why
	Live        bool     // something live had begun to change
}

// NewCore replays the journal of a deployment of this plan. With no records, or none but
// what opens it, the deployment is new. A journal that does not fit the plan is an error.
func NewCore(plan *planner.Plan, records []state.Record) (*Core, error) {
	g, err := newGraph(plan)
	if err != nil {
		return nil, err
	}
	n := len(g.steps)
	c := &Core{graph: g, forward: newForward(g), sick: map[string]bool{}, left: map[int][]string{},
		undone: make([]bool, n), undoBegun: make([]bool, n), running: make([]activity, n)}
	c.open()
	for _, r := range records {
		if err := c.fold(r); err != nil {
			return nil, fmt.Errorf("the journal does not fit the plan: record %d: %w", r.Seq, err)
		}
	}
	if c.course == halted { // a person has looked, and runs it again
		c.record(state.Record{Type: state.Resumed})
	}
	return c, nil
}

// Decide says what to do now. At most limit steps run at once in all.
func (c *Core) Decide(limit int) Decision {
	c.turn()
	var d Decision
	if !c.interrupted {
		d.Start = c.start(limit)
	}
	d.Cancel = c.cancel()
	if c.runs == 0 {
		d.Done = c.verdict()
	}
	d.Records, c.records = c.records, nil
	return d
}

// turn decides what a failure leads to, once nothing runs any more.
func (c *Core) turn() {
	if c.runs > 0 {
		return
	}
	switch {
	case c.course == failing && !c.interrupted:
		c.record(state.Record{Type: state.Undoing, Error: c.reason})
	case c.course == halting:
		c.record(state.Record{Type: state.Halted, Error: c.reason})
	}
	if c.course == undoing && c.undo == nil {
		c.undo = newUndo(c)
	}
}

func (c *Core) start(limit int) []Task {
	switch c.course {
	case ahead:
		return c.startAhead(limit)
	case undoing:
		return c.startUndo(limit)
	}
	return nil
}

// cancel names each running wait that is to end at once, one time.
func (c *Core) cancel() []Task {
	if !c.unsettled {
		return nil
	}
	c.unsettled = false
	var tasks []Task
	for i := range c.running {
		if c.running[i] == active && c.course != undoing && c.ends(c.steps[i].Kind) {
			c.running[i] = ending
			tasks = append(tasks, Task{Step: &c.steps[i]})
		}
	}
	return tasks
}

// ends says whether a running step of that kind is to end at once. An interrupt lets checks
// end by themselves; a pause goes on later with what is left of it.
func (c *Core) ends(kind planner.Kind) bool {
	switch kind {
	case planner.KindPause:
		return c.interrupted || c.course == failing || c.course == halting
	case planner.KindCheck:
		return c.course == failing || c.course == halting
	}
	return false
}

// record decides something: it will be durable, and counts from now on.
func (c *Core) record(r state.Record) {
	if err := c.fold(r); err != nil {
		panic(fmt.Sprintf("executor: deciding %s: %v", r.Type, err)) // a programming error
	}
	c.records = append(c.records, r)
}

// verdict is asked when nothing runs; nil: there is something to start.
func (c *Core) verdict() *Verdict {
	v := &Verdict{Failed: c.failed, Reason: c.reason, Live: c.live}
	switch {
	case c.course == finished:
		v.Outcome = c.outcome
	case c.course == halted:
		v.Outcome = state.Partial
	case c.course == undoing && c.undo.resolved():
		v.Outcome, v.Left = c.undoOutcome()
	case c.course == ahead && c.complete():
		v.Outcome = state.Succeeded
	case c.interrupted:
		v.Interrupted = true
	default:
		v.Waiting, _ = c.awaited()
		if v.Waiting == "" || !c.ready.empty() || c.course != ahead {
			return nil
		}
	}
	if c.course != finished && v.Outcome != "" && v.Outcome != state.Partial {
		c.record(state.Record{Type: state.Finished, Outcome: v.Outcome})
	}
	return v
}
