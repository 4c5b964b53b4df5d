// Package planner decides what a deployment will do: it compares what should be live with
// what is, and compiles the difference by the release's strategy into steps with needs,
// barriers, holds and undo. It is pure: no I/O, no clock, no chance; the same input gives
// the same bytes. What a step means when it runs is the executor's.
package planner

import (
	"rel/balancer"
	"rel/platform"
	"rel/state"
)

// FormatVersion is the version of the plan file: major.minor. Apply refuses another.
const FormatVersion = "1.0"

// Mode says whether a plan goes to what is configured or back to an earlier deployment.
type Mode string

// The modes of a plan.
const (
	Normal   Mode = "normal"
	Rollback Mode = "rollback"
)

// Input is all that a plan is made from.
type Input struct {
	Mode       Mode
	RollbackTo int // the deployment whose world is gone back to; mode rollback alone
	World      World
	Former     *World // what the live deployment left; nil: nothing is live
	State      state.State
	Facts      Facts
	Observed   bool // false: planned from the recorded state (-refresh=false)
}

// Facts are what was observed of everything that World or the state names.
type Facts struct {
	Instances map[platform.Address]platform.Instance
	Balancers map[string]balancer.Facts
}

// Plan is what will be done, complete and in order. It holds no secrets, no time and no name
// of a person: those stand beside it in the plan file.
type Plan struct {
	FormatVersion string `json:"format_version"`
	Mode          Mode   `json:"mode"`
	RollbackTo    int    `json:"rollback_to,omitempty"`
	World         World  `json:"world"`
	// Targets and Balancers are those that the steps touch, also where they are no longer in
	// World, so that an apply finds what it has to stop.
	Targets   []Target          `json:"targets"`
	Balancers []Balancer        `json:"balancers"`
	Former    map[string]string `json:"former"` // release → version that is live now
	Changes   []Change          `json:"changes"`
	Drift     []Drift           `json:"drift,omitempty"`
	Checks    map[string]Checks `json:"checks,omitempty"`
	// Objects are the fingerprints of what the steps touch, as planned from: instances by
	// address, balancers by name, servers by BALANCER/SERVER.
	Objects map[string]string `json:"objects,omitempty"`
	// Steps are last, so that a plan file can be written step by step.
	Steps []Step `json:"steps"`
}

// Empty says that there is nothing to do.
func (p *Plan) Empty() bool { return len(p.Steps) == 0 }

// Action is what happens to an instance or balancer; its sign is what people see.
type Action string

// The actions of a change.
const (
	NoAction Action = "no-op"
	Create   Action = "create"
	Update   Action = "update" // to another revision or port
	Repair   Action = "repair" // the right revision, not running or not in traffic
	Destroy  Action = "destroy"
)

// Object is what a change is of.
type Object string

// The objects that are diffed.
const (
	ObjectInstance Object = "instance"
	ObjectBalancer Object = "balancer"
)

// Change is the difference of one instance or balancer. Those without any are not listed; an
// instance that was left out because its host did not answer is, as NoAction.
type Change struct {
	Object   Object        `json:"object"`
	Address  string        `json:"address"` // shop.web["1"], or a balancer's name
	Action   Action        `json:"action"`
	Reasons  []string      `json:"reasons,omitempty"` // for people
	From     platform.Slot `json:"from,omitzero"`     // the live slot as it is
	FromSlot string        `json:"from_slot,omitempty"`
	To       platform.Slot `json:"to,omitzero"` // its unit is not known before it is activated
	ToSlot   string        `json:"to_slot,omitempty"`
}

// Drift is an object that is not as rel left it.
type Drift struct {
	Address string `json:"address"`
	What    string `json:"what"` // in words: not running, unit changed on the host
}
