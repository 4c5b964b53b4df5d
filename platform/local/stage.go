package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"rel/platform"
)

// Stage makes the folder of a revision beside what is live. It is made under a name that does
// not count and gets its own when it is whole and durable, so what a crash leaves never counts.
func (d *Driver) Stage(ctx context.Context, f platform.Fence, a platform.Address, r platform.Revision, open platform.OpenArtifact) error {
	return d.change(ctx, f, a, func(i instance) error {
		name := r.Name()
		if err := errors.Join(folderName(name), runnable(r)); err != nil {
			return fmt.Errorf("staging %s for %s: %w", name, a, err)
		}
		if exists(manifestOf(i.release(name))) {
			return nil
		}
		if err := d.stage(ctx, i, r, open); err != nil {
			return fmt.Errorf("staging %s for %s; what is live is as it was: %w", name, a, err)
		}
		return nil
	})
}

func (d *Driver) stage(ctx context.Context, i instance, r platform.Revision, open platform.OpenArtifact) error {
	if err := i.clearHalfMade(); err != nil {
		return err
	}
	half := i.release("." + r.Name())
	if err := os.MkdirAll(half, 0o755); err != nil {
		return err
	}
	if err := d.unpack(ctx, r.Artifact, open, half); err != nil {
		return errors.Join(err, os.RemoveAll(half))
	}
	if err := seal(r, half); err != nil {
		return errors.Join(err, os.RemoveAll(half))
	}
	if err := os.RemoveAll(i.release(r.Name())); err != nil { // a folder without a manifest is none of ours
		return err
	}
	return renameDurably(half, i.release(r.Name()))
}

// clearHalfMade removes what a crash or a failure has left of staging and unstaging.
func (i instance) clearHalfMade() error {
	entries, err := os.ReadDir(i.releases())
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			if err := os.RemoveAll(i.release(e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *Driver) unpack(ctx context.Context, a platform.Artifact, open platform.OpenArtifact, dir string) error {
	r, err := open(ctx)
	if err != nil {
		return fmt.Errorf("opening the artifact %s: %w", a.Name, err)
	}
	defer r.Close()
	sum, err := hashReader(io.NewSectionReader(r, 0, r.Size()))
	if err != nil {
		return fmt.Errorf("reading the artifact %s: %w", a.Name, err)
	}
	if got := "sha256:" + sum; got != a.Digest {
		return fmt.Errorf("the artifact %s has digest %s, and %s was planned", a.Name, got, a.Digest)
	}
	if err := d.Unpack(ctx, r, a.Kind, a.Name, dir); err != nil {
		return fmt.Errorf("unpacking %s: %w", a.Name, err)
	}
	return ctx.Err()
}

// seal writes the manifest of what was unpacked and makes all of it durable.
func seal(r platform.Revision, folder string) error {
	if exists(filepath.Join(folder, ".rel")) {
		return fmt.Errorf("the artifact %s brings a .rel folder, and that name is rel's own", r.Artifact.Name)
	}
	m, err := describe(r, folder)
	if err != nil {
		return fmt.Errorf("reading back what was unpacked: %w", err)
	}
	if err := m.write(folder); err != nil {
		return fmt.Errorf("writing the manifest: %w", err)
	}
	return syncTree(folder)
}

// Unstage removes the folders of revisions that no slot points to, and leaves those that one
// does. A folder first loses its name, so a half removed one never counts as staged.
func (d *Driver) Unstage(ctx context.Context, f platform.Fence, a platform.Address, revisions []string) error {
	return d.change(ctx, f, a, func(i instance) error {
		inUse, err := i.inUse()
		if err != nil {
			return err
		}
		for _, revision := range revisions {
			if err := folderName(revision); err != nil {
				return fmt.Errorf("unstaging from %s: %w", a, err)
			}
			if !inUse[revision] {
				if err := i.unstage(revision); err != nil {
					return fmt.Errorf("removing revision %s of %s: %w", revision, a, err)
				}
			}
		}
		return i.tidy()
	})
}

func (i instance) inUse() (map[string]bool, error) {
	in := map[string]bool{}
	for _, slot := range slots() {
		revision, err := i.slot(slot).revision()
		if err != nil {
			return nil, err
		}
		in[revision] = true
	}
	return in, nil
}

func (i instance) unstage(revision string) error {
	half := i.release("." + revision)
	if err := os.RemoveAll(half); err != nil {
		return err
	}
	err := os.Rename(i.release(revision), half)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return os.RemoveAll(half)
}

// tidy removes what is left of an instance that has no slots and no staged revisions, the
// slots' logs too. Its fence stays, with nothing beside it: a controller that lost its lease
// must be refused there as well, or it could bring to life what was removed.
func (i instance) tidy() error {
	if err := os.Remove(i.releases()); err != nil && exists(i.releases()) {
		return nil // it still holds something, and that is the test
	}
	for _, slot := range slots() {
		if slices.ContainsFunc(i.slot(slot).files(), exists) {
			return nil
		}
	}
	return errors.Join(os.RemoveAll(filepath.Dir(i.services())), os.RemoveAll(i.former()))
}
