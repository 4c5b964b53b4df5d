package planner

import "rel/balancer"

// KindBalancer changes rel's part of a balancer's configuration: set-up and servers.
const KindBalancer Kind = "balancer"

// EnsureBalancer makes the set-up hold (nil: it is removed whole), adds servers, drained, and
// removes drained ones.
type EnsureBalancer struct {
	Balancer string                     `json:"balancer"`
	Setup    *balancer.Setup            `json:"setup"`
	Add      map[string]balancer.Server `json:"add,omitempty"`
	Remove   []string                   `json:"remove,omitempty"`
}

func (*EnsureBalancer) kind() Kind { return KindBalancer }

func (a *EnsureBalancer) valid(n *names) error {
	return n.balancer(a.Balancer)
}

// RestoreBalancer is rel's part as it was. A set-up that was not running is left so.
type RestoreBalancer struct {
	Balancer string                     `json:"balancer"`
	Setup    *balancer.Setup            `json:"setup"`
	Servers  map[string]balancer.Server `json:"servers,omitempty"`
}
