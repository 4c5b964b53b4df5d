package simulation

import (
	"context"
	"errors"
	"iter"
	"time"

	"rel/executor"
	"rel/state"
)

// errKilled ends a verb where rel was killed.
var errKilled = errors.New("rel was killed")

// coroutine is a task under way: it runs alone, from one micro-operation to the next.
type coroutine struct {
	task   executor.Task
	next   func() (string, bool)
	stop   func()
	cancel context.CancelFunc

	yield     func(string) bool
	wake      time.Time // it sleeps until then
	fault     error     // what its next micro-operation fails with
	sticky    bool      // … and all after it
	cancelled bool
	killed    bool

	after *state.After
	err   error
}

type coroutineKey struct{}

// start prepares a task; nothing of it has run yet.
func start(task executor.Task, run func(context.Context, executor.Task) (*state.After, error)) *coroutine {
	c := &coroutine{task: task}
	ctx, cancel := context.WithCancel(context.WithValue(context.Background(), coroutineKey{}, c))
	c.cancel = cancel
	c.next, c.stop = iter.Pull(func(yield func(string) bool) {
		c.yield = yield
		c.after, c.err = run(ctx, task)
	})
	return c
}

// step is what the drivers call before each micro-operation: others run now. Outside of a
// coroutine it does nothing.
func step(ctx context.Context, what string) error {
	c, ok := ctx.Value(coroutineKey{}).(*coroutine)
	if !ok {
		return nil
	}
	if err := c.wait(what); err != nil {
		return err
	}
	fault := c.fault
	if !c.sticky {
		c.fault = nil
	}
	return fault
}

// wait lets others run.
func (c *coroutine) wait(what string) error {
	if c.killed || !c.yield(what) {
		c.killed = true
		return errKilled
	}
	return nil
}

// kill ends the coroutine at the micro-operation where it is.
func (c *coroutine) kill() {
	c.stop()
	c.cancel()
}

// clock is a clock that the simulation moves.
type clock struct{ now time.Time }

func (k *clock) Now() time.Time { return k.now }

// Sleep lets others run until the time has come, or ctx ends.
func (k *clock) Sleep(ctx context.Context, d time.Duration) error {
	c := ctx.Value(coroutineKey{}).(*coroutine)
	c.wake = k.now.Add(d)
	if err := c.wait("sleeps"); err != nil {
		return err
	}
	return ctx.Err()
}
