package embedded

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// readyTimeout is how long a proxy may take from its start until it serves.
const readyTimeout = 15 * time.Second

// The files that a proxy is started with, from descriptor 3 on. What comes after the first is
// there in a successor only.
const (
	fdReady = 3 + iota
	fdLock
	fdControl
	fdFront
)

// ready is what a proxy writes when it serves; anything else is why it does not.
const ready = "ready\n"

// launch starts a proxy in a session of its own and waits until it serves. It gets the open
// files in hand, from fdLock on.
//
// os/exec is not used: it makes the files that it hands on blocking, in this process too, and
// a listener that blocks cannot be closed.
func launch(ctx context.Context, d folder, program string, args []string, hand ...syscall.Conn) error {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer null.Close()
	log, err := os.OpenFile(d.log(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("opening the log: %w", err)
	}
	defer log.Close()
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer r.Close()
	process, err := fork(program, args, append([]syscall.Conn{null, log, log, w}, hand...))
	_ = w.Close() // the process alone holds it: its end is the end of what is read
	if err != nil {
		return fmt.Errorf("starting %s: %w", program, err)
	}
	if err := serves(ctx, r); err != nil {
		_ = process.Kill()
		_, _ = process.Wait()
		return fmt.Errorf("the load balancer's process did not start: %w (its log: %s)", err, d.log())
	}
	go func() { _, _ = process.Wait() }()
	return nil
}

func serves(ctx context.Context, r *os.File) error {
	deadline := time.Now().Add(readyTimeout)
	if d, ok := ctx.Deadline(); ok && d.Before(deadline) {
		deadline = d
	}
	if err := r.SetReadDeadline(deadline); err != nil {
		return err
	}
	b, err := io.ReadAll(io.LimitReader(r, 64<<10))
	switch {
	case string(b) == ready:
		return nil
	case len(b) > 0:
		return errors.New(strings.TrimSpace(string(b)))
	case err != nil:
		return fmt.Errorf("waiting for it: %w", err)
	}
	return errors.New("it ended at once")
}

// fork starts a program with the files as its descriptors from 0 on.
func fork(program string, args []string, files []syscall.Conn) (*os.Process, error) {
	var pid int
	err := descriptors(files, nil, func(fds []uintptr) (err error) {
		attr := &syscall.ProcAttr{Dir: "/", Env: environment(), Files: fds, Sys: &syscall.SysProcAttr{Setsid: true}}
		for range 50 {
			pid, err = syscall.ForkExec(program, append([]string{program}, args...), attr)
			if !errors.Is(err, unix.ETXTBSY) {
				return err
			}
			time.Sleep(look) // a process just forked still has the copy open for writing
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return os.FindProcess(pid)
}

// descriptors calls f with the descriptors of the files, which stay open meanwhile.
func descriptors(files []syscall.Conn, fds []uintptr, f func([]uintptr) error) error {
	if len(files) == 0 {
		return f(fds)
	}
	raw, err := files[0].SyscallConn()
	if err != nil {
		return err
	}
	var inner error
	err = raw.Control(func(fd uintptr) { inner = descriptors(files[1:], append(fds, fd), f) })
	return errors.Join(err, inner)
}

// environment is what a proxy needs of the environment: it outlives the shell that started
// rel, whose variables may be secrets.
func environment() []string {
	var kept []string
	for _, name := range []string{"PATH", "HOME", "TMPDIR"} {
		if v, ok := os.LookupEnv(name); ok {
			kept = append(kept, name+"="+v)
		}
	}
	return kept
}
