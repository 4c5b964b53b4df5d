package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"rel/platform"
)

// change runs a changing verb on an instance: alone (under the lock of the instance's .rel
// folder), and only after the fence let it pass.
func (d *Driver) change(ctx context.Context, f platform.Fence, a platform.Address, verb func(instance) error) error {
	i, err := d.instance(a)
	if err != nil {
		return err
	}
	lock, err := d.lockInstance(ctx, i)
	if err != nil {
		return err
	}
	defer lock.Close()
	if err := i.pass(f); err != nil {
		return err
	}
	return verb(i)
}

func (d *Driver) lockInstance(ctx context.Context, i instance) (*os.File, error) {
	if err := os.MkdirAll(i.own(), 0o755); err != nil {
		return nil, fmt.Errorf("making the root of %s: %w", i.address, err)
	}
	waiting, cancel := context.WithTimeout(ctx, d.LockTimeout)
	defer cancel()
	lock, err := acquire(waiting, i.own(), d.Poll)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return nil, fmt.Errorf("another rel, perhaps one that is suspended, has worked on %s for more than %s; nothing was changed", i.address, d.LockTimeout)
	}
	return lock, err
}

// pass checks a verb's fence and advances the instance's to it.
func (i instance) pass(f platform.Fence) error {
	if f.Lineage == "" {
		return fmt.Errorf("changing %s: the fence has no lineage", i.address)
	}
	seen, err := i.readFence()
	if err != nil {
		return err
	}
	switch {
	case seen.Lineage != "" && seen.Lineage != f.Lineage:
		return fenced(fmt.Sprintf("%s belongs to the state of lineage %s, and this is lineage %s; nothing was changed. "+
			"Use the state it belongs to, or take it over with `rel state adopt`", i.address, seen.Lineage, f.Lineage))
	case f.Number < seen.Number:
		return fenced(fmt.Sprintf("%s has been changed under number %d of lineage %s, and this is the older number %d; nothing was changed. "+
			"Another rel has taken over; see `rel status`", i.address, seen.Number, seen.Lineage, f.Number))
	case f == seen:
		return nil
	}
	return i.writeFence(f)
}

func (i instance) readFence() (platform.Fence, error) {
	var f platform.Fence
	b, err := readFile(i.fence())
	if err != nil || b == nil {
		return f, err
	}
	if err := json.Unmarshal(b, &f); err != nil || f.Lineage == "" {
		return f, errors.Join(fmt.Errorf("%s is damaged, so it is not known who may change %s; nothing was changed. "+
			"`rel state adopt` writes it anew", i.fence(), i.address), err)
	}
	return f, nil
}

func (i instance) writeFence(f platform.Fence) error {
	b, err := json.Marshal(f)
	if err != nil {
		return err
	}
	return writeFile(i.fence(), append(b, '\n'), 0o644)
}

// Adopt hands instances over to another lineage, for `rel state adopt` after a lost state:
// from then on only that lineage may change them, from any number on. An instance that belongs
// to it already keeps its number.
func (d *Driver) Adopt(ctx context.Context, lineage string, instances []platform.Address) error {
	if lineage == "" {
		return errors.New("adopting instances: no lineage given")
	}
	for _, a := range instances {
		if err := d.adopt(ctx, lineage, a); err != nil {
			return fmt.Errorf("adopting %s: %w", a, err)
		}
	}
	return nil
}

func (d *Driver) adopt(ctx context.Context, lineage string, a platform.Address) error {
	i, err := d.instance(a)
	if err != nil {
		return err
	}
	lock, err := d.lockInstance(ctx, i)
	if err != nil {
		return err
	}
	defer lock.Close()
	// a damaged fence is what adopting repairs
	if seen, err := i.readFence(); err == nil && seen.Lineage == lineage {
		return nil
	}
	return i.writeFence(platform.Fence{Lineage: lineage})
}
