package executor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"rel/state"
)

// lockPoll is how long to wait before asking for a held lock again.
const lockPoll = time.Second

// lastTry is how long a renewal may take where the lease has expired already, after the machine
// slept, say: if nobody took it, it is still ours.
const lastTry = time.Second

// takeLease takes the environment's lease; while somebody else holds it, until LockTimeout.
func takeLease(ctx context.Context, o Options) (state.Lease, error) {
	until := o.Clock.Now().Add(o.LockTimeout)
	var told int64
	for {
		lease, err := o.Backend.Acquire(ctx, o.environment(), o.Holder)
		if err == nil {
			return lease, nil
		}
		var locked *state.LockedError
		if !errors.As(err, &locked) || !o.Clock.Now().Before(until) {
			return state.Lease{}, fmt.Errorf("taking the lock of %s, nothing was changed: %w", o.environment(), err)
		}
		if told != locked.Lease.Number {
			told = locked.Lease.Number
			o.Sink(LockWaiting{At: o.Clock.Now(), Lease: locked.Lease})
		}
		if err := o.Clock.Sleep(ctx, lockPoll); err != nil {
			return state.Lease{}, err
		}
	}
}

// keeper renews the lease until it is released.
type keeper struct {
	o     Options
	stop  context.CancelCauseFunc
	ended chan struct{}
	lease state.Lease // the keeper's own while it renews
}

// errReleased is why the context of a lease ends that was given back.
var errReleased = errors.New("the lock was released")

// keepLease renews the lease every state.Heartbeat. The context that it gives ends when the
// lease is lost, with state.ErrLeaseLost as the cause: whoever works under it must stop at once.
func keepLease(ctx context.Context, o Options, lease state.Lease) (context.Context, *keeper) {
	ctx, stop := context.WithCancelCause(ctx)
	k := &keeper{o: o, stop: stop, ended: make(chan struct{}), lease: lease}
	go k.keep(ctx)
	return ctx, k
}

func (k *keeper) keep(ctx context.Context) {
	defer close(k.ended)
	wait := state.Heartbeat
	for k.o.Clock.Sleep(ctx, wait) == nil {
		err := k.renew(ctx)
		if ctx.Err() != nil {
			return
		}
		wait = state.Heartbeat
		if err == nil {
			continue
		}
		wait = lockPoll
		k.o.Sink(LeaseEvent{At: k.o.Clock.Now(), Err: err})
		if errors.Is(err, state.ErrLeaseLost) {
			k.stop(err)
			return
		}
	}
}

// renew extends the lease. One that cannot be renewed before it expires is lost, for somebody
// else may have it then.
func (k *keeper) renew(ctx context.Context) error {
	left := k.lease.Expires.Sub(k.o.Clock.Now())
	limited, cancel := context.WithTimeout(ctx, max(left, lastTry))
	defer cancel()
	lease, err := k.o.Backend.Renew(limited, k.o.environment(), k.lease)
	switch {
	case err == nil:
		k.lease = lease
		return nil
	case !k.o.Clock.Now().Before(k.lease.Expires) && !errors.Is(err, state.ErrLeaseLost):
		return fmt.Errorf("%w: it could not be renewed before it expired: %w", state.ErrLeaseLost, err)
	}
	return err
}

// release gives the lease back, also when ctx has ended. If that fails, it expires.
func (k *keeper) release(ctx context.Context) {
	k.stop(errReleased)
	<-k.ended
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), state.Heartbeat)
	defer cancel()
	if err := k.o.Backend.Release(ctx, k.o.environment(), k.lease); err != nil {
		k.o.Sink(LeaseEvent{At: k.o.Clock.Now(), Err: err})
	}
}
