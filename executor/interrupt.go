package executor

import (
	"context"
	"errors"
	"fmt"
)

// early is the time before anything begins, in which an interrupt ends everything.
type early struct {
	context.Context
	end func()
}

// untilInterrupt gives a context that ends at the first interrupt, until end is called. No
// interrupt is lost: one that came too late to stop anything is in interrupted.
func untilInterrupt(ctx context.Context, interrupts <-chan struct{}) early {
	ctx, cancel := context.WithCancelCause(ctx)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		select {
		case <-interrupts:
			cancel(fmt.Errorf("%w before anything began; nothing was changed", ErrInterrupted))
		case <-ctx.Done():
		}
	}()
	return early{ctx, func() { cancel(nil); <-watched }}
}

func (e early) interrupted() bool { return errors.Is(context.Cause(e), ErrInterrupted) }
