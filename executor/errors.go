package executor

import (
	"errors"
	"fmt"
	"strings"
)

// Errors that callers decide on. Where one is returned nothing was changed by this process,
// but for ErrJournal and ErrState.
var (
	// ErrDigest: the plan is not the one that was demanded.
	ErrDigest = errors.New("not the plan that was expected")
	// ErrFormat: another version of rel wrote the plan.
	ErrFormat = errors.New("unknown format of plan")
	// ErrApplied: this plan is what made the environment as it is.
	ErrApplied = errors.New("already applied")
	// ErrStale: the world is not as it was planned from; the error is a *StaleError.
	ErrStale = errors.New("the plan no longer fits")
	// ErrUnfinished: another deployment has begun and not ended.
	ErrUnfinished = errors.New("another deployment is unfinished")
	// ErrNoneUnfinished: there is no unfinished deployment to promote or to undo.
	ErrNoneUnfinished = errors.New("no deployment is unfinished")
	// ErrNotWaiting: the deployment does not wait for a person to promote.
	ErrNotWaiting = errors.New("nothing waits to be promoted")
	// ErrOtherState: state, plan and journal are not of one environment.
	ErrOtherState = errors.New("not the state of this plan")
	// ErrInterrupted: a person asked to stop before anything began.
	ErrInterrupted = errors.New("interrupted")
	// ErrJournal: what happens could not be recorded, so nothing new was started.
	ErrJournal = errors.New("the journal cannot be written")
	// ErrState: the state could not be saved; the error is a *StateError where there is one to push.
	ErrState = errors.New("the state cannot be saved")
)

// Moved is an object that is not as the plan, or the journal, has it.
type Moved struct {
	Object string // as in Plan.Objects
	How    string // in words
}

func (m Moved) String() string { return m.Object + ": " + m.How }

// StaleError names every object that moved. It is ErrStale.
type StaleError struct{ Moved []Moved }

func (e *StaleError) Error() string {
	return fmt.Sprintf("%v, nothing was changed; make a new plan:\n%s", ErrStale, list(e.Moved))
}

// Is makes errors.Is(err, ErrStale) hold.
func (e *StaleError) Is(target error) bool { return target == ErrStale }

func list(moved []Moved) string {
	lines := make([]string, len(moved))
	for i, m := range moved {
		lines[i] = "  " + m.String()
	}
	return strings.Join(lines, "\n")
}

// StateError carries the state that could not be saved, so that it can be kept elsewhere and
// pushed later. It is ErrState.
type StateError struct {
	Err   error
	State []byte // the state document
}

func (e *StateError) Error() string { return fmt.Sprintf("%v: %v", ErrState, e.Err) }
func (e *StateError) Unwrap() error { return e.Err }

// Is makes errors.Is(err, ErrState) hold.
func (e *StateError) Is(target error) bool { return target == ErrState }
