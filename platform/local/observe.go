package local

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"

	"rel/platform"
)

// Observe reads the facts of the instances from their folders, as many at once as there are
// processors.
func (d *Driver) Observe(ctx context.Context, instances []platform.Address) (map[platform.Address]platform.Instance, error) {
	free, err := freeBytes(d.Root)
	if err != nil {
		return nil, err
	}
	facts := make([]platform.Instance, len(instances))
	var next atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	for range min(len(instances), runtime.GOMAXPROCS(0)) {
		group.Go(func() error {
			for n := next.Add(1) - 1; n < int64(len(instances)); n = next.Add(1) - 1 {
				var err error
				if facts[n], err = d.observe(ctx, instances[n], free); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	byAddress := make(map[platform.Address]platform.Instance, len(instances))
	for n, a := range instances {
		byAddress[a] = facts[n]
	}
	return byAddress, nil
}

func (d *Driver) observe(ctx context.Context, a platform.Address, free int64) (platform.Instance, error) {
	if err := ctx.Err(); err != nil {
		return platform.Instance{}, err
	}
	i, err := d.instance(a)
	if err != nil {
		return platform.Instance{}, err
	}
	facts, err := i.facts()
	if err != nil {
		return platform.Instance{}, fmt.Errorf("observing %s: %w", a, err)
	}
	facts.FreeBytes = free
	return facts, nil
}

// facts reads one instance; one that is not there has none.
func (i instance) facts() (platform.Instance, error) {
	var facts platform.Instance
	var err error
	if !exists(i.root) { // most of what is planned for the first time
		return facts, nil
	}
	if facts.Staged, err = i.stagedRevisions(); err != nil {
		return facts, err
	}
	names, err := namesIn(i.services())
	if err != nil || len(names) == 0 {
		return facts, err
	}
	for _, slot := range slots() {
		s, err := i.slot(slot).facts(names)
		if err != nil {
			return facts, err
		}
		if s.Empty() {
			continue
		}
		if facts.Slots == nil {
			facts.Slots = map[string]platform.Slot{}
		}
		facts.Slots[slot] = s
	}
	return facts, nil
}

// facts reads one slot, of the files that are there.
func (p place) facts(names []string) (platform.Slot, error) {
	there := func(path string) bool { return slices.Contains(names, filepath.Base(path)) }
	var s platform.Slot
	var err error
	if there(p.pointer()) {
		if s.Revision, err = p.revision(); err != nil {
			return s, err
		}
		if _, err := os.Stat(p.pointer()); errors.Is(err, fs.ErrNotExist) {
			s.Revision = "" // its folder is gone: it could not be started again
		}
	}
	if there(p.unit()) {
		if s.Unit, s.Port, err = p.unitFacts(); err != nil {
			return s, err
		}
	}
	s.Enabled = there(p.enabled())
	if there(p.status()) {
		status, err := p.readStatus()
		if err != nil {
			return s, err
		}
		s.Ended = status.Ended
		s.Running = p.isRunning(status)
	}
	return s, nil
}

// unitFacts gives the hash of the slot's unit and its port. A unit that was changed by hand
// beyond recognition has a hash, and that says enough.
func (p place) unitFacts() (hash string, port int, err error) {
	b, err := readFile(p.unit())
	if err != nil || b == nil {
		return "", 0, err
	}
	var u struct {
		Port int `json:"port"`
	}
	_ = json.Unmarshal(b, &u)
	return hashBytes(b), u.Port, nil
}

func hashBytes(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// stagedRevisions are the whole folders of revisions, oldest first.
func (i instance) stagedRevisions() ([]string, error) {
	names, err := namesIn(i.releases())
	if err != nil || len(names) == 0 {
		return nil, err
	}
	type staged struct {
		name string
		at   int64
	}
	all := make([]staged, 0, len(names))
	for _, name := range names {
		if strings.HasPrefix(name, ".") { // half made, or half removed
			continue
		}
		var s unix.Stat_t
		if err := unix.Lstat(manifestOf(i.release(name)), &s); err == nil {
			all = append(all, staged{name, s.Mtim.Nano()})
		}
	}
	slices.SortFunc(all, func(a, b staged) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.name, b.name))
	})
	revisions := make([]string, len(all))
	for n, s := range all {
		revisions[n] = s.name
	}
	return revisions, nil
}
