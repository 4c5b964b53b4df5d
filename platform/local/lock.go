package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// acquire takes the lock on a file or folder that is there, waiting for it until ctx ends. The
// lock is let go when the file is closed, or the process ends.
func acquire(ctx context.Context, path string, poll time.Duration) (*os.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	for {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			return f, nil
		}
		if !errors.Is(err, unix.EWOULDBLOCK) && !errors.Is(err, unix.EINTR) {
			return nil, errors.Join(fmt.Errorf("locking %s: %w", path, err), f.Close())
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(fmt.Errorf("waiting for another rel to let go of %s: %w", path, ctx.Err()), f.Close())
		case <-time.After(poll):
		}
	}
}

// held says whether some process holds the lock on a file. It never waits, and takes the lock
// for no longer than the look.
func held(path string) bool {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	return errors.Is(unix.Flock(fd, unix.LOCK_SH|unix.LOCK_NB), unix.EWOULDBLOCK)
}

// supervise takes the slot's lock, which says for as long as it is held that its supervisor
// lives. Observers hold it for the moment of a look, so it is worth waiting a little.
func (p place) supervise(ctx context.Context) (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(p.lock()), 0o755); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(p.lock(), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return acquire(ctx, p.lock(), 5*time.Millisecond)
}
