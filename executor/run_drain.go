package executor

import (
	"context"
	"time"

	"rel/balancer"
	"rel/planner"
	"rel/platform"
	"rel/state"
)

// draining is what taking a server out and in needs of a load balancer.
type draining interface {
	balancer.Drainer
	balancer.Observer
}

func doDrain(ctx context.Context, r Runners, t Task) (*state.After, error) {
	drain := t.Step.Args.(*planner.Drain)
	b, err := r.Drivers.balancer(drain.Balancer)
	if err != nil {
		return nil, err
	}
	began := r.Clock.Now()
	after, err := r.drain(ctx, b, drain.Balancer, drain.Server, drain.Timeout)
	if err == nil && drain.Timeout > 0 && r.Clock.Now().Sub(began) >= time.Duration(drain.Timeout) {
		r.tell(t, "requests or connections were left after drain_timeout; the stop that follows cuts them", time.Time{})
	}
	return after, err
}

func doUndrain(ctx context.Context, r Runners, t Task) (*state.After, error) {
	undrain := t.Step.Args.(*planner.Undrain)
	b, err := r.Drivers.balancer(undrain.Balancer)
	if err != nil {
		return nil, err
	}
	return r.undrain(ctx, b, undrain.Balancer, undrain.Server)
}

// undoFlag puts the flag back as it was; where that is drained it waits until idle, for what
// is undone next may stop the slot.
func undoFlag(ctx context.Context, r Runners, t Task) (*state.After, error) {
	u := t.Step.Undo.Flag
	b, err := r.Drivers.balancer(u.Balancer)
	if err != nil {
		return nil, err
	}
	if u.Drained {
		return r.drain(ctx, b, u.Balancer, u.Server, u.Timeout)
	}
	return r.undrain(ctx, b, u.Balancer, u.Server)
}

func (r Runners) drain(ctx context.Context, b draining, name, server string, timeout platform.Duration) (*state.After, error) {
	if err := b.Drain(ctx, r.Fence, server, timeout); err != nil {
		return nil, err
	}
	return serversAfter(ctx, b, name, []string{server})
}

func (r Runners) undrain(ctx context.Context, b draining, name, server string) (*state.After, error) {
	if err := b.Undrain(ctx, r.Fence, server); err != nil {
		return nil, err
	}
	return serversAfter(ctx, b, name, []string{server})
}
