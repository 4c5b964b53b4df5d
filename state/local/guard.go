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

// How often a guard that another process has is asked for again: it is held for a few
// milliseconds, the time of a durable write.
const (
	firstWait = time.Millisecond
	lastWait  = 50 * time.Millisecond
)

// exclusively runs do in the environment's folder, which it makes, while no other process or
// goroutine is in there. The guard ends with the process, however that ends.
func (b *Backend) exclusively(ctx context.Context, env string, do func(folder string) error) error {
	folder, err := b.folder(env)
	if err != nil {
		return err
	}
	if err := b.files.makeFolder(folder); err != nil {
		return fmt.Errorf("making the folder of environment %q: %w", env, err)
	}
	guard, err := os.OpenFile(filepath.Join(folder, guardFile), os.O_RDWR|os.O_CREATE, fileMode)
	if err != nil {
		return fmt.Errorf("guarding environment %q: %w", env, err)
	}
	defer guard.Close() // and with it the flock; nothing was written
	if err := flock(ctx, guard); err != nil {
		return fmt.Errorf("guarding environment %q, %s: %w", env, guard.Name(), err)
	}
	return do(folder)
}

// flock waits for the file's lock. It asks again and again, since a thread that waits inside
// flock cannot be called back when ctx ends.
func flock(ctx context.Context, f *os.File) error {
	for wait := firstWait; ; wait = min(2*wait, lastWait) {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if !errors.Is(err, unix.EWOULDBLOCK) && !errors.Is(err, unix.EINTR) {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(wait):
		}
	}
}
