package local

import (
	"encoding/json"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// The states of a supervised service.
const (
	starting   = "starting"
	running    = "running"
	backingOff = "backing off"
	stopping   = "stopping"
	stopped    = "stopped"
)

// status is what a supervisor writes for others to read. It is true while the slot's lock is
// held; after that it says what there was.
type status struct {
	State     string    `json:"state"`
	Boot      string    `json:"boot,omitempty"` // since which start of the machine the pids count
	Shim      process   `json:"shim"`           // the supervisor
	Child     process   `json:"child"`          // the service; zero: none
	StartedAt time.Time `json:"started_at"`
	Ended     int       `json:"ended"`              // how often it ended by itself since it was activated
	LastEnd   string    `json:"last_end,omitempty"` // how, such as: exit code 1
}

// readStatus takes a damaged file for none where no supervisor lives: a power cut may leave it
// cut, and nothing runs after one.
func (p place) readStatus() (status, error) {
	var s status
	b, err := readFile(p.status())
	if err != nil || b == nil {
		return s, err
	}
	if err := json.Unmarshal(b, &s); err != nil {
		if !held(p.lock()) {
			return status{}, nil
		}
		return status{}, fmt.Errorf("%s is damaged: %w", p.status(), err)
	}
	return s, nil
}

// writeStatus replaces the status whole. It need not outlive a crash of the machine, for
// nothing runs after one.
func (p place) writeStatus(s status) error {
	b, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if err := os.WriteFile(p.status()+".new", b, 0o644); err != nil {
		return err
	}
	return os.Rename(p.status()+".new", p.status())
}

// isRunning: the supervisor lives and its service is alive. A service that keeps ending is
// running only at the moments when its process is.
func (p place) isRunning(s status) bool {
	return s.Child.Pid != 0 && held(p.lock()) && s.Child.alive()
}

// describeEnd says how a process ended.
func describeEnd(w unix.WaitStatus) string {
	if w.Signaled() {
		return "signal " + unix.SignalName(w.Signal())
	}
	return fmt.Sprintf("exit code %d", w.ExitStatus())
}
