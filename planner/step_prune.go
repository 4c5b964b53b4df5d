package planner

import "rel/platform"

// KindPrune removes revisions that nothing points to and no rollback needs soon.
const KindPrune Kind = "prune"

// Prune names the revisions that go.
type Prune struct {
	Target    string           `json:"target"`
	Instance  platform.Address `json:"instance"`
	Revisions []string         `json:"revisions"`
}

func (*Prune) kind() Kind { return KindPrune }

func (a *Prune) place() (string, platform.Address) { return a.Target, a.Instance }

func (a *Prune) valid(n *names) error {
	return n.target(a.Target)
}
