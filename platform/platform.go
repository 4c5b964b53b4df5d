// Package platform says what rel knows of the places where instances run: the facts that a
// platform observes and the verbs it offers, as plain data and small interfaces. It does no
// I/O. The drivers live in subfolders (local, simulated, …); what a step means is the
// executor's; what should change is the planner's.
package platform

import (
	"context"
	"errors"
	"io"
)

// The slots of a service: main alone, or blue and green side by side.
const (
	Main  = "main"
	Blue  = "blue"
	Green = "green"
)

// Absent is the fingerprint of an object that is not there.
const Absent = "absent"

// Errors that callers decide on.
var (
	// ErrFenced: a newer deployment, or one of another lineage, has been there; nothing was changed.
	ErrFenced = errors.New("refused by the fence")
	// ErrUnreachable: the host did not answer; what it did is not known.
	ErrUnreachable = errors.New("host unreachable")
	// ErrUnhealthy: a health check was made and did not pass.
	ErrUnhealthy = errors.New("unhealthy")
)

// Fence proves that a verb comes from the environment's present writer. A host keeps the
// lineage and the highest number that it has seen and refuses any other lineage and any
// lower number with ErrFenced.
type Fence struct {
	Lineage string `json:"lineage"`
	Number  int64  `json:"number"`
}

// Slot is a place on a host in which a revision runs, as it was observed.
type Slot struct {
	Revision string `json:"revision,omitempty"` // what the slot points to; empty: nothing
	Port     int    `json:"port,omitempty"`     // that its unit listens on; 0: none
	Unit     string `json:"unit,omitempty"`     // sha256 of the unit; empty: none
	Running  bool   `json:"running"`
	Enabled  bool   `json:"enabled"` // started again when the host boots
	// Ended counts how often the process ended since it was activated. It is a passing
	// observation and no part of a fingerprint, plan or state.
	Ended int `json:"-"`
}

// Empty says that the slot points to nothing and nothing runs in it.
func (s Slot) Empty() bool { return s.Revision == "" && s.Unit == "" && !s.Running && !s.Enabled }

// Instance holds the facts of one instance.
type Instance struct {
	Slots       map[string]Slot `json:"slots,omitempty"` // those that are not empty
	Staged      []string        `json:"-"`               // revisions on the host, oldest first
	FreeBytes   int64           `json:"-"`
	Unreachable string          `json:"-"` // why its host could not be observed; empty: it was
}

// Fingerprint is a hash over what a plan depends on: every slot with its revision, port,
// unit, running and enabled.
func (i Instance) Fingerprint() string {
	if len(i.Slots) == 0 {
		return Absent
	}
	return Hash(i.Slots)
}

// Observer learns the facts of a target's instances, in one round trip a host. An instance
// that is not there has facts without slots; a host that does not answer is in Unreachable.
type Observer interface {
	Observe(ctx context.Context, instances []Address) (map[Address]Instance, error)
}

// Stager brings revisions' folders to a host. Every verb is idempotent.
type Stager interface {
	// Stage makes the folder of a revision from its artifact; nothing where it is there already.
	Stage(ctx context.Context, f Fence, a Address, r Revision, open OpenArtifact) error
	// Unstage removes folders that no slot points to; those that are not there count as removed.
	Unstage(ctx context.Context, f Fence, a Address, revisions []string) error
}

// OpenArtifact opens the verified bytes of a revision's artifact.
type OpenArtifact func(context.Context) (ArtifactReader, error)

// ArtifactReader reads an artifact's bytes, also out of order.
type ArtifactReader interface {
	io.Reader
	io.ReaderAt
	io.Closer
	Size() int64
}

// Activator changes what a slot points to and whether it runs. Every verb is idempotent and
// returns the instance's facts after it.
type Activator interface {
	// Activate points the slot at a staged revision, writes its unit and environment file,
	// and (re)starts it. It waits for nothing beyond the start.
	Activate(ctx context.Context, f Fence, a Address, slot string, to Activation) (Instance, error)
	// Restore puts a slot back as it was, by value: revision, port, unit, enabled, running.
	// A slot that is so already is left alone; an empty one is removed.
	Restore(ctx context.Context, f Fence, a Address, slot string, before Slot) (Instance, error)
	// Stop ends what runs in the slot, by its stop signal and time, and disables it.
	Stop(ctx context.Context, f Fence, a Address, slot string) (Instance, error)
}

// Activation is what a slot is to run.
type Activation struct {
	Revision string `json:"revision"`
	Port     int    `json:"port,omitempty"`
}

// Checker makes one health check of a running slot, from where the platform probes.
type Checker interface {
	// Check returns nil, or an error that wraps ErrUnhealthy and says what was seen.
	Check(ctx context.Context, a Address, slot string, check HealthCheck) error
}

// Preflighter says early what would fail late.
type Preflighter interface {
	// Preflight fails where the claims cannot be met, naming each that cannot.
	Preflight(ctx context.Context, claims []Claim) error
}

// Claim is what an instance will need of its host.
type Claim struct {
	Address Address `json:"address"`
	Bytes   int64   `json:"bytes,omitempty"` // room on disk
	Ports   []int   `json:"ports,omitempty"` // that nothing else may listen on
}

// Logs reads what a slot's process wrote.
type Logs interface {
	// Logs copies the last lines (all: a negative number) to w, and with Follow goes on
	// until ctx ends.
	Logs(ctx context.Context, w io.Writer, a Address, slot string, o LogOptions) error
}

// LogOptions says how much of a log is wanted.
type LogOptions struct {
	Lines  int
	Follow bool
	Latest bool // nothing from before the slot was last activated
}

// Driver is all that a platform offers; a user of it takes the part it needs.
type Driver interface {
	Observer
	Stager
	Activator
	Checker
	Preflighter
	Logs
}
