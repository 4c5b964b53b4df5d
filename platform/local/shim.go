package local

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// start starts the slot's supervisor, in a session of its own so that it outlives rel, and
// waits for word that its service has been started.
func (d *Driver) start(ctx context.Context, p place) error {
	answer, say, err := os.Pipe()
	if err != nil {
		return err
	}
	defer answer.Close()
	err = d.spawnSupervisor(p, say)
	if err := errors.Join(err, say.Close()); err != nil {
		return fmt.Errorf("starting the supervisor: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, d.StartTimeout)
	defer cancel()
	defer context.AfterFunc(ctx, func() { _ = answer.SetReadDeadline(time.Unix(1, 0)) })()
	line, err := bufio.NewReader(answer).ReadString('\n')
	switch line = strings.TrimSpace(line); {
	case line == startedLine:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("waiting for the service to be started: %w", ctx.Err())
	case line != "":
		return errors.New(strings.TrimPrefix(line, "error: "))
	default:
		return fmt.Errorf("the supervisor %s ended without a word; see %s: %w", d.Executable, p.log(), err)
	}
}

func (d *Driver) spawnSupervisor(p place, say *os.File) error {
	log, err := os.OpenFile(p.log(), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(d.Executable, "supervise", filepath.Dir(p.pointer()), filepath.Base(p.pointer()))
	cmd.Dir = "/"
	cmd.Env = cleanEnvironment()
	cmd.Stdout, cmd.Stderr = say, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return err
	}
	// only so that it is no zombie if it ends before this process does
	go func() { _ = cmd.Wait() }()
	return nil
}

// end ends what runs in the slot: through its supervisor, or where that was killed by itself.
func (d *Driver) end(ctx context.Context, p place) error {
	if err := d.endSupervisor(ctx, p); err != nil {
		return err
	}
	return d.endOrphans(ctx, p)
}

// endSupervisor tells the slot's supervisor to stop and waits until it has ended. One that
// does not in time is killed.
func (d *Driver) endSupervisor(ctx context.Context, p place) error {
	deadline := time.Now().Add(p.stopTimeout() + d.StopGrace)
	var told process
	for held(p.lock()) {
		s, err := p.readStatus()
		if err == nil && s.Shim != told && s.Shim.signal(unix.SIGTERM) == nil {
			told = s.Shim
		}
		if time.Now().After(deadline) {
			return d.killSupervisor(p, s)
		}
		if err := d.pause(ctx); err != nil {
			return fmt.Errorf("waiting for the service to stop, which goes on: %w", err)
		}
	}
	return nil
}

func (d *Driver) killSupervisor(p place, s status) error {
	if err := s.Shim.signal(unix.SIGKILL); err != nil {
		return fmt.Errorf("the supervisor that holds %s does not stop, and is not the one of %s: %w", p.lock(), p.status(), err)
	}
	for held(p.lock()) { // nothing can refuse a SIGKILL
		time.Sleep(d.Poll)
	}
	return nil
}

// stopTimeout of the slot's unit; none where it cannot be read.
func (p place) stopTimeout() time.Duration {
	u, err := p.readUnit()
	if err != nil {
		return 0
	}
	return u.stopTimeout()
}

// endOrphans ends what a supervisor that was killed has left running.
func (d *Driver) endOrphans(ctx context.Context, p place) error {
	s, err := p.readStatus()
	if err != nil || s.State == "" || s.State == stopped || s.Boot != boot() {
		return err
	}
	u, _ := p.readUnit() // without one: SIGTERM and no time
	stop, err := stopSignal(u.StopSignal)
	if err != nil {
		stop = unix.SIGTERM
	}
	if err := d.endBelongings(ctx, s.Shim, stop, u.stopTimeout()); err != nil {
		return err
	}
	s.State, s.Child = stopped, process{}
	return p.writeStatus(s)
}

// endBelongings ends the processes that a supervisor, which has ended, has left.
func (d *Driver) endBelongings(ctx context.Context, shim process, stop unix.Signal, timeout time.Duration) error {
	table, err := processes()
	if err != nil {
		return err
	}
	signalAll(belongings(table, shim), stop)
	left, err := d.leftAfter(ctx, timeout, shim, func([]entry) {})
	if err == nil && left {
		left, err = d.leftAfter(ctx, d.StopGrace, shim, func(e []entry) { signalAll(e, unix.SIGKILL) })
	}
	if err == nil && left {
		err = fmt.Errorf("what the killed supervisor %d left running does not end, not even by SIGKILL", shim.Pid)
	}
	return err
}

// leftAfter waits for a supervisor's belongings to end, doing something to those that are left
// at each look, and says whether some are after the timeout.
func (d *Driver) leftAfter(ctx context.Context, timeout time.Duration, shim process, each func([]entry)) (bool, error) {
	for deadline := time.Now().Add(timeout); ; {
		table, err := processes()
		if err != nil {
			return false, err
		}
		left := belongings(table, shim)
		if len(left) == 0 || time.Now().After(deadline) {
			return len(left) > 0, nil
		}
		each(left)
		if err := d.pause(ctx); err != nil {
			return false, err
		}
	}
}

// pause waits for the time between two looks.
func (d *Driver) pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d.Poll):
		return nil
	}
}
