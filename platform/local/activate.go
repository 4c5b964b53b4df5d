package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"

	"rel/platform"
)

// Activate points the slot at a staged revision and (re)starts it. All that can be known to
// fail is looked at before what runs is ended.
func (d *Driver) Activate(ctx context.Context, f platform.Fence, a platform.Address, slot string, to platform.Activation) (platform.Instance, error) {
	return d.changeSlot(ctx, f, a, slot, func(i instance, p place) error {
		want, err := i.prepare(slot, to)
		if err == nil {
			err = d.portFor(ctx, p, to.Port)
		}
		if err != nil {
			return fmt.Errorf("activating %s in slot %s of %s; it is as it was: %w", to.Revision, slot, a, err)
		}
		if err := d.replace(ctx, i, p, want); err != nil {
			return fmt.Errorf("activating %s in slot %s of %s: %w", to.Revision, slot, a, err)
		}
		return nil
	})
}

// changeSlot is change for the verbs that return the facts after it.
func (d *Driver) changeSlot(ctx context.Context, f platform.Fence, a platform.Address, slot string, verb func(instance, place) error) (platform.Instance, error) {
	err := d.change(ctx, f, a, func(i instance) error {
		p, err := i.place(slot)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(i.services(), 0o755); err != nil {
			return err
		}
		return errors.Join(verb(i, p), i.tidy())
	})
	if err != nil {
		return platform.Instance{}, err
	}
	free, err := freeBytes(d.Root)
	if err != nil {
		return platform.Instance{}, err
	}
	return d.observe(context.WithoutCancel(ctx), a, free)
}

// content is what a slot is to hold.
type content struct {
	revision    string
	unit        []byte // nil: none
	environment []byte // nil: none
	port        int
	enabled     bool
	running     bool
}

// prepare makes a slot's content for an activation, and fails where it could not run.
func (i instance) prepare(slot string, to platform.Activation) (content, error) {
	r, err := i.staged(to.Revision)
	if err != nil {
		return content{}, err
	}
	if err := runnable(r); err != nil {
		return content{}, err
	}
	u, err := i.unitOf(r, slot, to.Port)
	if err != nil {
		return content{}, err
	}
	// the pointer still leads elsewhere, so the program is looked for where it will lead
	if err := executable(program(r.Command[0], i.release(to.Revision))); err != nil {
		return content{}, err
	}
	b, err := u.encode()
	return content{
		revision: to.Revision, unit: b, environment: encodeEnvironment(i.environment(r, slot, to.Port)),
		port: to.Port, enabled: true, running: true,
	}, err
}

// executable says whether a program can be run, by a person's words.
func executable(path string) error {
	_, err := exec.LookPath(path)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, exec.ErrNotFound):
		return fmt.Errorf("the command %q is not in PATH (%s)", path, os.Getenv("PATH"))
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("the command %s is not there", path)
	default:
		return fmt.Errorf("the command %s cannot be run: %w", path, err)
	}
}

// replace ends what runs in the slot, gives it its content, and starts that where it is to
// run. The end comes first: facts never show a new revision that is running while it is the
// old one that runs.
func (d *Driver) replace(ctx context.Context, i instance, p place, want content) error {
	if err := d.end(ctx, p); err != nil {
		return err
	}
	if want.running {
		if err := portFree(want.port); err != nil {
			return fmt.Errorf("%w. What ran in the slot before has been stopped", err)
		}
	}
	if err := i.fill(p, want); err != nil {
		return err
	}
	if !want.running {
		return nil
	}
	if err := p.rotate(1); err != nil { // what this revision writes stands apart
		return fmt.Errorf("beginning a log: %w", err)
	}
	return d.start(ctx, p)
}

// fill writes the slot's content.
func (i instance) fill(p place, want content) error {
	if err := p.point(want.revision); err != nil {
		return err
	}
	if err := p.setEnvironment(want.environment); err != nil {
		return err
	}
	if err := i.setUnit(p, want.unit); err != nil {
		return err
	}
	return p.setEnabled(want.enabled)
}

func (p place) setEnvironment(b []byte) error {
	if b == nil {
		return removeFile(p.environment())
	}
	return writeFile(p.environment(), b, 0o600)
}

// Stop ends what runs in the slot and disables it; what it points to stays.
func (d *Driver) Stop(ctx context.Context, f platform.Fence, a platform.Address, slot string) (platform.Instance, error) {
	return d.changeSlot(ctx, f, a, slot, func(i instance, p place) error {
		if err := errors.Join(p.setEnabled(false), d.end(ctx, p)); err != nil {
			return fmt.Errorf("stopping slot %s of %s: %w", slot, a, err)
		}
		return nil
	})
}
