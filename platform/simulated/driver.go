// Package simulated is a platform in memory: hosts, slots and processes as plain data that
// the verbs change one micro-operation after another. Property tests interleave, break and
// kill at each of them, and a plan can be tried without touching a host. It runs nothing and
// keeps nothing.
package simulated

import (
	"context"
	"fmt"

	"rel/platform"
)

// Driver is a platform.Driver over a World.
type Driver struct{ world *World }

var _ platform.Driver = (*Driver)(nil)

// New gives a driver over a world. Drivers may share one.
func New(w *World) *Driver { return &Driver{world: w} }

// operation is one micro-operation on a host: all of it happens, or nothing.
type operation func(*Host) error

// step lets others run, and then does one thing to a host, alone.
func (d *Driver) step(ctx context.Context, a platform.Address, what string, do operation) error {
	if d.world.Step != nil {
		if err := d.world.Step(ctx, what); err != nil {
			return fmt.Errorf("%s of %s: %w", what, a, err)
		}
	}
	d.world.mu.Lock()
	defer d.world.mu.Unlock()
	if err := d.answer(ctx, a, do); err != nil {
		return fmt.Errorf("%s of %s: %w", what, a, err)
	}
	return nil
}

func (d *Driver) answer(ctx context.Context, a platform.Address, do operation) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	h := d.world.Host(a)
	if h.Lost {
		return platform.ErrUnreachable
	}
	return do(h)
}

// change is a verb: the host's fence first, then one operation after another.
func (d *Driver) change(ctx context.Context, f platform.Fence, a platform.Address, verb string, ops ...operation) error {
	for _, op := range ops {
		err := d.step(ctx, a, verb, func(h *Host) error {
			if err := h.pass(f); err != nil {
				return err
			}
			return op(h)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// pass lets the environment's present writer through and remembers it.
func (h *Host) pass(f platform.Fence) error {
	seen := h.Fence
	if seen.Lineage != "" && seen.Lineage != f.Lineage {
		return fmt.Errorf("%w: the host belongs to the state with lineage %s, not %s; nothing was changed",
			platform.ErrFenced, seen.Lineage, f.Lineage)
	}
	if f.Number < seen.Number {
		return fmt.Errorf("%w: number %d is older than %d; nothing was changed", platform.ErrFenced, f.Number, seen.Number)
	}
	h.Fence = f
	return nil
}
