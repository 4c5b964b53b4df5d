package simulation

import (
	"fmt"
	"maps"
	"slices"

	"rel/planner"
	"rel/platform"
)

// The invariants, as strategies.md numbers them; where one has parts, a name more.
const (
	unhealthyRouted = "1 healthy"
	nothingRouted   = "1 served"
	busyStopped     = "2 drained"
	tooManyOut      = "3 capacity"
	shareExceeded   = "3 share"
	revisionsMixed  = "3 recreate"
	wrongWorld      = "4 world"
	wrongPlan       = "5 second plan"
	notResumed      = "6 resumed"
	notLinear       = "7 linear"
	wrongRecords    = "journal"
	notOrdered      = "needs"
)

// violation is a promise that does not hold.
type violation struct{ invariant, what string }

func (v violation) Error() string { return v.invariant + ": " + v.what }

func violated(invariant, format string, args ...any) error {
	return violation{invariant, fmt.Sprintf(format, args...)}
}

// checker holds the world against the invariants that have to hold all the time.
type checker struct {
	services []*watchedService
	edges    []*watchedEdge
	lost     map[platform.Address]bool // hosts that were lost at some time
}

func newChecker(s *scene) *checker {
	c := &checker{lost: map[platform.Address]bool{}}
	for _, v := range s.services {
		if v.balanced {
			s.world.balancer(v.balancer()) // one that is to be set up is watched from now on
		}
	}
	edges := map[string]*watchedEdge{}
	for _, name := range slices.Sorted(maps.Keys(s.world.balancers)) {
		edges[name] = newWatchedEdge(s, name)
		c.edges = append(c.edges, edges[name])
	}
	for _, v := range s.services {
		c.services = append(c.services, newWatchedService(s, v, edges[v.balancer()]))
	}
	return c
}

// check is called after every micro-operation.
func (c *checker) check() error {
	for _, e := range c.edges {
		if err := e.check(); err != nil {
			return err
		}
	}
	for _, v := range c.services {
		if err := v.check(c.lost); err != nil {
			return err
		}
	}
	return nil
}

// pauseEnded notes that a service's canary may go on.
func (c *checker) pauseEnded(p *planner.Step) {
	for _, v := range c.services {
		if v.owns(p) {
			v.pauses++
		}
	}
}
