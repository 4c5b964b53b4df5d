package simulated

import (
	"context"
	"fmt"

	"rel/platform"
)

// Drain takes the server out, then waits, a request a micro-operation, until it has none.
// Simulated requests end in time, so the timeout is never reached.
func (d *Driver) Drain(ctx context.Context, f platform.Fence, server string, _ platform.Duration) error {
	if err := d.flag(ctx, f, "drain", server, true); err != nil {
		return err
	}
	for busy := true; busy; {
		err := d.step(ctx, "drain", func(b *Balancer) error {
			busy = b.InFlight[server] > 0
			if busy {
				b.InFlight[server]--
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Undrain takes the server in.
func (d *Driver) Undrain(ctx context.Context, f platform.Fence, server string) error {
	return d.flag(ctx, f, "undrain", server, false)
}

func (d *Driver) flag(ctx context.Context, f platform.Fence, what, server string, drained bool) error {
	return d.change(ctx, f, what, func(b *Balancer) error {
		s, ok := b.Servers[server]
		if !ok {
			return fmt.Errorf("there is no server %s", server)
		}
		s.Drained = drained
		b.Servers[server] = s
		return nil
	})
}
