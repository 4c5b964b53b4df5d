package local

import (
	"errors"

	"golang.org/x/sys/unix"

	"rel/state"
)

// isDead says that the holder was a process of this host and boot and has ended for certain.
// Where that cannot be known its lease has to expire.
func isDead(h state.Holder) bool {
	self := Self("", "")
	if h.Boot == "" || h.Boot != self.Boot || h.Host != self.Host || h.PID <= 0 {
		return false
	}
	if errors.Is(unix.Kill(h.PID, 0), unix.ESRCH) {
		return true
	}
	start := startOf(h.PID)
	if start == ended {
		return true
	}
	// Another start under the same number is another process.
	return h.Start != "" && start != "" && start != h.Start
}

// ended is what startOf gives for a process that has ended and that its parent has not
// asked about yet.
const ended = "ended"
