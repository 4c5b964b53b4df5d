package planner

import (
	"strconv"

	"rel/platform"
)

// changes lists what happens: to instances in the order of services and keys, to those that
// are gone, to load balancers.
func (d *difference) changes() []Change {
	list := make([]Change, 0, d.touched())
	for _, s := range d.services {
		for n := range s.instances {
			if i := &s.instances[n]; i.action != NoAction || i.unreachable() {
				list = append(list, i.change())
			}
		}
	}
	for _, i := range d.gone {
		list = append(list, i.change())
	}
	for _, name := range d.names {
		if b := d.balancers[name]; b.work() {
			list = append(list, b.change())
		}
	}
	return list
}

// touched is how many changes there are at the most, but for instances that did not answer.
func (d *difference) touched() int {
	n := len(d.gone) + len(d.names)
	for _, s := range d.services {
		n += len(s.todo) + len(s.untidy)
	}
	return n
}

func (i *instance) change() Change {
	c := Change{Object: ObjectInstance, Address: i.name, Action: i.action, Reasons: i.reasons,
		FromSlot: i.live, From: i.slot(i.live)}
	if i.action == NoAction || i.action == Destroy {
		return c
	}
	c.ToSlot = i.live
	if i.dest != "" {
		c.ToSlot = i.dest
	}
	c.To = platform.Slot{Revision: i.service.Revision, Port: i.port(c.ToSlot), Running: true, Enabled: true}
	return c
}

func (b *balancing) change() Change {
	c := Change{Object: ObjectBalancer, Address: b.name, Action: Update}
	switch from, to := b.facts.Setup, b.want; {
	case to == nil:
		c.Action = Destroy
		c.Reasons = append(c.Reasons, "no longer in the configuration")
	case from == nil:
		c.Action = Create
	default:
		c.Reasons = append(c.Reasons, setupReasons(*from, *to)...)
		if len(c.Reasons) == 1 && !from.Running {
			c.Action = Repair
		}
	}
	if n := len(b.missing()); n > 0 {
		c.Reasons = append(c.Reasons, servers(n, "added"))
	}
	if n := len(b.surplus()); n > 0 {
		c.Reasons = append(c.Reasons, servers(n, "removed"))
	}
	return c
}

func servers(n int, what string) string {
	if n == 1 {
		return "1 server " + what
	}
	return strconv.Itoa(n) + " servers " + what
}
