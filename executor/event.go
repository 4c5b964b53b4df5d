package executor

import (
	"time"

	"rel/planner"
	"rel/state"
)

// Event is something that a person or program watching a deployment may want to know. The set
// is closed; views render them, and no view can stop a deployment.
type Event interface{ event() }

// Sink takes events, one at a time and in order.
type Sink func(Event)

// Began says that the deployment has its number and its lock.
type Began struct {
	At         time.Time
	Deployment int
	Fence      int64
	Digest     string
	Plan       *planner.Plan
	Done       []string // steps that an earlier process did; empty: a new deployment
	HadBegun   []string // steps that it had begun
	Undoing    bool     // it was being undone
}

// LockWaiting says that somebody else holds the lock, and -lock-timeout has not passed.
type LockWaiting struct {
	At    time.Time
	Lease state.Lease
}

// StepBegan says that a step, or its undo, starts.
type StepBegan struct {
	At   time.Time
	Step *planner.Step
	Undo bool
}

// StepProgress is something worth telling while a step runs.
type StepProgress struct {
	At      time.Time
	Step    *planner.Step
	Undo    bool
	Message string    // "GET http://127.0.0.1:8081/health: 503 (wanted 200)"
	Until   time.Time // when it ends at the latest, or a pause ends; zero: not known
	Waiting bool      // it waits for a person to promote
}

// StepEnded says that a step, or its undo, is done (Err nil), failed, or was cut short (Cancelled).
type StepEnded struct {
	At        time.Time
	Step      *planner.Step
	Undo      bool
	Took      time.Duration
	Err       error
	Log       []string // the service's last lines, where it failed to become healthy
	Cancelled bool
}

// UndoBegan says that the decision to undo is made.
type UndoBegan struct {
	At     time.Time
	Reason string
}

// Interrupting says that a person asked to stop; Running steps are let end.
type Interrupting struct {
	At      time.Time
	Running int
}

// LeaseEvent says that the lease could not be renewed, or is lost.
type LeaseEvent struct {
	At  time.Time
	Err error
}

// Ended says that this process is done with the deployment.
type Ended struct {
	At     time.Time
	Result Result
}

// Result is how an apply ended.
type Result struct {
	Deployment int
	Outcome    state.Outcome // empty: unfinished (interrupted, waiting for a person)
	Waiting    string        // the step that waits for `rel promote`
	// Interrupted: a person stopped it; the same command goes on.
	Interrupted bool
	Failed      string        // the step that failed first; empty: it was undone for another reason
	Reason      string        // why, in a sentence
	Log         []string      // the service's last lines
	Left        []string      // what could not be undone, and why
	Live        bool          // something live had begun to change
	Took        time.Duration // of this process
}

func (Began) event()        {}
func (LockWaiting) event()  {}
func (StepBegan) event()    {}
func (StepProgress) event() {}
func (StepEnded) event()    {}
func (UndoBegan) event()    {}
func (Interrupting) event() {}
func (LeaseEvent) event()   {}
func (Ended) event()        {}
