// Package local keeps state below a folder of this machine, one folder an environment:
//
//	ROOT/ENV/state.json                     replaced whole
//	ROOT/ENV/lock                           the last lease and its number
//	ROOT/ENV/lock.flock                     guards the two above, for the moment of a change
//	ROOT/ENV/deployments/N/plan.relplan     replaced whole
//	ROOT/ENV/deployments/N/journal          appended to
//
// Reading makes no file and takes no lock. Folders are 0700 and files 0600. What the bytes
// mean is state's; here is how they are kept through crashes and full disks, and how
// processes keep out of each other's way.
package local

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"rel/state"
)

// Backend is a state.Backend below one folder. It may be used by several goroutines, and the
// folder by several processes of one machine.
type Backend struct {
	root  string
	now   func() time.Time
	files files

	mu       sync.Mutex
	unsynced map[string][]byte // environment → state that is in place, but its folder was not synced
}

var _ state.Backend = (*Backend)(nil)

// Open gives the backend below root. It makes nothing: the first write does.
func Open(root string, now func() time.Time) *Backend {
	return &Backend{root: root, now: now, files: systemFiles(), unsynced: map[string][]byte{}}
}

// folder is where an environment is kept. The configuration knows what a name may be; here
// it may only not lead elsewhere.
func (b *Backend) folder(env string) (string, error) {
	if env == "" || env == "." || env == ".." || strings.ContainsAny(env, "/\\\x00") {
		return "", fmt.Errorf("%q cannot be the name of an environment: it would lead to another folder", env)
	}
	return filepath.Join(b.root, env), nil
}

// deployment is where a deployment is kept.
func (b *Backend) deployment(env string, number int) (string, error) {
	folder, err := b.folder(env)
	if err != nil {
		return "", err
	}
	if number < 1 {
		return "", fmt.Errorf("%d cannot be the number of a deployment: the first is 1", number)
	}
	return filepath.Join(folder, deploymentsFolder, strconv.Itoa(number)), nil
}

// The names below an environment's folder.
const (
	stateFile         = "state.json"
	lockFile          = "lock"
	guardFile         = "lock.flock"
	deploymentsFolder = "deployments"
	planFile          = "plan.relplan"
	journalFile       = "journal"
)

// Self is this process as the holder of a lease. What cannot be learned of it stays empty;
// its lease then has to expire before another process gets it.
func Self(who, reason string) state.Holder {
	host, err := os.Hostname()
	if err != nil {
		host = ""
	}
	pid := os.Getpid()
	return state.Holder{Who: who, Host: host, Boot: bootID(), PID: pid, Start: startOf(pid), Reason: reason}
}
