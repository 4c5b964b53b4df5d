package planner

import (
	"maps"

	"rel/balancer"
	"rel/platform"
)

// The steps, one method each: it appends the step with its undo, which is the state of the
// step's object at this point of the plan, and simulates what the step does.

func (c *compiler) stage(i *instance, after []string) []string {
	i.touched = true
	revision := i.service.Revision
	s := Step{ID: i.name + "/stage", Kind: KindStage, Address: i.name, Needs: after,
		Args: &Stage{Target: i.target, Instance: i.address, Revision: revision}}
	if !i.staged(revision) {
		s.Undo.Unstage = &Unstage{Target: i.target, Instance: i.address, Revision: revision}
	}
	return c.add(s)
}

func (c *compiler) activate(i *instance, slot string, after []string) []string {
	i.touched = true
	to := &Activate{Target: i.target, Instance: i.address, Slot: slot, Port: i.port(slot), Revision: i.service.Revision}
	s := Step{ID: i.name + "/activate:" + slot, Kind: KindActivate, Address: i.name, Needs: after, Args: to,
		Undo: c.undoSlot(i, slot), OnFailure: i.service.onFailure(), Idempotent: Probe}
	now := i.slot(slot)
	now.Revision, now.Port, now.Running, now.Enabled = to.Revision, to.Port, true, true
	i.set(slot, now)
	return c.add(s)
}

func (c *compiler) check(i *instance, slot string, after []string) []string {
	i.touched = true
	return c.add(Step{ID: i.name + "/check:" + slot, Kind: KindCheck, Address: i.name, Needs: after,
		Args:      &Check{Target: i.target, Instance: i.address, Slot: slot, Checks: c.needCheck(i.service)},
		OnFailure: i.service.onFailure()})
}

// stop ends what runs in a slot; its revision stays, for a rollback.
func (c *compiler) stop(i *instance, slot string, after []string) []string {
	now := i.slot(slot)
	now.Running, now.Enabled = false, false
	return c.end(i, slot, after, now)
}

// remove stops a slot and takes away its pointer and unit.
func (c *compiler) remove(i *instance, slot string, after []string) []string {
	now := i.slot(slot)
	now.Revision, now.Unit, now.Port, now.Running, now.Enabled = "", "", 0, false, false
	return c.end(i, slot, after, now)
}

func (c *compiler) end(i *instance, slot string, after []string, to platform.Slot) []string {
	i.touched = true
	s := Step{ID: i.name + "/stop:" + slot, Kind: KindStop, Address: i.name, Needs: after,
		Args: &Stop{Target: i.target, Instance: i.address, Slot: slot, Remove: to.Empty()},
		Undo: c.undoSlot(i, slot), OnFailure: i.onFailure(), Idempotent: Probe}
	i.set(slot, to)
	return c.add(s)
}

// drain takes a slot out of traffic at every load balancer behind which it stands. Where it
// is out already but runs, its requests are waited for.
func (c *compiler) drain(i *instance, slot string, after []string) []string {
	running := i.slot(slot).Running
	for n := range i.servers {
		s := &i.servers[n]
		now, stands := s.now()
		if s.slot == slot && stands && (!now.Drained || s.current && running) {
			after = c.drainServer(s.balancer, s.id, i.name+"/drain:"+slot, i.name, i.strategy(), after)
		}
	}
	return after
}

func (c *compiler) drainServer(b *balancing, id, step, address string, by *Strategy, after []string) []string {
	b.touch(id)
	now := b.servers[id]
	s := Step{ID: step, Kind: KindDrain, Address: address, Needs: after,
		Args:      &Drain{Balancer: b.name, Server: id, Timeout: by.DrainTimeout},
		Undo:      Undo{Flag: &RestoreFlag{Balancer: b.name, Server: id, Drained: now.Drained, Timeout: by.DrainTimeout}},
		OnFailure: by.onFailure()}
	now.Drained = true
	b.servers[id] = now
	return c.add(s)
}

// undrain takes a slot into traffic, at the weight that its server has.
func (c *compiler) undrain(i *instance, slot string, after []string) []string {
	server := i.wantedServer(slot)
	if server == nil {
		return after
	}
	b, by := server.balancer, i.strategy()
	b.touch(server.id)
	now := b.servers[server.id]
	s := Step{ID: i.name + "/undrain:" + slot, Kind: KindUndrain, Address: i.name, Needs: after,
		Args:      &Undrain{Balancer: b.name, Server: server.id},
		Undo:      Undo{Flag: &RestoreFlag{Balancer: b.name, Server: server.id, Drained: now.Drained, Timeout: by.DrainTimeout}},
		OnFailure: by.onFailure()}
	now.Drained = false
	b.servers[server.id] = now
	return c.add(s)
}

// weigh sets the weights of a service's servers, as far as they differ from what they are.
func (c *compiler) weigh(s *service, weights map[string]int, share int, after []string) []string {
	b, before := s.balancer, map[string]int{}
	if b == nil {
		return after
	}
	for id, weight := range weights {
		if now := b.servers[id]; now.Weight == weight {
			delete(weights, id)
		} else {
			before[id] = now.Weight
			now.Weight = weight
			b.servers[id] = now
			b.touch(id)
		}
	}
	if len(weights) == 0 {
		return after
	}
	return c.add(Step{ID: b.name + "/traffic", Kind: KindTraffic, Address: b.name, Needs: after,
		Args: &Traffic{Balancer: b.name, Weights: weights, Share: share},
		Undo: Undo{Weights: &RestoreWeights{Balancer: b.name, Weights: before}}, OnFailure: s.onFailure()})
}

// ensure makes set-up and set of servers of a load balancer hold.
func (c *compiler) ensure(b *balancing, to *EnsureBalancer, after []string) []string {
	b.touched = true
	s := Step{ID: b.name + "/balancer", Kind: KindBalancer, Address: b.name, Needs: after, Args: to,
		Undo: Undo{Balancer: &RestoreBalancer{Balancer: b.name, Setup: b.setup, Servers: b.standing()}}}
	if b.strategy != nil {
		s.OnFailure = b.strategy.onFailure()
	}
	for id, server := range to.Add {
		b.touch(id)
		b.servers[id] = server
	}
	for _, id := range to.Remove {
		b.touch(id)
		delete(b.servers, id)
	}
	b.setup = to.Setup
	return c.add(s)
}

// standing is a copy of the servers at this point of the plan.
func (b *balancing) standing() map[string]balancer.Server {
	if len(b.servers) == 0 {
		return nil
	}
	return maps.Clone(b.servers)
}

// pause waits, for a time or for a person.
func (c *compiler) pause(id, address string, p Pause, by OnFailure, after []string) []string {
	return c.add(Step{ID: id, Kind: KindPause, Address: address, Needs: after, Args: &p, OnFailure: by})
}

// prune removes revisions' folders.
func (c *compiler) prune(i *instance, revisions []string, after []string) []string {
	i.touched = true
	return c.add(Step{ID: i.name + "/prune", Kind: KindPrune, Address: i.name, Needs: after,
		Args: &Prune{Target: i.target, Instance: i.address, Revisions: revisions},
		Undo: Undo{Irreversible: "the folders are removed"}, OnFailure: OnFailureContinue})
}
