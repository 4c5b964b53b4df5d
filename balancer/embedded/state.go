package embedded

import (
	"fmt"
	"maps"
	"slices"

	"rel/balancer"
	"rel/platform"
)

// state is all that a proxy keeps over a restart.
type state struct {
	Fence   platform.Fence
	Setup   *balancer.Setup // nil: there is none (yet)
	Servers map[string]balancer.Server
}

// change is what one call changes of a state. What is nil stays as it is; a server that is
// null is removed.
type change struct {
	Fence   *platform.Fence             `json:"fence,omitempty"`
	Setup   *balancer.Setup             `json:"setup,omitempty"`
	Servers map[string]*balancer.Server `json:"servers,omitempty"`
}

func (c change) empty() bool { return c.Fence == nil && c.Setup == nil && len(c.Servers) == 0 }

// apply carries a change out.
func (s *state) apply(c change) {
	if c.Fence != nil {
		s.Fence = *c.Fence
	}
	if c.Setup != nil {
		setup := *c.Setup
		s.Setup = &setup
	}
	if s.Servers == nil {
		s.Servers = map[string]balancer.Server{}
	}
	for id, server := range c.Servers {
		if server == nil {
			delete(s.Servers, id)
		} else {
			s.Servers[id] = *server
		}
	}
}

// whole is the change that makes s out of nothing.
func (s state) whole() change {
	c := change{Fence: &s.Fence, Setup: s.Setup, Servers: map[string]*balancer.Server{}}
	for id, server := range s.Servers {
		c.Servers[id] = &server
	}
	return c
}

// fence checks who calls, and returns the fence to record where it is a newer one.
func (s state) fence(f platform.Fence) (*platform.Fence, error) {
	switch have := s.Fence; {
	case f == have:
		return nil, nil
	case have.Lineage != "" && f.Lineage != have.Lineage:
		return nil, fmt.Errorf("%w: the load balancer belongs to the state with lineage %s, this one is %s; nothing was changed",
			platform.ErrFenced, have.Lineage, f.Lineage)
	case f.Number < have.Number:
		return nil, fmt.Errorf("%w: number %d has changed the load balancer, this is the older %d; nothing was changed",
			platform.ErrFenced, have.Number, f.Number)
	}
	return &f, nil
}

// ensure plans Ensure.
func (s state) ensure(setup balancer.Setup, add map[string]balancer.Server, remove []string) (change, error) {
	c := change{Servers: map[string]*balancer.Server{}}
	for _, id := range remove {
		switch server, ok := s.Servers[id]; {
		case ok && !server.Drained:
			return change{}, fmt.Errorf("server %s gets requests and cannot be removed; drain it first (nothing was changed)", id)
		case ok:
			c.Servers[id] = nil
		}
	}
	for id, server := range add {
		if err := valid(id, server.Weight); err != nil {
			return change{}, err
		}
		if _, ok := s.Servers[id]; !ok {
			c.Servers[id] = &server
		}
	}
	c.Setup = s.changed(setup)
	return c, nil
}

// restore plans Restore to a set-up.
func (s state) restore(setup balancer.Setup, servers map[string]balancer.Server) (change, error) {
	var remove []string
	for id, server := range s.Servers {
		if _, ok := servers[id]; !ok && server.Drained {
			remove = append(remove, id)
		}
	}
	add := maps.Clone(servers)
	for id, server := range add {
		server.Drained = true
		add[id] = server
	}
	return s.ensure(setup, add, remove)
}

// weights plans Weights.
func (s state) weights(weights map[string]int) (change, error) {
	c := change{Servers: map[string]*balancer.Server{}}
	for _, id := range slices.Sorted(maps.Keys(weights)) {
		server, err := s.server(id)
		if err != nil {
			return change{}, err
		}
		if err := valid(id, weights[id]); err != nil {
			return change{}, err
		}
		if server.Weight != weights[id] {
			server.Weight = weights[id]
			c.Servers[id] = &server
		}
	}
	return c, nil
}

// drained plans Drain and Undrain.
func (s state) drained(id string, drained bool) (change, error) {
	server, err := s.server(id)
	if err != nil || server.Drained == drained {
		return change{}, err
	}
	server.Drained = drained
	return change{Servers: map[string]*balancer.Server{id: &server}}, nil
}

func (s state) server(id string) (balancer.Server, error) {
	server, ok := s.Servers[id]
	if !ok {
		return server, fmt.Errorf("the load balancer has no server %s (it has %d); nothing was changed", id, len(s.Servers))
	}
	return server, nil
}

// changed is the set-up to record, nil where it is recorded already. Whether a proxy runs is
// observed, never recorded.
func (s state) changed(setup balancer.Setup) *balancer.Setup {
	setup.Running = false
	if s.Setup != nil && *s.Setup == setup {
		return nil
	}
	return &setup
}

// maxWeight keeps products of sums of weights from an overflow, with 100,000 servers too.
const maxWeight = 10_000

func valid(id string, weight int) error {
	if weight < 0 || weight > maxWeight {
		return fmt.Errorf("weight %d of server %s is not between 0 and %d; nothing was changed", weight, id, maxWeight)
	}
	return nil
}
