package local

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"rel/platform"
)

// unit is how a slot's service is run: what a unit of systemd is on a host that has it. It
// does not hold the revision: it names the slot's pointer, so a new revision with the same
// command has the same unit.
type unit struct {
	Command     []string          `json:"command"`
	Directory   string            `json:"working_directory"`
	Environment string            `json:"environment_file"`
	User        string            `json:"user,omitempty"`
	StopSignal  string            `json:"stop_signal"`
	StopTimeout platform.Duration `json:"stop_timeout"`
	Port        int               `json:"port,omitempty"`
}

// placeholders are the values for one slot of the instance.
func (i instance) placeholders(slot string, port int) map[string]string {
	v := map[string]string{"slot": slot, "instance.key": i.address.Key, "instance.host": "localhost"}
	if port != 0 {
		v["port"] = strconv.Itoa(port)
	}
	return v
}

// unitOf makes the unit of a revision in a slot.
func (i instance) unitOf(r platform.Revision, slot string, port int) (unit, error) {
	values := i.placeholders(slot, port)
	command, err := expandAll(r.Command, values)
	if err != nil {
		return unit{}, fmt.Errorf("the command: %w", err)
	}
	directory, err := platform.Expand(r.WorkingDirectory, values)
	if err != nil {
		return unit{}, fmt.Errorf("the working directory: %w", err)
	}
	p := i.slot(slot)
	command[0] = program(command[0], p.pointer())
	return unit{
		Command: command, Directory: below(directory, p.pointer()), Environment: p.environment(), User: r.User,
		StopSignal: orElse(r.StopSignal, "SIGTERM"), StopTimeout: r.StopTimeout, Port: port,
	}, nil
}

func expandAll(texts []string, values map[string]string) ([]string, error) {
	out := make([]string, len(texts))
	for n, text := range texts {
		var err error
		if out[n], err = platform.Expand(text, values); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// program says where a command is: with a slash below folder, where it is not absolute;
// without one it stays a name, for PATH.
func program(name, folder string) string {
	if strings.Contains(name, "/") {
		return below(name, folder)
	}
	return name
}

func below(path, folder string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(folder, path)
}

func (u unit) encode() ([]byte, error) {
	b, err := json.MarshalIndent(u, "", "  ")
	return append(b, '\n'), err
}

func (p place) readUnit() (unit, error) {
	var u unit
	b, err := os.ReadFile(p.unit())
	if err != nil {
		return u, err
	}
	if err := json.Unmarshal(b, &u); err != nil {
		return u, fmt.Errorf("%s is not a unit: %w", p.unit(), err)
	}
	if len(u.Command) == 0 || u.Command[0] == "" {
		return u, fmt.Errorf("%s has no command", p.unit())
	}
	return u, nil
}

// setUnit replaces the slot's unit, or removes it where b is nil, and keeps the former one.
func (i instance) setUnit(p place, b []byte) error {
	former, err := readFile(p.unit())
	if err != nil {
		return err
	}
	if former != nil && string(former) != string(b) {
		if err := i.keepFormer(former); err != nil {
			return fmt.Errorf("keeping the former unit: %w", err)
		}
	}
	if b == nil {
		return removeFile(p.unit())
	}
	return writeFile(p.unit(), b, 0o644)
}

func (i instance) keepFormer(b []byte) error {
	if err := os.MkdirAll(i.former(), 0o755); err != nil {
		return err
	}
	return writeFile(filepath.Join(i.former(), hashBytes(b)), b, 0o644)
}

// formerUnit brings back a unit by its hash: the slot's present one, one that was kept, or the
// one that the revision makes. An empty hash is no unit.
func (i instance) formerUnit(p place, slot string, want platform.Slot) ([]byte, error) {
	if want.Unit == "" {
		return nil, nil
	}
	for _, path := range []string{p.unit(), filepath.Join(i.former(), want.Unit)} {
		b, err := readFile(path)
		if err != nil || b != nil && hashBytes(b) == want.Unit {
			return b, err
		}
	}
	r, err := i.staged(want.Revision)
	if err != nil {
		return nil, err
	}
	u, err := i.unitOf(r, slot, want.Port)
	if err != nil {
		return nil, err
	}
	b, err := u.encode()
	if err == nil && hashBytes(b) != want.Unit {
		err = fmt.Errorf("the unit %.12s of slot %s is not kept in %s, and revision %s makes another", want.Unit, slot, i.former(), want.Revision)
	}
	return b, err
}

// runnable says early, before anything live changes, what this machine could not run.
func runnable(r platform.Revision) error {
	var problems []error
	if len(r.Command) == 0 || r.Command[0] == "" {
		problems = append(problems, errors.New("the service has no command"))
	}
	if _, err := stopSignal(r.StopSignal); err != nil {
		problems = append(problems, err)
	}
	if _, err := credentialOf(r.User); err != nil {
		problems = append(problems, err)
	}
	return errors.Join(problems...)
}

// stopSignal reads a signal's name, with or without SIG; SIGTERM where it is empty.
func stopSignal(name string) (unix.Signal, error) {
	name = orElse(name, "SIGTERM")
	if !strings.HasPrefix(name, "SIG") {
		name = "SIG" + name
	}
	if s := unix.SignalNum(name); s != 0 {
		return s, nil
	}
	return 0, fmt.Errorf("stop_signal %q is not a signal of this machine; SIGTERM, SIGINT and SIGQUIT are usual", name)
}

func (u unit) stopTimeout() time.Duration { return time.Duration(u.StopTimeout) }
