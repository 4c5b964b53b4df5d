package planner

import "rel/platform"

// Counts are how many instances are added, changed and destroyed: what `Plan:` prints.
func (p *Plan) Counts() (add, change, destroy int) {
	for _, c := range p.Changes {
		switch {
		case c.Object != ObjectInstance:
		case c.Action == Create:
			add++
		case c.Action == Update || c.Action == Repair:
			change++
		case c.Action == Destroy:
			destroy++
		}
	}
	return add, change, destroy
}

// Irreversible are the steps that cannot be undone.
func (p *Plan) Irreversible() []Step {
	var steps []Step
	for _, s := range p.Steps {
		if s.Undo.Irreversible != "" {
			steps = append(steps, s)
		}
	}
	return steps
}

// Impact is what a plan costs while it runs.
type Impact struct {
	Hosts    int `json:"hosts"`    // instances that it touches: on a local target each is as if it were a host
	Services int `json:"services"` // services of which it touches an instance
	// MaxConcurrentHosts is how many instances it takes out of traffic at the same time; 0:
	// capacity never falls.
	MaxConcurrentHosts int `json:"max_concurrent_hosts"`
	// MinDuration counts pauses and times to be healthy; MaxDuration health deadlines and
	// drain timeouts too. Pauses that wait for a person count nothing.
	MinDuration platform.Duration `json:"min_duration"`
	MaxDuration platform.Duration `json:"max_duration"`
}

// Impact sums up what the steps cost.
func (p *Plan) Impact() Impact {
	hosts, services := map[platform.Address]bool{}, map[string]bool{}
	for i := range p.Steps {
		if _, a, ok := p.Steps[i].Place(); ok {
			hosts[a] = true
			services[a.ServiceName()] = true
		}
	}
	return Impact{
		Hosts: len(hosts), Services: len(services), MaxConcurrentHosts: p.outAtOnce(),
		MinDuration: p.longest(p.least), MaxDuration: p.longest(p.most),
	}
}

// longest is the longest chain of needs, each step counted by cost.
func (p *Plan) longest(cost func(*Step) platform.Duration) platform.Duration {
	ends := make(map[string]platform.Duration, len(p.Steps))
	var last platform.Duration
	for i := range p.Steps {
		s := &p.Steps[i]
		var start platform.Duration
		for _, need := range s.Needs {
			start = max(start, ends[need])
		}
		ends[s.ID] = start + cost(s)
		last = max(last, ends[s.ID])
	}
	return last
}

func (p *Plan) least(s *Step) platform.Duration {
	switch a := s.Args.(type) {
	case *Pause:
		return a.For
	case *Check:
		return p.Checks[a.Checks].MinHealthyTime
	}
	return 0
}

func (p *Plan) most(s *Step) platform.Duration {
	switch a := s.Args.(type) {
	case *Pause:
		return a.For
	case *Check:
		return max(p.Checks[a.Checks].MinHealthyTime, p.Checks[a.Checks].HealthyDeadline)
	case *Drain:
		return a.Timeout
	}
	return 0
}

// outAtOnce follows the steps in the order of the plan, which is a valid order of execution:
// how many instances that run now have no slot running and in traffic, at the most.
func (p *Plan) outAtOnce() int {
	out, most, dest := map[platform.Address]bool{}, 0, p.destinations()
	for i := range p.Steps {
		switch a := p.Steps[i].Args.(type) {
		case *Activate:
			if u := p.Steps[i].Undo.Slot; u != nil && u.Before.Running && u.Before.Port != 0 {
				out[a.Instance] = true // restarted in place
			}
		case *Stop:
			if u := p.Steps[i].Undo.Slot; u != nil && u.Before.Running && u.Before.Port != 0 && !dest[a.Instance.String()].replaces(a.Slot) {
				out[a.Instance] = true
			}
		case *Barrier:
			most = max(most, len(out))
			if p.Steps[i].Hold {
				clear(out) // a batch begins: the one before it is back
			}
		}
	}
	return max(most, len(out))
}

// destination is the slot that an instance is to run in; empty: none.
type destination string

// replaces says that it takes over from another slot.
func (d destination) replaces(slot string) bool { return d != "" && string(d) != slot }

func (p *Plan) destinations() map[string]destination {
	dest := make(map[string]destination, len(p.Changes))
	for _, c := range p.Changes {
		dest[c.Address] = destination(c.ToSlot)
	}
	return dest
}
