package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"rel/platform"
)

// Preflight says all at once what the claims would fail at: room on disk, which they share,
// and ports that others listen on. A port that another slot of the same instance has is its
// own; so is that of a service whose supervisor was killed, which an activation ends.
func (d *Driver) Preflight(ctx context.Context, claims []platform.Claim) error {
	problems := []error{d.roomFor(claims)}
	for _, c := range claims {
		if err := ctx.Err(); err != nil {
			return err
		}
		problems = append(problems, d.claimPorts(c))
	}
	return errors.Join(problems...)
}

func (d *Driver) roomFor(claims []platform.Claim) error {
	free, err := freeBytes(d.Root)
	if err != nil {
		return err
	}
	var need int64
	for _, c := range claims {
		// one claim at a time, so that the sum cannot overflow
		if c.Bytes > free || need > free-c.Bytes {
			return fmt.Errorf("%s: not enough room on the disk of %s: %s are needed up to here, and %s are free",
				c.Address, d.Root, size(need+min(c.Bytes, 1<<62)), size(free))
		}
		need += c.Bytes
	}
	return nil
}

func (d *Driver) claimPorts(c platform.Claim) error {
	i, err := d.instance(c.Address)
	if err != nil {
		return err
	}
	own := map[int]bool{}
	for _, slot := range slots() {
		port, err := i.slot(slot).claimedPort()
		if err != nil {
			return fmt.Errorf("%s: %w", c.Address, err)
		}
		own[port] = true
	}
	var problems []error
	for _, port := range c.Ports {
		if own[port] {
			continue
		}
		if err := portFree(port); err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", c.Address, err))
		}
	}
	return errors.Join(problems...)
}

// freeBytes is the room for a user on the disk of a folder, which need not be there yet.
func freeBytes(dir string) (int64, error) {
	for {
		var s unix.Statfs_t
		err := unix.Statfs(dir, &s)
		if err == nil {
			return int64(s.Bavail) * int64(s.Bsize), nil
		}
		parent := filepath.Dir(dir)
		if !errors.Is(err, os.ErrNotExist) || parent == dir {
			return 0, fmt.Errorf("asking for the room on the disk of %s: %w", dir, err)
		}
		dir = parent
	}
}

// size writes a number of bytes for people.
func size(bytes int64) string {
	const units = "kMGTPE"
	if bytes < 1000 {
		return fmt.Sprintf("%d bytes", bytes)
	}
	value, n := float64(bytes)/1000, 0
	for value >= 1000 && n < len(units)-1 {
		value, n = value/1000, n+1
	}
	return fmt.Sprintf("%.1f %cB", value, units[n])
}
