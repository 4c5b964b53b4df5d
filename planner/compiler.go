package planner

import (
	"strconv"
)

// compiler makes steps of a difference. What it returns as `after` are the steps that the
// next one needs; where many steps come next, that is one barrier, so that a plan stays
// linear in size.
type compiler struct {
	d      *difference
	steps  []Step
	taken  map[string]int // ids, and how often each was asked for
	checks map[string]Checks
	phase  Phase // of all steps that are added; empty: each kind's own
	olds   []*instance
	late   []*service // workers that go in the tail
}

func newCompiler(d *difference) *compiler {
	n := d.size()
	return &compiler{d: d, steps: make([]Step, 0, n), taken: make(map[string]int, n), checks: map[string]Checks{}}
}

// size is about the number of steps that there will be.
func (d *difference) size() int {
	n := 16 + 3*len(d.gone)
	for _, s := range d.services {
		each := 3 // stage, activate, check
		if s.balancer != nil {
			each++
		}
		if s.live {
			each += 3 // drain, stop, prune
		}
		n += 4 + each*len(s.todo)
	}
	return n
}

// add appends a step and gives what comes after it needs. The second step of a name gets #2.
func (c *compiler) add(s Step) []string {
	s.ID = c.unique(s.ID)
	if c.phase != "" {
		s.Phase = c.phase
	} else {
		s.Phase = s.Kind.phase()
	}
	if s.OnFailure == "" {
		s.OnFailure = OnFailureRollback
	}
	if s.Idempotent == "" {
		s.Idempotent = Repeat
	}
	c.steps = append(c.steps, s)
	return []string{s.ID}
}

func (c *compiler) unique(id string) string {
	n := c.taken[id] + 1
	c.taken[id] = n
	if n == 1 {
		return id
	}
	return c.unique(id + "#" + strconv.Itoa(n))
}

// phase is where a service's steps of a kind belong.
func (k Kind) phase() Phase {
	switch k {
	case KindDrain, KindUndrain, KindTraffic, KindPause:
		return PhaseTraffic
	default:
		return PhaseDeploy
	}
}

// barrier stands for all steps before it.
func (c *compiler) barrier(id, address string, after []string) []string {
	return c.add(Step{ID: id, Kind: KindBarrier, Address: address, Needs: after, Args: &Barrier{}})
}

// hold is a barrier that undoing does not go past while a lost host's steps are open.
func (c *compiler) hold(id, address string, after []string) []string {
	return c.add(Step{ID: id, Kind: KindBarrier, Address: address, Needs: after, Args: &Barrier{}, Hold: true})
}

// join is a barrier where more than one step has to be waited for.
func (c *compiler) join(id, address string, after []string) []string {
	if len(after) < 2 {
		return after
	}
	return c.barrier(id, address, after)
}

// objects are the fingerprints of all that the steps name.
func (c *compiler) objects() map[string]string {
	size := 0
	for _, s := range c.d.services {
		size += len(s.todo) * (2 + len(s.Ports))
	}
	all := make(map[string]string, size)
	note := func(i *instance) {
		if i.touched {
			all[i.name] = i.observed.Fingerprint()
		}
	}
	for _, s := range c.d.services {
		for n := range s.instances {
			note(&s.instances[n])
		}
	}
	for _, i := range c.d.gone {
		note(i)
	}
	for _, name := range c.d.names {
		b := c.d.balancers[name]
		if b.touched {
			all[name] = b.facts.Setup.Fingerprint()
		}
		for id, fingerprint := range b.objects {
			all[name+"/"+id] = fingerprint
		}
	}
	return all
}

// needCheck gives the name of the checks by which a service is healthy, and puts them into
// the plan.
func (c *compiler) needCheck(s *service) string {
	if _, there := c.checks[s.name]; !there {
		c.checks[s.name] = checksOf(s.Service, *s.strategy())
	}
	return s.name
}

// formerCheck is the same for what ran before.
func (c *compiler) formerCheck(i *instance) string {
	if i.former == nil {
		return ""
	}
	name := i.address.ServiceName() + " as it was"
	if _, there := c.checks[name]; !there {
		c.checks[name] = checksOf(i.former.Service, i.former.release.Strategy)
	}
	return name
}

// undoSlot is the undo of what changes a slot: the slot as it is at this point.
func (c *compiler) undoSlot(i *instance, name string) Undo {
	before := i.slot(name)
	restore := &RestoreSlot{Target: i.target, Instance: i.address, Slot: name, Before: before}
	if before.Running {
		restore.Checks = c.formerCheck(i)
	}
	return Undo{Slot: restore}
}
