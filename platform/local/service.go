package local

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// start starts the service in a process group of its own.
func (v *supervision) start() error {
	v.status.StartedAt = time.Now()
	v.note(starting)
	if err := v.at.rotate(v.LogBytes); err != nil {
		return fmt.Errorf("rotating the log: %w", err)
	}
	pid, err := v.unit.spawn(v.at.log())
	if err != nil {
		return err
	}
	e, err := lookup(pid) // it may be over already, but nobody has reaped it
	if err != nil {
		return errors.Join(fmt.Errorf("looking at the service: %w", err), unix.Kill(pid, unix.SIGKILL))
	}
	v.status.Child = e.process
	v.note(running)
	return nil
}

// spawn starts the unit's command, writing straight to the log, and gives its pid.
func (u unit) spawn(log string) (int, error) {
	a, err := u.attributes()
	if err != nil {
		return 0, err
	}
	path, err := exec.LookPath(u.Command[0])
	if err != nil {
		return 0, fmt.Errorf("the command cannot be run: %w", err)
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		return 0, err
	}
	defer null.Close()
	out, err := os.OpenFile(log, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return 0, fmt.Errorf("opening the log: %w", err)
	}
	defer out.Close()
	a.Files = []uintptr{null.Fd(), out.Fd(), out.Fd()}
	pid, err := syscall.ForkExec(path, u.Command, a)
	if err != nil {
		return 0, fmt.Errorf("starting %s in %s: %w", u.Command[0], u.Directory, err)
	}
	return pid, nil
}

// attributes are the unit's folder, environment, user and process group.
func (u unit) attributes() (*syscall.ProcAttr, error) {
	c, err := credentialOf(u.User)
	if err != nil {
		return nil, err
	}
	env, err := u.fullEnvironment(c)
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(u.Directory); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("the working directory %s is not there", u.Directory)
	}
	return &syscall.ProcAttr{Dir: u.Directory, Env: env, Sys: &syscall.SysProcAttr{Setpgid: true, Credential: c.sys}}, nil
}

// reap takes leave of all children that have ended, the service or what it left behind, and
// says whether there are any still.
func (v *supervision) reap() (left bool) {
	for {
		var w unix.WaitStatus
		pid, err := unix.Wait4(-1, &w, unix.WNOHANG, nil)
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil: // no children
			return false
		case pid == 0:
			return true
		case pid == v.status.Child.Pid:
			v.ended(w)
		}
	}
}

func (v *supervision) ended(w unix.WaitStatus) {
	v.status.Child = process{}
	v.status.LastEnd = describeEnd(w)
	if v.status.State != stopping { // an end that was asked for is none of its own
		v.status.Ended++
	}
}

// clear ends the service, where it runs, and all that it has started: by the stop signal, and
// what is there after the timeout by SIGKILL.
func (v *supervision) clear(timeout time.Duration) {
	if v.gone() {
		return
	}
	v.signalStop()
	if v.goneWithin(timeout, func() {}) {
		return
	}
	v.goneWithin(5*time.Second, func() { signalAll(v.members(), unix.SIGKILL) })
}

// signalStop sends the stop signal once to each process: what the service starts in answer to
// it, to end in good order, is not disturbed. A service that is there has its group signalled
// in one go; not being reaped, it keeps the group's number from being another's.
func (v *supervision) signalStop() {
	stop, err := stopSignal(v.unit.StopSignal)
	if err != nil { // a unit that was changed by hand
		stop = unix.SIGTERM
	}
	group := v.status.Child.Pid
	members := slices.DeleteFunc(v.members(), func(e entry) bool { return group != 0 && e.group == group })
	if group != 0 {
		_ = unix.Kill(-group, stop) // what refuses it gets SIGKILL
	}
	signalAll(members, stop)
}

// goneWithin waits for all of the service to end, doing something at each look.
func (v *supervision) goneWithin(timeout time.Duration, each func()) bool {
	deadline := time.After(timeout)
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for !v.gone() {
		each()
		select {
		case <-deadline:
			return v.gone()
		case <-v.signals.stop:
			v.told = true
		case <-v.signals.child: // looked at above
		case <-look.C:
		}
	}
	return true
}

// gone says whether nothing of the service is left. Where the system gives the supervisor what
// a service leaves behind, no children means nothing left; elsewhere the table is asked.
func (v *supervision) gone() bool {
	return !v.reap() && len(v.members()) == 0
}

// members are the processes of the service.
func (v *supervision) members() []entry {
	table, err := processes()
	if err != nil {
		return nil
	}
	return belongings(table, v.status.Shim)
}
