package planner

import "rel/platform"

// KindGate makes sure before any change that the hosts have what the steps will need.
const KindGate Kind = "gate"

// Gate has claims that are checked target by target, all of them, before anything changes.
type Gate struct {
	Claims map[string][]platform.Claim `json:"claims"` // by target
}

func (*Gate) kind() Kind { return KindGate }

func (a *Gate) valid(n *names) error {
	for target := range a.Claims {
		if err := n.target(target); err != nil {
			return err
		}
	}
	return nil
}
