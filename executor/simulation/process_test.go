package simulation

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"rel/executor"
	"rel/platform"
	"rel/state"
)

var errInjected = errors.New("something went wrong")

// decider is the executor's core, or one that a mutation spoils.
type decider interface {
	Decide(limit int) executor.Decision
	Handle(executor.Occurrence)
}

// process is one run of rel, from its start until it ends or is killed.
type process struct {
	*deployment
	core    decider
	runners executor.Runners
	limit   int
	running []*coroutine
	stopped bool // a person asked it to
}

func newProcess(d *deployment) (*process, error) {
	core, err := executor.NewCore(d.plan, d.ledger.records)
	if err != nil {
		return nil, violated(wrongRecords, "%v", err)
	}
	return &process{
		deployment: d, core: d.seams.core(core), limit: pick(d.scene.draw, 1, 2, 4, 32),
		runners: executor.Runners{
			Plan: d.plan, Drivers: d.drivers, Fence: platform.Fence{Lineage: lineage, Number: int64(d.number)},
			Clock: executor.Clock{Now: d.clock.Now, Sleep: d.clock.Sleep},
		},
	}, nil
}

func (p *process) handle(o executor.Occurrence) {
	if p.trace != nil {
		p.tell("%T %.200s", o, fmt.Sprintf("%+v", o))
	}
	p.core.Handle(o)
}

func (p *process) end() {
	for _, c := range p.running {
		c.kill()
	}
}

// loop asks the core what to do, and does one micro-operation after another.
func (p *process) loop() (*executor.Verdict, error) {
	for {
		d := p.core.Decide(p.limit)
		if p.killed(d.Records) {
			return nil, nil
		}
		p.write(d.Records...)
		if err := p.begin(d); err != nil {
			return nil, err
		}
		if d.Done != nil {
			if d.Done.Waiting == "" || p.scene.draw.chance(.5) {
				return d.Done, nil
			}
			p.handle(executor.Consent{Step: d.Done.Waiting, By: "a person at the terminal"})
			continue
		}
		if len(p.running) == 0 {
			return nil, violated(notResumed, "nothing runs, nothing starts, and it has not ended")
		}
		for decided := false; !decided; {
			if p.killed(nil) {
				return nil, nil
			}
			var err error
			if decided, err = p.micro(); err != nil {
				return nil, err
			}
		}
	}
}

// killed says whether rel is killed now. Of records that are not durable yet some are lost.
func (p *process) killed(records []state.Record) bool {
	if !p.scene.draw.chance(p.faults.kill) {
		return false
	}
	p.write(records[:p.scene.draw.between(0, len(records))]...)
	p.tell("KILLED")
	p.seen("killed")
	return true
}

// begin starts tasks and cancels waits.
func (p *process) begin(d executor.Decision) error {
	for _, t := range d.Cancel {
		for _, c := range p.running {
			if c.task.Step == t.Step {
				p.tell("cancel %s", t.Step.ID)
				c.cancel()
				c.cancelled = true
			}
		}
	}
	for _, t := range d.Start {
		p.tell("start %s", name(t))
		if err := p.ledger.mayStart(t); err != nil {
			return err
		}
		p.running = append(p.running, start(t, p.runners.Run))
	}
	return nil
}

func name(t executor.Task) string {
	text := t.Step.ID
	if t.Undo {
		text = "undo " + text
	}
	if t.Resumed {
		text += " again"
	}
	return text
}

// micro lets something happen: mostly one micro-operation of one task. It says whether the
// core has to decide again.
func (p *process) micro() (decided bool, err error) {
	draw := p.scene.draw
	switch {
	case draw.chance(p.faults.interrupt) && !p.stopped:
		p.stopped = true
		p.seen("interrupted")
		p.handle(executor.Interrupt{})
		return true, nil
	case draw.chance(p.faults.rollback):
		p.handle(executor.Rollback{Reason: "a person asked for it"})
		p.faults.rollback = 0
		return true, nil
	case draw.chance(p.faults.lose):
		p.loseHost()
		p.faults.lose = 0
	}
	c := p.choose()
	p.fault(c)
	what, more := c.next()
	p.tell("%s: %s", name(c.task), what)
	if err := p.checker.check(); err != nil {
		return false, fmt.Errorf("after %s, %s: %w", name(c.task), what, err)
	}
	if more {
		return false, nil
	}
	p.running = slices.DeleteFunc(p.running, func(o *coroutine) bool { return o == c })
	c.kill()
	p.finish(c)
	return true, nil
}

// choose draws a task that does not sleep; where all sleep, time passes.
func (p *process) choose() *coroutine {
	var awake []*coroutine
	first := p.running[0].wake
	for _, c := range p.running {
		if c.cancelled || !c.wake.After(p.clock.now) {
			awake = append(awake, c)
		}
		if c.wake.Before(first) {
			first = c.wake
		}
	}
	if awake == nil {
		p.tell("%s later", first.Sub(p.clock.now).Round(time.Millisecond))
		p.clock.now = first
		return p.choose()
	}
	return pick(p.scene.draw, awake...)
}

// fault may let the task's next micro-operation fail, once or from now on.
func (p *process) fault(c *coroutine) {
	chance := &p.faults.fail
	if c.task.Undo {
		chance = &p.faults.undoFail
	}
	if !p.scene.draw.chance(*chance) {
		return
	}
	c.fault, c.sticky = errInjected, p.scene.draw.chance(.8)
	p.tell("%s FAILS", name(c.task))
	*chance /= 4
}

// loseHost has a host answer nothing from now on.
func (p *process) loseHost() {
	all := p.scene.world.hosts.Hosts()
	a := pick(p.scene.draw, all...)
	p.tell("LOST %s", a)
	p.seen("lost")
	p.scene.world.hosts.Host(a).Lost = true
	p.checker.lost[a] = true
}

// finish tells the core how a task ended.
func (p *process) finish(c *coroutine) {
	switch {
	case c.err == nil:
		p.handle(executor.StepDone{Task: c.task, After: c.after})
	case c.cancelled:
		p.handle(executor.StepCancelled{Task: c.task})
	default:
		if a, err := platform.ParseAddress(c.task.Step.Address); err == nil && c.task.Undo {
			p.checker.lost[a] = true // it is given up until people have looked
		}
		p.handle(executor.StepFailed{Task: c.task, Err: c.err.Error(), After: c.after})
	}
}
