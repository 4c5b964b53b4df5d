package simulated

import (
	"context"
	"fmt"
	"slices"

	"rel/platform"
)

// Stage puts the revision's folder on the host, after it opened the artifact. It reads
// nothing of it.
func (d *Driver) Stage(ctx context.Context, f platform.Fence, a platform.Address, r platform.Revision, open platform.OpenArtifact) error {
	name := r.Name()
	there := false
	look := func(h *Host) error { there = slices.Contains(h.Staged, name); return nil }
	if err := d.change(ctx, f, a, "stage", look); err != nil || there {
		return err
	}
	if err := try(ctx, open); err != nil {
		return fmt.Errorf("stage of %s: %w", a, err)
	}
	return d.change(ctx, f, a, "stage", func(h *Host) error {
		if !slices.Contains(h.Staged, name) {
			h.Staged = append(h.Staged, name)
		}
		return nil
	})
}

func try(ctx context.Context, open platform.OpenArtifact) error {
	if open == nil {
		return nil
	}
	r, err := open(ctx)
	if err != nil {
		return err
	}
	return r.Close()
}

// Unstage removes folders, one after another; those that a slot points to stay.
func (d *Driver) Unstage(ctx context.Context, f platform.Fence, a platform.Address, revisions []string) error {
	ops := []operation{look}
	for _, name := range revisions {
		ops = append(ops, func(h *Host) error { h.unstage(name); return nil })
	}
	return d.change(ctx, f, a, "unstage", ops...)
}

func (h *Host) unstage(revision string) {
	for _, s := range h.Slots {
		if s.Revision == revision {
			return
		}
	}
	h.Staged = slices.DeleteFunc(h.Staged, func(s string) bool { return s == revision })
}
