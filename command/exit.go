package command

import (
	"errors"

	"rel/executor"
	"rel/planner"
	"rel/state"
)

// The exit codes of all commands. Nothing else decides them, and only main exits.
const (
	exitDone        = 0
	exitError       = 1
	exitChanges     = 2 // plan -detailed-exitcode
	exitUndone      = 3
	exitPartial     = 4
	exitRefused     = 5
	exitLocked      = 6
	exitInterrupted = 7
	exitNotSaved    = 8
)

// errChanges is how `rel plan -detailed-exitcode` says that there are changes.
var errChanges = errors.New("there are changes")

// shownError is an error that its command has shown already.
type shownError struct{ error }

func (e shownError) Unwrap() error { return e.error }

// outcomeError is how a deployment ended where that was not success.
type outcomeError struct{ result executor.Result }

func (e outcomeError) Error() string { return e.result.Reason }

// exitCodes is the table of errors that callers decide on; the first that matches counts.
var exitCodes = []struct {
	err  error
	code int
}{
	{errChanges, exitChanges},
	{executor.ErrStale, exitRefused},
	{executor.ErrDigest, exitRefused},
	{executor.ErrFormat, exitRefused},
	{executor.ErrOtherState, exitRefused},
	{errOtherPlan, exitRefused},
	{planner.ErrDamaged, exitRefused},
	{planner.ErrVersion, exitRefused},
	{executor.ErrApplied, exitRefused},
	{executor.ErrUnfinished, exitLocked},
	{executor.ErrJournal, exitNotSaved},
	{executor.ErrState, exitNotSaved},
	{state.ErrLocked, exitLocked},
	{state.ErrLeaseLost, exitLocked},
	{executor.ErrInterrupted, exitInterrupted},
}

// exitCode maps an error to rel's exit codes.
func exitCode(err error) int {
	var ended outcomeError
	if err == nil {
		return exitDone
	}
	if errors.As(err, &ended) {
		return outcomeCode(ended.result)
	}
	for _, e := range exitCodes {
		if errors.Is(err, e.err) {
			return e.code
		}
	}
	return exitError
}

func outcomeCode(r executor.Result) int {
	switch r.Outcome {
	case state.Succeeded:
		return exitDone
	case state.Aborted:
		return exitError
	case state.RolledBack:
		return exitUndone
	case state.Partial:
		return exitPartial
	default:
		return exitInterrupted
	}
}
