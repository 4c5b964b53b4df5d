package executor

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"rel/planner"
	"rel/state"
)

// Intent is what a person wants of a plan.
type Intent int

// The intents. But for the first they are about an unfinished deployment.
const (
	Deploy  Intent = iota // do it, or go on with it
	Promote               // let it go on where it waits for a person
	GoBack                // undo it; from the barrier finish on: finish it
)

// Options are all that an apply is told.
type Options struct {
	Plan   *planner.Plan
	File   []byte // the plan file, kept with the deployment
	Digest string // of Plan
	Expect string // the digest demanded, or at least its first 12 digits; empty: none is
	Intent Intent

	Backend     state.Backend
	Drivers     Drivers
	Clock       Clock
	Holder      state.Holder
	LockTimeout time.Duration // how long to wait for the lock
	Parallelism int           // how many steps may run at once; 0: 32
	Sink        Sink          // nil: nobody listens
	// Interrupts: the first lets running steps end, the second stops at once.
	Interrupts <-chan struct{}
	// Ask asks a person at a terminal to promote the step, and says who did. It ends when ctx
	// does. Nil: there is nobody; the apply ends, unfinished.
	Ask func(ctx context.Context, step *planner.Step) (by string, yes bool)

	Operator   string
	Reason     string
	GitCommit  string
	RelVersion string
}

const defaultParallelism = 32

// Apply runs a plan, or goes on with it. It gives the result of a deployment that it took up,
// whatever that is; an error says that it was refused or could not be recorded.
func Apply(ctx context.Context, o Options) (Result, error) {
	o = o.complete()
	if err := o.verify(); err != nil {
		return Result{}, err
	}
	began := o.Clock.Now()
	early := untilInterrupt(ctx, o.Interrupts)
	defer early.end()
	lease, err := takeLease(early, o)
	if err != nil {
		return Result{}, lost(early, err)
	}
	held, kept := keepLease(ctx, o, lease)
	defer kept.release(ctx)
	d, err := openDeployment(held, early, o, lease)
	if err != nil {
		return Result{}, lost(held, lost(early, err))
	}
	defer d.close()
	early.end()
	d.interrupted = early.interrupted()
	verdict, err := d.run(held)
	if err == nil {
		err = d.save(held, verdict)
	}
	result := d.result(verdict, o.Clock.Now().Sub(began))
	o.Sink(Ended{At: o.Clock.Now(), Result: result})
	return result, lost(held, err)
}

// complete fills in what may be left out.
func (o Options) complete() Options {
	if o.Parallelism < 1 {
		o.Parallelism = defaultParallelism
	}
	if o.Clock.Now == nil {
		o.Clock = SystemClock()
	}
	o.Sink = oneAtATime(o.Sink)
	return o
}

// verify finds what is wrong with the plan itself, before anything is locked.
func (o Options) verify() error {
	if o.Plan.FormatVersion != planner.FormatVersion {
		return fmt.Errorf("%w: the plan has format %s, and this rel applies %s: apply it with the version of rel that made it, or plan again",
			ErrFormat, o.Plan.FormatVersion, planner.FormatVersion)
	}
	if !expected(o.Digest, o.Expect) {
		return fmt.Errorf("%w: its digest is %s, and %s was demanded; nothing was changed", ErrDigest, o.Digest, o.Expect)
	}
	if _, err := newGraph(o.Plan); err != nil {
		return err
	}
	return o.Drivers.fit(o.Plan)
}

// shortDigest is how much of a digest people read and write.
const shortDigest = len("sha256:") + 12

func expected(digest, demanded string) bool {
	return demanded == "" || len(demanded) >= shortDigest && strings.HasPrefix(digest, demanded)
}

// environment is the one that the plan is for.
func (o Options) environment() string { return o.Plan.World.Environment }

// newLineage names a state for good. It is made by apply, not by plan, which is pure.
func newLineage() string { return rand.Text() }

// lost gives the reason why ctx ended in place of an error that follows from it.
func lost(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}
