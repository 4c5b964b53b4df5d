package simulation

import (
	"rel/balancer"
	"rel/executor"
	"rel/planner"
	"rel/platform"
	"rel/state"
)

// seams are where a test puts an error into the machinery, to see that it is found. The zero
// value changes nothing.
type seams struct {
	spoilInput    func(*planner.Input)
	spoilPlan     func(*planner.Plan)
	spoilCore     func(*executor.Core) decider
	spoilPlatform func(platform.Driver) platform.Driver
	spoilBalancer func(balancer.Driver) balancer.Driver
	loseRecord    func(state.Record) bool
}

func (m seams) core(c *executor.Core) decider {
	if m.spoilCore == nil {
		return c
	}
	return m.spoilCore(c)
}

func (m seams) platform(d platform.Driver) platform.Driver {
	if m.spoilPlatform == nil {
		return d
	}
	return m.spoilPlatform(d)
}

func (m seams) balancer(d balancer.Driver) balancer.Driver {
	if m.spoilBalancer == nil {
		return d
	}
	return m.spoilBalancer(d)
}
