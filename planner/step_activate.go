package planner

import (
	"cmp"

	"rel/platform"
)

// KindActivate points a slot at a revision and (re)starts it.
const KindActivate Kind = "activate"

// Activate names slot and revision.
type Activate struct {
	Target   string           `json:"target"`
	Instance platform.Address `json:"instance"`
	Slot     string           `json:"slot"`
	Port     int              `json:"port,omitempty"`
	Revision string           `json:"revision"`
}

func (*Activate) kind() Kind { return KindActivate }

func (a *Activate) place() (string, platform.Address) { return a.Target, a.Instance }

func (a *Activate) valid(n *names) error {
	return cmp.Or(n.target(a.Target), oneOfSlots(a.Slot), n.revision(a.Revision))
}

// RestoreSlot is a slot as it was. If it ran, undoing starts it and waits until it is healthy
// by Checks, where it was healthy when the deployment began.
type RestoreSlot struct {
	Target   string           `json:"target"`
	Instance platform.Address `json:"instance"`
	Slot     string           `json:"slot"`
	Before   platform.Slot    `json:"before"`
	Checks   string           `json:"checks,omitempty"` // name in Plan.Checks; empty: the process check alone
}
