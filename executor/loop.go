package executor

import (
	"context"
	"errors"
	"time"

	"rel/planner"
	"rel/state"
)

// process runs what the core decides. One loop owns the core and the journal; each task has a
// goroutine of its own.
type process struct {
	*deployment
	runners Runners
	results chan taskEnd
	jobs    map[*planner.Step]*job
	untold  []Event // of what has happened and is not durable yet
	failed  bool    // log is that of the first failure
}

// job is a task that runs.
type job struct {
	task   Task
	began  time.Time
	cancel context.CancelFunc
	ending bool
}

// taskEnd is how a task ended.
type taskEnd struct {
	task  Task
	after *state.After
	err   error
}

// run takes the deployment as far as it goes in this process.
func (d *deployment) run(ctx context.Context) (Verdict, error) {
	tasks, stop := context.WithCancel(ctx)
	defer stop()
	p := &process{deployment: d, results: make(chan taskEnd, d.Parallelism), jobs: map[*planner.Step]*job{}}
	p.runners = Runners{Plan: d.Plan, Drivers: d.Drivers, Fence: d.fence(), Clock: d.Clock, Progress: p.progress}
	if d.interrupted {
		d.core.Handle(Interrupt{})
	}
	verdict, err := p.loop(ctx, tasks)
	if len(p.jobs) > 0 {
		stop()
		p.settleWithin(context.WithoutCancel(ctx), grace)
	}
	if errors.Is(err, errStopped) {
		return Verdict{Interrupted: true, Live: d.core.live}, nil
	}
	return verdict, err
}

// errStopped: a person asked a second time to stop.
var errStopped = errors.New("stopped at once")

func (p *process) loop(ctx, tasks context.Context) (Verdict, error) {
	for {
		decision := p.core.Decide(p.Parallelism)
		if err := p.write(ctx, decision.Records...); err != nil {
			if !errors.Is(err, state.ErrLeaseLost) {
				p.letEnd(ctx)
			}
			return Verdict{}, err
		}
		p.tellDecided(decision.Records)
		p.end(decision.Cancel)
		p.start(tasks, decision.Start)
		var err error
		switch {
		case decision.Done == nil:
			err = p.await(ctx)
		case decision.Done.Waiting != "":
			if asked, err := p.ask(ctx, decision.Done.Waiting); !asked {
				return *decision.Done, err
			}
		default:
			return *decision.Done, nil
		}
		if err != nil {
			return Verdict{}, err
		}
	}
}

// start gives each task its goroutine. Their records are durable already.
func (p *process) start(ctx context.Context, tasks []Task) {
	for _, t := range tasks {
		ctx, cancel := context.WithCancel(ctx)
		p.jobs[t.Step] = &job{task: t, began: p.Clock.Now(), cancel: cancel}
		p.Sink(StepBegan{At: p.Clock.Now(), Step: t.Step, Undo: t.Undo})
		go func() {
			after, err := p.runners.Run(ctx, t)
			p.results <- taskEnd{t, after, err}
		}()
	}
}

// end tells waits to end.
func (p *process) end(tasks []Task) {
	for _, t := range tasks {
		j := p.jobs[t.Step]
		j.ending = true
		j.cancel()
	}
}

// await waits until something happened, and takes in all that has.
func (p *process) await(ctx context.Context) error {
	select {
	case e := <-p.results:
		p.take(e)
	case <-p.Interrupts:
		return p.interrupt()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	for {
		select {
		case e := <-p.results:
			p.take(e)
		default:
			return nil
		}
	}
}

func (p *process) take(e taskEnd) {
	j := p.jobs[e.task.Step]
	delete(p.jobs, e.task.Step)
	j.cancel()
	cut := j.ending && errors.Is(e.err, context.Canceled)
	p.note(j, e, cut)
	switch {
	case cut:
		p.core.Handle(StepCancelled{Task: e.task})
	case e.err != nil:
		p.core.Handle(StepFailed{Task: e.task, Err: e.err.Error(), After: e.after})
	default:
		p.core.Handle(StepDone{Task: e.task, After: e.after})
	}
}

// note keeps what is to be told of an ended task once it is durable.
func (p *process) note(j *job, e taskEnd, cut bool) {
	now := p.Clock.Now()
	event := StepEnded{At: now, Step: e.task.Step, Undo: e.task.Undo, Took: now.Sub(j.began), Err: e.err, Cancelled: cut}
	var unhealthy *UnhealthyError
	if errors.As(e.err, &unhealthy) {
		event.Log = unhealthy.Log
	}
	if e.err != nil && !cut && !p.failed && !e.task.Undo {
		p.log, p.failed = event.Log, true
	}
	if cut {
		event.Err = nil
	}
	p.untold = append(p.untold, event)
}

// interrupt takes in what a person asked: the first time to start nothing new, then to stop.
func (p *process) interrupt() error {
	if p.interrupted {
		return errStopped
	}
	p.interrupted = true
	p.Sink(Interrupting{At: p.Clock.Now(), Running: len(p.jobs)})
	p.core.Handle(Interrupt{})
	return nil
}

// ask asks the person at the terminal, if there is one. Not asked: the process ends here.
func (p *process) ask(ctx context.Context, id string) (asked bool, err error) {
	step := &p.core.steps[p.core.index[id]]
	p.Sink(StepProgress{At: p.Clock.Now(), Step: step, Waiting: true})
	if p.Ask == nil {
		return false, nil
	}
	asking, stop := context.WithCancel(ctx)
	defer stop()
	answer := make(chan Consent, 1)
	go func() {
		by, yes := p.Ask(asking, step)
		if !yes {
			id = ""
		}
		answer <- Consent{Step: id, By: by}
	}()
	select {
	case c := <-answer:
		p.core.Handle(c)
		return c.Step != "", nil
	case <-p.Interrupts:
		return true, p.interrupt()
	case <-ctx.Done():
		return false, context.Cause(ctx)
	}
}

// letEnd lets what runs end, for that cannot be recorded any more; what only waits ends at once.
func (p *process) letEnd(ctx context.Context) {
	for _, j := range p.jobs {
		if waits(j.task) {
			j.cancel()
		}
	}
	p.settle(ctx)
}

// waits says whether a task does nothing but wait.
func waits(t Task) bool {
	return !t.Undo && (t.Step.Kind == planner.KindPause || t.Step.Kind == planner.KindCheck)
}

// grace is how long a task that was told to stop may take to do so.
const grace = 5 * time.Second

// settleWithin waits for what was told to stop.
func (p *process) settleWithin(ctx context.Context, limit time.Duration) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		if p.Clock.Sleep(ctx, limit) == nil {
			cancel()
		}
	}()
	p.settle(ctx)
}

// settle waits for what runs.
func (p *process) settle(ctx context.Context) {
	for len(p.jobs) > 0 {
		select {
		case e := <-p.results:
			p.jobs[e.task.Step].cancel()
			delete(p.jobs, e.task.Step)
		case <-ctx.Done():
			return
		}
	}
}

func (p *process) progress(t Task, message string, until time.Time) {
	p.Sink(StepProgress{At: p.Clock.Now(), Step: t.Step, Undo: t.Undo, Message: message, Until: until})
}

// tellDecided tells what has happened, now that it is durable, and what was decided.
func (p *process) tellDecided(records []state.Record) {
	for _, e := range p.untold {
		p.Sink(e)
	}
	p.untold = nil
	for _, r := range records {
		if r.Type == state.Undoing {
			p.Sink(UndoBegan{At: p.Clock.Now(), Reason: r.Error})
		}
	}
}
