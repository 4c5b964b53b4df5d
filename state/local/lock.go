package local

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"rel/state"
)

// lock is the document in the lock file. Number stays when the lease is given back, so that
// fence numbers only grow.
type lock struct {
	FormatVersion string       `json:"format_version"`
	Number        int64        `json:"number"` // the highest that was ever given
	Lease         *state.Lease `json:"lease"`  // null: nobody has it
}

const lockFormat = "1.0"

// Acquire takes the lease, or fails with a *state.LockedError at once.
func (b *Backend) Acquire(ctx context.Context, env string, h state.Holder) (state.Lease, error) {
	var taken state.Lease
	err := b.changeLock(ctx, env, func(l *lock) error {
		if l.Lease != nil && !b.free(*l.Lease) {
			return &state.LockedError{Lease: *l.Lease}
		}
		now := b.time()
		taken = state.Lease{Number: l.Number + 1, Holder: h, Since: now, Expires: now.Add(state.LeaseTime)}
		l.Number, l.Lease = taken.Number, &taken
		return nil
	})
	if errors.Is(err, errUnsynced) {
		// The lease stands in the file, but its number may be given again after a power cut.
		// Nobody gets to use it; if it cannot be given back either, it expires.
		err = errors.Join(err, b.Release(ctx, env, taken))
	}
	if err != nil {
		return state.Lease{}, fmt.Errorf("acquiring the lease of environment %q: %w", env, err)
	}
	return taken, nil
}

// Renew extends the lease.
func (b *Backend) Renew(ctx context.Context, env string, l state.Lease) (state.Lease, error) {
	var renewed state.Lease
	err := b.changeLock(ctx, env, func(current *lock) error {
		if !current.held(l.Number) {
			return fmt.Errorf("lease %d: %w", l.Number, state.ErrLeaseLost)
		}
		current.Lease.Expires = b.time().Add(state.LeaseTime)
		renewed = *current.Lease
		return nil
	})
	if err != nil {
		return state.Lease{}, fmt.Errorf("renewing the lease of environment %q: %w", env, err)
	}
	return renewed, nil
}

// Release gives the lease back.
func (b *Backend) Release(ctx context.Context, env string, l state.Lease) error {
	err := b.end(ctx, env, l.Number)
	if err != nil && !errors.Is(err, state.ErrNotFound) {
		return fmt.Errorf("releasing the lease of environment %q: %w", env, err)
	}
	return nil
}

// Break ends the lease with that number, whoever holds it.
func (b *Backend) Break(ctx context.Context, env string, number int64) error {
	if err := b.end(ctx, env, number); err != nil {
		return fmt.Errorf("breaking the lease of environment %q: %w", env, err)
	}
	return nil
}

func (b *Backend) end(ctx context.Context, env string, number int64) error {
	return b.changeLock(ctx, env, func(current *lock) error {
		if !current.held(number) {
			return fmt.Errorf("lease %d: %w", number, state.ErrNotFound)
		}
		current.Lease = nil
		return nil
	})
}

// Lease tells who holds it.
func (b *Backend) Lease(_ context.Context, env string) (state.Lease, error) {
	folder, err := b.folder(env)
	if err != nil {
		return state.Lease{}, err
	}
	l, err := readLock(filepath.Join(folder, lockFile))
	if err != nil {
		return state.Lease{}, fmt.Errorf("reading the lease of environment %q: %w", env, err)
	}
	if l.Lease == nil || b.free(*l.Lease) {
		return state.Lease{}, fmt.Errorf("lease of environment %q: %w", env, state.ErrNotFound)
	}
	return *l.Lease, nil
}

func (l lock) held(number int64) bool { return l.Lease != nil && l.Lease.Number == number }

// free says that a lease does not keep others out any more.
func (b *Backend) free(l state.Lease) bool {
	return !b.time().Before(l.Expires) || isDead(l.Holder)
}

// time is now as the lock file holds it.
func (b *Backend) time() time.Time { return b.now().UTC().Round(0) }

// changeLock reads the lock, lets change change it, and writes it, while nobody else does.
func (b *Backend) changeLock(ctx context.Context, env string, change func(*lock) error) error {
	return b.exclusively(ctx, env, func(folder string) error {
		path := filepath.Join(folder, lockFile)
		l, err := readLock(path)
		if err != nil {
			return err
		}
		if err := change(&l); err != nil {
			return err
		}
		data, err := json.MarshalIndent(l, "", "  ")
		if err != nil {
			return err
		}
		return b.files.replace(path, append(data, '\n'))
	})
}

// readLock reads the lock file; where there is none nobody ever had the lease.
func readLock(path string) (lock, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return lock{FormatVersion: lockFormat}, nil
	}
	if err != nil {
		return lock{}, err
	}
	l, err := decodeLock(data)
	if err != nil {
		return lock{}, fmt.Errorf("%s: %w", path, err)
	}
	return l, nil
}

func decodeLock(data []byte) (lock, error) {
	var l lock
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	err := d.Decode(&l)
	if _, end := d.Token(); err == nil && !errors.Is(end, io.EOF) {
		err = errors.New("something follows the document")
	}
	switch {
	case l.FormatVersion != "" && l.FormatVersion != lockFormat:
		return lock{}, fmt.Errorf("format %s, and this rel reads %s: %w", l.FormatVersion, lockFormat, state.ErrUnknownFormat)
	case err == nil && l.FormatVersion == "":
		err = errors.New("format_version is missing")
	case err == nil && (l.Number < 0 || l.Lease != nil && l.Lease.Number != l.Number):
		err = errors.New("the numbers do not fit")
	}
	if err != nil {
		return lock{}, fmt.Errorf("%w: %w; it holds the last fence number, which must not be used twice: "+
			"put it back from a backup", state.ErrDamaged, err)
	}
	return l, nil
}
