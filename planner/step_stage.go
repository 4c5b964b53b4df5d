package planner

import (
	"cmp"

	"rel/platform"
)

// KindStage makes a revision's folder on the host; nothing live changes.
const KindStage Kind = "stage"

// Stage names the revision, whose contents are in World.Revisions.
type Stage struct {
	Target   string           `json:"target"`
	Instance platform.Address `json:"instance"`
	Revision string           `json:"revision"`
}

func (*Stage) kind() Kind { return KindStage }

func (a *Stage) place() (string, platform.Address) { return a.Target, a.Instance }

func (a *Stage) valid(n *names) error {
	return cmp.Or(n.target(a.Target), n.revision(a.Revision))
}

// Unstage removes the folder that the deployment made. A folder that was there before is
// nothing to undo.
type Unstage struct {
	Target   string           `json:"target"`
	Instance platform.Address `json:"instance"`
	Revision string           `json:"revision"`
}
