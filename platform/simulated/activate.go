package simulated

import (
	"context"
	"fmt"
	"slices"

	"rel/platform"
)

// Activate points the slot at the revision, then writes its unit, ends what ran, starts anew.
func (d *Driver) Activate(ctx context.Context, f platform.Fence, a platform.Address, slot string, to platform.Activation) (platform.Instance, error) {
	return d.changed(ctx, f, a, "activate:"+slot,
		look,
		point(slot, to.Revision),
		write(slot, Unit(slot, to.Revision, to.Port), to.Port, true),
		end(slot),
		d.start(a, slot),
	)
}

// Restore puts the slot back as it was, in the same order; what is so already is left alone.
func (d *Driver) Restore(ctx context.Context, f platform.Fence, a platform.Address, slot string, before platform.Slot) (platform.Instance, error) {
	same := false
	compare := func(h *Host) error { same = h.Slot(slot).is(before); return nil }
	if err := d.change(ctx, f, a, "restore:"+slot, compare); err != nil || same {
		return d.after(ctx, a, err)
	}
	ops := []operation{
		end(slot),
		point(slot, before.Revision),
		write(slot, before.Unit, before.Port, before.Enabled),
	}
	if before.Running {
		ops = append(ops, d.start(a, slot))
	}
	return d.changed(ctx, f, a, "restore:"+slot, ops...)
}

// Stop ends what runs and disables the slot.
func (d *Driver) Stop(ctx context.Context, f platform.Fence, a platform.Address, slot string) (platform.Instance, error) {
	disable := func(h *Host) error { h.Slot(slot).Enabled = false; return nil }
	return d.changed(ctx, f, a, "stop:"+slot, look, end(slot), disable)
}

func (d *Driver) changed(ctx context.Context, f platform.Fence, a platform.Address, verb string, ops ...operation) (platform.Instance, error) {
	return d.after(ctx, a, d.change(ctx, f, a, verb, ops...))
}

func (d *Driver) after(ctx context.Context, a platform.Address, err error) (platform.Instance, error) {
	if err != nil {
		return platform.Instance{}, err
	}
	return d.observe(ctx, a)
}

// is compares with what was observed; a process of another revision or unit than the slot
// points to is not what was.
func (s *Slot) is(before platform.Slot) bool {
	now := s.Facts()
	now.Ended, before.Ended = 0, 0
	return now == before && (s.Process == nil || s.Process.Revision == s.Revision && s.Process.Unit == s.Unit)
}

func look(*Host) error { return nil }

func point(slot, revision string) operation {
	return func(h *Host) error {
		if revision != "" && !slices.Contains(h.Staged, revision) {
			return fmt.Errorf("revision %s is not staged; the slot is as it was", revision)
		}
		h.Slot(slot).Revision = revision
		return nil
	}
}

func write(slot, unit string, port int, enabled bool) operation {
	return func(h *Host) error {
		s := h.Slot(slot)
		s.Unit, s.Port, s.Enabled = unit, port, enabled
		return nil
	}
}

func end(slot string) operation {
	return func(h *Host) error { h.Slot(slot).Process = nil; return nil }
}

func (d *Driver) start(a platform.Address, slot string) operation {
	return func(h *Host) error {
		s := h.Slot(slot)
		s.Ended = 0
		s.Process = &Process{Revision: s.Revision, Unit: s.Unit, Port: s.Port}
		s.Log = append(s.Log, "started "+s.Revision)
		if d.world.ends(a, s.Revision) {
			s.Process, s.Ended = nil, 1
			s.Log = append(s.Log, "ended with code 1")
		}
		return nil
	}
}
