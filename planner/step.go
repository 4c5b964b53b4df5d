package planner

import "rel/platform"

// Step is one operation on one address. Steps stand in a plan in a valid order of execution.
type Step struct {
	ID         string            `json:"id"` // stable, readable, unique: shop.web["1"]/activate:green
	Phase      Phase             `json:"phase"`
	Kind       Kind              `json:"kind"`
	Address    string            `json:"address"` // what it touches
	Needs      []string          `json:"needs,omitempty"`
	Args       Args              `json:"args"`
	Timeout    platform.Duration `json:"timeout,omitempty"` // 0: none of its own
	Retries    int               `json:"retries,omitempty"`
	OnFailure  OnFailure         `json:"on_failure"`
	Undo       Undo              `json:"undo,omitzero"`
	Hold       bool              `json:"hold,omitempty"` // undoing does not go past it while a lost host's steps are open
	Idempotent Idempotent        `json:"idempotent"`
}

// Phase groups steps for people.
type Phase string

// The phases, in order. Steps of gate and prepare change nothing that is live.
const (
	PhaseGate    Phase = "gate"
	PhasePrepare Phase = "prepare"
	PhaseDeploy  Phase = "deploy"
	PhaseTraffic Phase = "traffic"
	PhaseFinish  Phase = "finish"
)

// Kind is an instruction. The set is closed; each has a file step_KIND.go with its arguments.
type Kind string

// Args are a step's arguments: all that it needs, by value or by name in the plan. Each kind
// has one type.
type Args interface {
	kind() Kind
	valid(*names) error // names that lead nowhere, parts that are missing
}

// placed are arguments of kinds that work on an instance.
type placed interface {
	place() (target string, instance platform.Address)
}

// Place is the instance that the step works on, and its target; ok is false for one that works
// on none.
func (s *Step) Place() (target string, instance platform.Address, ok bool) {
	a, ok := s.Args.(placed)
	if !ok {
		return "", platform.Address{}, false
	}
	target, instance = a.place()
	return target, instance, true
}

// OnFailure says what a step's failure means.
type OnFailure string

// What a step's failure leads to.
const (
	OnFailureRollback OnFailure = "rollback"
	OnFailureHalt     OnFailure = "halt"
	OnFailureContinue OnFailure = "continue"
)

// Idempotent says what to do with a step that had begun when rel was killed.
type Idempotent string

// How a step that had begun is decided after a crash.
const (
	// Repeat: it is safe to do it again.
	Repeat Idempotent = "yes"
	// Probe: ask the platform whether it happened.
	Probe Idempotent = "probe"
)

// Undo is the state of a step's object just before the step, by value. At most one part is
// set; the zero value says that there is nothing to undo.
type Undo struct {
	Unstage      *Unstage         `json:"unstage,omitempty"`
	Slot         *RestoreSlot     `json:"slot,omitempty"`
	Flag         *RestoreFlag     `json:"flag,omitempty"`
	Weights      *RestoreWeights  `json:"weights,omitempty"`
	Balancer     *RestoreBalancer `json:"balancer,omitempty"`
	Irreversible string           `json:"irreversible,omitempty"` // why
}

// None says that there is nothing to undo.
func (u Undo) None() bool { return u == Undo{} }
