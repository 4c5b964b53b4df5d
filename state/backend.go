package state

import (
	"context"
	"errors"
	"time"
)

// Errors that callers decide on.
var (
	// ErrConflict: the state has another serial than the writer read.
	ErrConflict = errors.New("state changed meanwhile")
	// ErrLocked: somebody else holds the lease; the error is a *LockedError.
	ErrLocked = errors.New("environment is locked")
	// ErrLeaseLost: the lease is not held any more; whoever lost it must stop.
	ErrLeaseLost = errors.New("lease lost")
	// ErrNotFound: there is no such state, plan or journal.
	ErrNotFound = errors.New("not found")
	// ErrDamaged: what is kept cannot be read; it was not touched.
	ErrDamaged = errors.New("damaged")
	// ErrUnknownFormat: another version of rel wrote it, in a format that this one cannot read.
	ErrUnknownFormat = errors.New("unknown format")
)

// Store keeps the state of each environment.
type Store interface {
	// ReadState gives ErrNotFound where nothing was ever applied, ErrDamaged or
	// ErrUnknownFormat where what is kept cannot be read.
	ReadState(ctx context.Context, env string) (State, error)
	// WriteState replaces the state whole and durably if its serial is still former (0:
	// there is none yet), else ErrConflict. The serial of s must be higher than former.
	// After any other error the same write may be tried again.
	WriteState(ctx context.Context, env string, s State, former int64) error
	// Environments names those that have a state, sorted.
	Environments(ctx context.Context) ([]string, error)
}

// Locker gives the lease of an environment: one writer at a time.
type Locker interface {
	// Acquire takes the lease, with a fence number higher than any before. A lease that has
	// expired, or whose holder is dead on this host and boot, is taken over at once.
	Acquire(ctx context.Context, env string, h Holder) (Lease, error)
	// Renew extends the lease, also one that has expired meanwhile; ErrLeaseLost if
	// somebody else took it or broke it.
	Renew(ctx context.Context, env string, l Lease) (Lease, error)
	// Release gives the lease back; one that is lost already is no error.
	Release(ctx context.Context, env string, l Lease) error
	// Lease tells who holds it; ErrNotFound where nobody does, so that Acquire would get it.
	Lease(ctx context.Context, env string) (Lease, error)
	// Break ends the lease with that fence number, whoever holds it; ErrNotFound where the
	// last lease has another number or was given back.
	Break(ctx context.Context, env string, number int64) error
}

// Holder says who asks for a lease.
type Holder struct {
	Who    string `json:"who"`
	Host   string `json:"host"`
	Boot   string `json:"boot,omitempty"` // identity of the host's boot; empty where it is not known
	PID    int    `json:"pid"`
	Start  string `json:"start,omitempty"` // the process's start, so that a reused pid is not taken for it
	Reason string `json:"reason"`
}

// Lease is the right to write an environment until it expires.
type Lease struct {
	Number  int64     `json:"number"` // the fence number
	Holder  Holder    `json:"holder"`
	Since   time.Time `json:"since"`
	Expires time.Time `json:"expires"`
}

// Lease times: a lease lasts LeaseTime and is renewed every Heartbeat.
const (
	LeaseTime = 30 * time.Second
	Heartbeat = 10 * time.Second
)

// LockedError says who holds the lease. It is ErrLocked.
type LockedError struct{ Lease Lease }

// Journals keep the records of each deployment.
type Journals interface {
	// OpenJournal opens a deployment's journal for appending, a new one where there is none,
	// and gives what is in it, durably; a record that a crash cut off at the end is dropped.
	// Only the holder of the lease may.
	OpenJournal(ctx context.Context, env string, deployment int) (JournalWriter, []Record, error)
	// ReadJournal gives what is in it and changes nothing; ErrNotFound where there is none.
	ReadJournal(ctx context.Context, env string, deployment int) ([]Record, error)
}

// JournalWriter appends to one journal.
type JournalWriter interface {
	// Append makes the records durable, together, before it returns. It numbers them.
	// After an error none of them counts, and the same records may be appended again;
	// ErrLeaseLost says that another process has written to the journal. It may be called
	// from several goroutines.
	Append(ctx context.Context, records ...Record) error
	Close() error
}

// Plans keep the plan of each deployment as it was applied.
type Plans interface {
	// PutPlan keeps the plan durably, in place of one that is there.
	PutPlan(ctx context.Context, env string, deployment int, plan []byte) error
	// GetPlan gives ErrNotFound where there is none.
	GetPlan(ctx context.Context, env string, deployment int) ([]byte, error)
	// Deployments numbers those that have a plan or a journal, ascending.
	Deployments(ctx context.Context, env string) ([]int, error)
}

// Backend is all that keeps state; a user of it takes the part it needs.
type Backend interface {
	Store
	Locker
	Journals
	Plans
}

// Error names the holder, and since when.
func (e *LockedError) Error() string {
	h := e.Lease.Holder
	return ErrLocked.Error() + ": " + h.Who + " on " + h.Host + " holds it since " +
		e.Lease.Since.Format(time.RFC3339) + " (" + h.Reason + ")"
}

// Is makes errors.Is(err, ErrLocked) hold.
func (e *LockedError) Is(target error) bool { return target == ErrLocked }
