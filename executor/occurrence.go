package executor

import "rel/state"

// Occurrence is something that happened and that the core has to know. The set is closed.
type Occurrence interface{ occurrence() }

// StepDone says that a task that Decide started has ended well.
type StepDone struct {
	Task  Task
	After *state.After // what it left of its object; nil: nothing worth keeping
}

// StepFailed says that a task that Decide started has failed. A failed undo of a step on a host means
// that the host is lost for this process: its steps and servers stay as they are.
type StepFailed struct {
	Task  Task
	Err   string
	After *state.After // what is known of its object all the same
}

// StepCancelled says that a task ended at once because Decide named it in Cancel.
type StepCancelled struct{ Task Task }

// Interrupt says that a person asked to stop. Nothing new is started, pauses end at once, other
// running steps are let end.
type Interrupt struct{}

// Consent says that a person promoted the step that waited.
type Consent struct{ Step, By string }

// Rollback says that the deployment is to be undone although no step failed: a person asked for it, or
// the world moved while nobody looked. From the barrier finish on it changes nothing: the
// deployment has succeeded and is finished.
type Rollback struct{ Reason string }

func (StepDone) occurrence()      {}
func (StepFailed) occurrence()    {}
func (StepCancelled) occurrence() {}
func (Interrupt) occurrence()     {}
func (Consent) occurrence()       {}
func (Rollback) occurrence()      {}
