package local

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"rel/platform"
)

// commandProbe runs a command as the slot's service is run: in its folder, with its
// environment, as its user. Exit code 0 is healthy.
func commandProbe(p place, check platform.HealthCheck, values map[string]string) (probe, error) {
	command, err := expandAll(check.Command, values)
	if err != nil {
		return nil, fmt.Errorf("its command: %w", err)
	}
	if len(command) == 0 || command[0] == "" {
		return nil, errors.New("it has no command")
	}
	command[0] = program(command[0], p.pointer())
	return func(ctx context.Context) error { return p.runCheck(ctx, command) }, nil
}

func (p place) runCheck(ctx context.Context, command []string) error {
	u, err := p.readUnit()
	if err != nil {
		return err
	}
	a, err := u.attributes()
	if err != nil {
		return err
	}
	var output tail
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Dir, cmd.Env, cmd.SysProcAttr = a.Dir, a.Env, a.Sys
	cmd.Stdout, cmd.Stderr = &output, &output
	// all that it started ends with it, and nothing waits for output that stays open
	cmd.Cancel = func() error { return unix.Kill(-cmd.Process.Pid, unix.SIGKILL) }
	cmd.WaitDelay = 100 * time.Millisecond
	err = cmd.Run()
	switch shown := strings.Join(command, " "); {
	case err == nil, errors.Is(err, exec.ErrWaitDelay) && ctx.Err() == nil:
		return nil
	case ctx.Err() != nil:
		return unhealthy(fmt.Sprintf("%s: not done in time%s", shown, output.quoted()))
	default:
		return unhealthy(fmt.Sprintf("%s: %s%s", shown, ending(err), output.quoted()))
	}
}

// ending says how a command ended.
func ending(err error) string {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return err.Error()
	}
	if w, ok := exit.Sys().(syscall.WaitStatus); ok && w.Signaled() {
		return "signal " + unix.SignalName(w.Signal())
	}
	return fmt.Sprintf("exit code %d", exit.ExitCode())
}

// tail keeps the end of what is written to it.
type tail struct{ b []byte }

const tailLimit = 500

func (t *tail) Write(b []byte) (int, error) {
	t.b = append(t.b, b...)
	if len(t.b) > tailLimit {
		t.b = append([]byte(nil), t.b[len(t.b)-tailLimit:]...)
	}
	return len(b), nil
}

// quoted is the end of a sentence that shows the output, if there is any.
func (t *tail) quoted() string {
	text := strings.TrimSpace(strings.ToValidUTF8(string(t.b), ""))
	if text == "" {
		return ""
	}
	return ": " + text
}
