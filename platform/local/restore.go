package local

import (
	"context"
	"fmt"

	"rel/platform"
)

// Restore puts a slot back as it was. A process that already is what ran before is let run.
func (d *Driver) Restore(ctx context.Context, f platform.Fence, a platform.Address, slot string, before platform.Slot) (platform.Instance, error) {
	return d.changeSlot(ctx, f, a, slot, func(i instance, p place) error {
		if err := d.restore(ctx, i, p, slot, before); err != nil {
			return fmt.Errorf("restoring slot %s of %s: %w", slot, a, err)
		}
		return nil
	})
}

func (d *Driver) restore(ctx context.Context, i instance, p place, slot string, before platform.Slot) error {
	if before.Empty() {
		return d.remove(ctx, i, p)
	}
	facts, err := i.facts()
	if err != nil {
		return err
	}
	now := facts.Slots[slot]
	if now.Running && before.Running && now.Revision == before.Revision && now.Unit == before.Unit {
		return p.setEnabled(before.Enabled)
	}
	want, err := i.contentOf(p, slot, before)
	if err != nil {
		return err
	}
	return d.replace(ctx, i, p, want)
}

// contentOf makes again what a slot held, from what was observed of it. Its environment file
// is written anew.
func (i instance) contentOf(p place, slot string, before platform.Slot) (content, error) {
	b, err := i.formerUnit(p, slot, before)
	if err != nil {
		return content{}, err
	}
	want := content{revision: before.Revision, unit: b, port: before.Port, enabled: before.Enabled, running: before.Running}
	if before.Revision == "" {
		return want, nil
	}
	r, err := i.staged(before.Revision)
	want.environment = encodeEnvironment(i.environment(r, slot, before.Port))
	return want, err
}

// remove ends what runs in the slot and removes all of it but its logs.
func (d *Driver) remove(ctx context.Context, i instance, p place) error {
	if err := d.end(ctx, p); err != nil {
		return err
	}
	if err := i.setUnit(p, nil); err != nil {
		return err
	}
	for _, path := range p.files() {
		for _, path := range []string{path, path + ".new"} {
			if err := removeFile(path); err != nil {
				return err
			}
		}
	}
	return nil
}
