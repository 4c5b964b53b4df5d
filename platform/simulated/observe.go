package simulated

import (
	"context"
	"errors"
	"slices"

	"rel/platform"
)

// Observe gives the facts of the instances.
func (d *Driver) Observe(ctx context.Context, instances []platform.Address) (map[platform.Address]platform.Instance, error) {
	facts := make(map[platform.Address]platform.Instance, len(instances))
	for _, a := range instances {
		i, err := d.observe(ctx, a)
		if err != nil {
			return nil, err
		}
		facts[a] = i
	}
	return facts, nil
}

func (d *Driver) observe(ctx context.Context, a platform.Address) (facts platform.Instance, err error) {
	err = d.step(ctx, a, "observe", func(h *Host) error {
		facts = d.world.facts(h)
		return nil
	})
	if errors.Is(err, platform.ErrUnreachable) {
		return platform.Instance{Unreachable: err.Error()}, nil
	}
	return facts, err
}

func (w *World) facts(h *Host) platform.Instance {
	i := platform.Instance{Staged: slices.Clone(h.Staged), FreeBytes: w.FreeBytes}
	for name, s := range h.Slots {
		if f := s.Facts(); !f.Empty() {
			if i.Slots == nil {
				i.Slots = map[string]platform.Slot{}
			}
			i.Slots[name] = f
		}
	}
	return i
}
