package simulated

import (
	"context"
	"errors"

	"rel/balancer"
	"rel/platform"
)

// Observe gives the balancer's facts.
func (d *Driver) Observe(ctx context.Context, servers ...string) (facts balancer.Facts, err error) {
	err = d.step(ctx, "observe", func(b *Balancer) error {
		facts = b.Facts(servers...)
		return nil
	})
	if errors.Is(err, platform.ErrUnreachable) {
		return balancer.Facts{Unreachable: err.Error()}, nil
	}
	return facts, err
}

// Facts are what is observed of the balancer and these servers, or all.
func (b *Balancer) Facts(servers ...string) balancer.Facts {
	f := balancer.Facts{Available: b.Version, Servers: b.Servers}.Only(servers)
	if b.Setup != nil {
		s := *b.Setup
		f.Setup = &s
	}
	return f
}
