package planner

import (
	"cmp"

	"rel/platform"
)

// KindStop stops a slot.
const KindStop Kind = "stop"

// Stop ends what runs in the slot and disables it; with Remove also its pointer and unit go.
type Stop struct {
	Target   string           `json:"target"`
	Instance platform.Address `json:"instance"`
	Slot     string           `json:"slot"`
	Remove   bool             `json:"remove,omitempty"`
}

func (*Stop) kind() Kind { return KindStop }

func (a *Stop) place() (string, platform.Address) { return a.Target, a.Instance }

func (a *Stop) valid(n *names) error {
	return cmp.Or(n.target(a.Target), oneOfSlots(a.Slot))
}
