package planner

import (
	"cmp"

	"rel/platform"
)

// KindDrain takes a slot of an instance out of the load balancer and waits for its requests
// to end; KindUndrain takes it in.
const (
	KindDrain   Kind = "drain"
	KindUndrain Kind = "undrain"
)

// Drain names the server.
type Drain struct {
	Balancer string            `json:"balancer"`
	Server   string            `json:"server"`
	Timeout  platform.Duration `json:"timeout"`
}

// Undrain names the server.
type Undrain struct {
	Balancer string `json:"balancer"`
	Server   string `json:"server"`
}

func (*Drain) kind() Kind   { return KindDrain }
func (*Undrain) kind() Kind { return KindUndrain }

func (a *Drain) valid(n *names) error {
	return cmp.Or(n.balancer(a.Balancer), given("server", a.Server))
}

func (a *Undrain) valid(n *names) error {
	return cmp.Or(n.balancer(a.Balancer), given("server", a.Server))
}

// RestoreFlag is a server's drain flag as it was; if that is drained, undoing waits until idle.
type RestoreFlag struct {
	Balancer string            `json:"balancer"`
	Server   string            `json:"server"`
	Drained  bool              `json:"drained"`
	Timeout  platform.Duration `json:"timeout"`
}
