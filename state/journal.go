package state

import (
	"time"

	"rel/balancer"
	"rel/platform"
)

// RecordType says what a record of a journal tells. The set is closed.
type RecordType string

// The records of a journal. Begin and UndoBegin are durable before the step (or its undo)
// starts; End and UndoEnd before anything that depends on it begins.
const (
	Opened     RecordType = "opened"      // first: which plan, who, why
	Sick       RecordType = "sick"        // slots that ran but were not healthy when the deployment began
	Begin      RecordType = "begin"       // a step is about to start
	End        RecordType = "end"         // a step is done; After tells what it left
	Failed     RecordType = "failed"      // a step failed, and why
	Continued  RecordType = "continued"   // a step failed and its on_failure lets the deployment go on
	Consent    RecordType = "consent"     // a person promoted: the step that waited may end
	Undoing    RecordType = "undoing"     // decided once: from here on everything is undone
	Halted     RecordType = "halted"      // decided once: stop here, undo nothing, a person must look
	UndoBegin  RecordType = "undo_begin"  //
	UndoEnd    RecordType = "undo_end"    // Left names servers of lost hosts that it had to leave out
	UndoFailed RecordType = "undo_failed" //
	Resumed    RecordType = "resumed"     // another process goes on
	Finished   RecordType = "finished"    // last: the outcome
)

func recordTypes() []RecordType {
	return []RecordType{Opened, Sick, Begin, End, Failed, Continued, Consent, Undoing, Halted,
		UndoBegin, UndoEnd, UndoFailed, Resumed, Finished}
}

// Record is one line of a deployment's journal. Which fields are set depends on its type.
type Record struct {
	Seq     int64      `json:"seq"` // from 1, without a gap
	Time    time.Time  `json:"time"`
	Type    RecordType `json:"type"`
	Step    string     `json:"step,omitempty"`
	Error   string     `json:"error,omitempty"` // failed, continued, undo_failed, undoing, halted: why
	After   *After     `json:"after,omitempty"`
	Left    []string   `json:"left,omitempty"`
	Slots   []string   `json:"slots,omitempty"` // sick: ADDRESS/SLOT
	Opened  *Opening   `json:"opened,omitempty"`
	Outcome Outcome    `json:"outcome,omitempty"`
	By      string     `json:"by,omitempty"` // consent, resumed: who
}

// Opening is what a journal says of its deployment before anything begins.
type Opening struct {
	Deployment int               `json:"deployment"`
	PlanDigest string            `json:"plan_digest"`
	Lineage    string            `json:"lineage"`
	Mode       string            `json:"mode"` // normal, rollback
	RollbackTo int               `json:"rollback_to,omitempty"`
	RollbackOf int               `json:"rollback_of,omitempty"`
	Versions   map[string]string `json:"versions,omitempty"` // release → version, what shall be live
	Former     map[string]string `json:"former,omitempty"`   // release → version, what was
	Strategies map[string]string `json:"strategies,omitempty"`
	Operator   string            `json:"operator,omitempty"`
	Reason     string            `json:"reason,omitempty"`
	GitCommit  string            `json:"git_commit,omitempty"`
	RelVersion string            `json:"rel_version"`
	FormerLive int               `json:"former_live"` // the deployment whose world it replaces
}

// After is what a step, or its undo, left of the object that it touched.
type After struct {
	Address  *platform.Address          `json:"address,omitempty"`
	Instance *platform.Instance         `json:"instance,omitempty"`
	Balancer string                     `json:"balancer,omitempty"`
	Setup    *balancer.Setup            `json:"setup,omitempty"`
	SetupSet bool                       `json:"setup_set,omitempty"` // Setup holds, also where it is null
	Servers  map[string]balancer.Server `json:"servers,omitempty"`   // those it touched
	Gone     []string                   `json:"gone,omitempty"`      // servers it removed
}

// Outcome is how a deployment ended.
type Outcome string

// The outcomes of a deployment.
const (
	Succeeded  Outcome = "succeeded"
	RolledBack Outcome = "rolled_back" // failed and undone: the former world
	Aborted    Outcome = "aborted"     // failed before a live change
	Partial    Outcome = "failed"      // partly changed: a person must look
)
