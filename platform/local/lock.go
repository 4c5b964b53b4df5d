package local

import (
	"context"
	"errors"
	"fmt"
	"io"
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

// The lock of a slot is of another kind (a POSIX lock), because it can be looked at without
// being taken: however many look, a supervisor that starts gets it at once or not at all. It
// is the process's that has taken it, and goes with it.

// held says whether another process has the lock of a slot.
func held(path string) bool {
	fd, err := openQuickly(path, 0)
	if fd < 0 || err != nil {
		return false
	}
	defer unix.Close(fd)
	lock := unix.Flock_t{Type: unix.F_RDLCK, Whence: io.SeekStart}
	return unix.FcntlFlock(uintptr(fd), unix.F_GETLK, &lock) == nil && lock.Type != unix.F_UNLCK
}

// supervise takes the lock of the slot, which says for as long as it is held that the slot's
// supervisor lives.
func (p place) supervise() (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(p.lock()), 0o755); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(p.lock(), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	err = unix.FcntlFlock(f.Fd(), unix.F_SETLK, &unix.Flock_t{Type: unix.F_WRLCK, Whence: io.SeekStart})
	if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EACCES) {
		err = fmt.Errorf("another supervisor has the slot %s", p.pointer())
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
