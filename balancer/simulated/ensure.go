package simulated

import (
	"context"
	"fmt"

	"rel/balancer"
	"rel/platform"
)

// Ensure makes the set-up hold, then adds and removes servers.
func (d *Driver) Ensure(ctx context.Context, f platform.Fence, s balancer.Setup, add map[string]balancer.Server, remove []string) error {
	return d.all(ctx, f, "ensure",
		func(b *Balancer) error { return b.mayGo(remove) },
		func(b *Balancer) error { b.Setup = &s; b.Setup.Running = true; return nil },
		func(b *Balancer) error { b.add(add); return nil },
		func(b *Balancer) error { b.remove(remove); return nil },
	)
}

// Restore puts set-up and servers back as they were.
func (d *Driver) Restore(ctx context.Context, f platform.Fence, s *balancer.Setup, servers map[string]balancer.Server) error {
	if s == nil {
		return d.all(ctx, f, "restore", look, func(b *Balancer) error {
			b.Setup, b.Servers, b.InFlight = nil, nil, nil
			return nil
		})
	}
	setup := *s
	return d.all(ctx, f, "restore",
		look,
		func(b *Balancer) error { b.Setup = &setup; return nil },
		func(b *Balancer) error { b.add(drained(servers)); return nil },
		func(b *Balancer) error { b.remove(b.beside(servers)); return nil },
	)
}

func (d *Driver) all(ctx context.Context, f platform.Fence, verb string, ops ...operation) error {
	for _, op := range ops {
		if err := d.change(ctx, f, verb, op); err != nil {
			return err
		}
	}
	return nil
}

func look(*Balancer) error { return nil }

func (b *Balancer) mayGo(servers []string) error {
	for _, id := range servers {
		if s, ok := b.Servers[id]; ok && !s.Drained {
			return fmt.Errorf("server %s is not drained, so it cannot go; nothing was changed", id)
		}
	}
	return nil
}

func (b *Balancer) add(servers map[string]balancer.Server) {
	if b.Servers == nil {
		b.Servers = map[string]balancer.Server{}
	}
	for id, s := range servers {
		if _, ok := b.Servers[id]; !ok {
			b.Servers[id] = s
		}
	}
}

func (b *Balancer) remove(servers []string) {
	for _, id := range servers {
		delete(b.Servers, id)
	}
}

// beside lists the drained servers that are not among those.
func (b *Balancer) beside(servers map[string]balancer.Server) []string {
	var others []string
	for id, s := range b.Servers {
		if _, ok := servers[id]; !ok && s.Drained {
			others = append(others, id)
		}
	}
	return others
}

func drained(servers map[string]balancer.Server) map[string]balancer.Server {
	in := make(map[string]balancer.Server, len(servers))
	for id, s := range servers {
		s.Drained = true
		in[id] = s
	}
	return in
}
