package local

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"rel/platform"
)

// instance knows where the things of one instance are.
type instance struct {
	address platform.Address
	root    string
}

func (d *Driver) instance(a platform.Address) (instance, error) {
	if !filepath.IsAbs(d.Root) {
		return instance{}, fmt.Errorf("the root %q of local instances is not an absolute path", d.Root)
	}
	for _, part := range []string{a.Release, a.Service, a.Key} {
		if err := folderName(part); err != nil {
			return instance{}, fmt.Errorf("address %s: %w", a, err)
		}
	}
	return instance{address: a, root: filepath.Join(d.Root, a.Release+"."+a.Service+"-"+a.Key)}, nil
}

// folderName says whether s can be the name of a folder of its own: it comes from a plan, and
// must not lead out of the root.
func folderName(s string) error {
	if s == "" || strings.HasPrefix(s, ".") || strings.ContainsAny(s, "/\x00") {
		return fmt.Errorf("%q cannot be the name of a folder", s)
	}
	return nil
}

func (i instance) own() string      { return filepath.Join(i.root, ".rel") }
func (i instance) former() string   { return filepath.Join(i.own(), "former") }
func (i instance) fence() string    { return filepath.Join(i.own(), "fence") }
func (i instance) releases() string { return filepath.Join(i.root, "releases") }
func (i instance) services() string { return filepath.Join(i.root, "services", i.address.Service) }

func (i instance) release(revision string) string { return filepath.Join(i.releases(), revision) }

func (i instance) place(slot string) (place, error) {
	if !slices.Contains(slots(), slot) {
		return "", fmt.Errorf("%s has no slot %q; slots are %s", i.address, slot, strings.Join(slots(), ", "))
	}
	return i.slot(slot), nil
}

func (i instance) slot(slot string) place { return place(filepath.Join(i.services(), slot)) }

func slots() []string { return []string{platform.Main, platform.Blue, platform.Green} }

// place is the path of a slot's pointer; all else of the slot is named after it.
type place string

func (p place) pointer() string     { return string(p) }
func (p place) environment() string { return string(p) + ".env" }
func (p place) unit() string        { return string(p) + ".unit.json" }
func (p place) enabled() string     { return string(p) + ".enabled" }
func (p place) lock() string        { return string(p) + ".lock" }
func (p place) status() string      { return string(p) + ".status.json" }
func (p place) log() string         { return string(p) + ".log" }

// logs are the slot's log files, oldest first.
func (p place) logs() []string { return []string{p.log() + ".2", p.log() + ".1", p.log()} }

// files are all that a slot can have on disk but its logs: what a version wrote is looked at
// when it is gone again.
func (p place) files() []string {
	return []string{p.pointer(), p.environment(), p.unit(), p.enabled(), p.status(), p.lock()}
}

// revision is what the slot points to; empty: nothing.
func (p place) revision() (string, error) {
	target, err := os.Readlink(p.pointer())
	if errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("reading what a slot points to: %w", err)
	}
	return filepath.Base(target), nil
}

// point switches the slot to a revision by rename; to nothing where it is empty.
func (p place) point(revision string) error {
	if revision == "" {
		return removeFile(p.pointer())
	}
	temp := p.pointer() + ".new"
	if err := removeFile(temp); err != nil {
		return err
	}
	if err := os.Symlink(filepath.Join("..", "..", "releases", revision), temp); err != nil {
		return fmt.Errorf("pointing a slot at %s: %w", revision, err)
	}
	return renameDurably(temp, p.pointer())
}

// setEnabled marks the slot as enabled, or not.
func (p place) setEnabled(on bool) error {
	if on {
		return writeFile(p.enabled(), nil, 0o644)
	}
	return removeFile(p.enabled())
}
