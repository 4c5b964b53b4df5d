// Package simulated is a load balancer in memory: a set-up and servers as plain data that the
// verbs change one micro-operation after another. Property tests interleave, break and kill
// at each of them, and a plan can be tried without one. It forwards nothing and keeps nothing.
package simulated

import (
	"context"
	"fmt"
	"sync"

	"rel/balancer"
	"rel/platform"
)

// Balancer is a load balancer. The zero value is one that is not set up yet. Whoever shares
// it with a running driver reads and changes it only inside Step, where nothing else runs.
type Balancer struct {
	mu sync.Mutex

	Setup    *balancer.Setup // nil: rel has no part in it
	Servers  map[string]balancer.Server
	InFlight map[string]int // requests that a server has, by server
	Fence    platform.Fence
	Lost     bool

	// Version is what Ensure runs; empty: not rel's to say.
	Version string
	// OneByOne says that weights cannot be changed all at once.
	OneByOne bool
	// Step is called before every micro-operation of every verb, with a few words that say
	// which. It may let others run, or take time. Its error ends the verb there and then:
	// what the verb did so far stays done. Nil: nothing happens between.
	Step func(ctx context.Context, what string) error
}

// Driver is a balancer.Driver over a Balancer.
type Driver struct{ of *Balancer }

var _ balancer.Driver = (*Driver)(nil)

// New gives a driver over a balancer.
func New(b *Balancer) *Driver { return &Driver{of: b} }

// operation is one micro-operation: all of it happens, or nothing.
type operation func(*Balancer) error

// step lets others run, and then does one thing, alone.
func (d *Driver) step(ctx context.Context, what string, do operation) error {
	if d.of.Step != nil {
		if err := d.of.Step(ctx, what); err != nil {
			return fmt.Errorf("%s at the balancer: %w", what, err)
		}
	}
	d.of.mu.Lock()
	defer d.of.mu.Unlock()
	if err := d.answer(ctx, do); err != nil {
		return fmt.Errorf("%s at the balancer: %w", what, err)
	}
	return nil
}

func (d *Driver) answer(ctx context.Context, do operation) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if d.of.Lost {
		return platform.ErrUnreachable
	}
	return do(d.of)
}

// change is one operation of a verb, behind the fence.
func (d *Driver) change(ctx context.Context, f platform.Fence, what string, do operation) error {
	return d.step(ctx, what, func(b *Balancer) error {
		if err := b.pass(f); err != nil {
			return err
		}
		return do(b)
	})
}

// pass lets the environment's present writer through and remembers it.
func (b *Balancer) pass(f platform.Fence) error {
	seen := b.Fence
	if seen.Lineage != "" && seen.Lineage != f.Lineage {
		return fmt.Errorf("%w: it belongs to the state with lineage %s, not %s; nothing was changed",
			platform.ErrFenced, seen.Lineage, f.Lineage)
	}
	if f.Number < seen.Number {
		return fmt.Errorf("%w: number %d is older than %d; nothing was changed", platform.ErrFenced, f.Number, seen.Number)
	}
	b.Fence = f
	return nil
}
