package simulated

import (
	"context"
	"errors"
	"maps"

	"rel/balancer"
	"rel/platform"
)

// Observe gives the balancer's facts.
func (d *Driver) Observe(ctx context.Context) (facts balancer.Facts, err error) {
	err = d.step(ctx, "observe", func(b *Balancer) error {
		facts = b.Facts()
		return nil
	})
	if errors.Is(err, platform.ErrUnreachable) {
		return balancer.Facts{Unreachable: err.Error()}, nil
	}
	return facts, err
}

// Facts are what is observed of the balancer.
func (b *Balancer) Facts() balancer.Facts {
	f := balancer.Facts{Available: b.Version, Servers: maps.Clone(b.Servers)}
	if b.Setup != nil {
		s := *b.Setup
		f.Setup = &s
	}
	return f
}
