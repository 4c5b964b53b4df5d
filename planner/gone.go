package planner

import (
	"slices"
	"time"

	"rel/platform"
)

// retire drains a slot and stops it; one that is no longer configured goes altogether.
func (c *compiler) retire(i *instance, slot string, after []string) []string {
	after = c.drain(i, slot, after)
	if i.service == nil || !i.service.hasSlot(slot) {
		return c.remove(i, slot, after)
	}
	return c.stop(i, slot, after)
}

// removeGone ends what is no longer in the configuration: instances, and slots.
func (c *compiler) removeGone(after []string) []string {
	var removed []string
	for _, s := range c.d.services {
		for _, i := range slices.Concat(s.todo, s.untidy) {
			if names := i.strays(); len(names) > 0 {
				removed = append(removed, c.retireEach(i, names, after)...)
			}
		}
	}
	for _, i := range c.d.gone {
		if i.unreachable() {
			continue
		}
		var names []string
		for _, s := range i.slots {
			names = append(names, s.name)
		}
		removed = append(removed, c.retireEach(i, names, after)...)
	}
	removed = append(removed, c.drainSurplus(after)...)
	if len(removed) == 0 {
		return after
	}
	return c.barrier("removed", "", removed)
}

// retireEach retires slots of an instance one after another: a step tells what it left of the
// whole instance, so two of them must not run side by side.
func (c *compiler) retireEach(i *instance, slots, after []string) []string {
	for _, name := range slots {
		after = c.retire(i, name, after)
	}
	return after
}

// drainSurplus drains servers that go and belong to nothing that was stopped.
func (c *compiler) drainSurplus(after []string) []string {
	var drained []string
	for _, name := range c.d.names {
		b := c.d.balancers[name]
		for _, id := range b.surplus() {
			if !b.servers[id].Drained {
				drained = append(drained, c.drainServer(b, id, name+"/drain:"+id, name, b.by(), after)...)
			}
		}
	}
	return drained
}

// by is the strategy that says how long to wait for requests; where no service is known any
// more, the language's default.
func (b *balancing) by() *Strategy {
	if b.strategy != nil {
		return b.strategy
	}
	return &Strategy{DrainTimeout: platform.Duration(30 * time.Second), AutoRevert: true}
}

// removeServers takes the drained servers out, and load balancers down that are gone.
func (c *compiler) removeServers(after []string) []string {
	var changed []string
	for _, name := range c.d.names {
		b := c.d.balancers[name]
		gone := b.surplus()
		if len(gone) > 0 || b.want == nil && b.setup != nil {
			changed = append(changed, c.ensure(b, &EnsureBalancer{Balancer: name, Setup: b.want, Remove: gone}, after)...)
		}
	}
	return c.join("unbalanced", "", orElse(changed, after))
}
