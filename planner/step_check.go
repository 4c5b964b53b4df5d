package planner

import (
	"cmp"

	"rel/platform"
)

// KindCheck makes health checks until the slot is healthy for a time.
const KindCheck Kind = "check"

// Check names the slot and the checks to make.
type Check struct {
	Target   string           `json:"target"`
	Instance platform.Address `json:"instance"`
	Slot     string           `json:"slot"`
	Checks   string           `json:"checks"` // name in Plan.Checks
}

func (*Check) kind() Kind { return KindCheck }

func (a *Check) place() (string, platform.Address) { return a.Target, a.Instance }

func (a *Check) valid(n *names) error {
	return cmp.Or(n.target(a.Target), oneOfSlots(a.Slot), n.check(a.Checks))
}

// Checks is when an instance of a service is healthy. All steps of a service share one.
type Checks struct {
	HealthChecks    []platform.HealthCheck `json:"health_checks,omitempty"`
	MinHealthyTime  platform.Duration      `json:"min_healthy_time"`
	HealthyDeadline platform.Duration      `json:"healthy_deadline"`
}
