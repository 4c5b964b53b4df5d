package planner

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"rel/balancer"
	"rel/platform"
)

// balancing is one load balancer: as it shall be, as it was observed, and as it will be after
// the steps that are compiled so far.
type balancing struct {
	name    string
	facts   balancer.Facts
	service string          // that it serves; empty: none any more
	want    *balancer.Setup // nil: rel's part of it goes
	// wanted are the servers that shall stand, as they are added; those of hosts that did
	// not answer as they are.
	wanted   map[string]balancer.Server
	setup    *balancer.Setup            // simulated
	servers  map[string]balancer.Server // simulated
	strategy *Strategy                  // of the service that it serves, or served
	// objects are the fingerprints of the servers that steps name.
	objects map[string]string
	touched bool
}

func newBalancing(name string, facts balancer.Facts) *balancing {
	b := &balancing{name: name, facts: facts, setup: facts.Setup, servers: maps.Clone(facts.Servers),
		wanted: map[string]balancer.Server{}, objects: map[string]string{}}
	if b.servers == nil {
		b.servers = map[string]balancer.Server{}
	}
	return b
}

// serve makes the balancer that of a service, with room for its servers.
func (b *balancing) serve(s *service, bind string) {
	n := s.target.Keys * len(s.Ports)
	b.wanted, b.objects = make(map[string]balancer.Server, n), make(map[string]string, n)
	if len(b.servers) == 0 {
		b.servers = make(map[string]balancer.Server, n)
	}
	b.service, b.strategy = s.name, s.strategy()
	b.want = &balancer.Setup{Bind: bind, Backend: s.name, Version: b.facts.Available, Running: true}
}

// missing are the wanted servers that do not stand, as they are added: drained.
func (b *balancing) missing() map[string]balancer.Server {
	if len(b.servers) == 0 {
		return b.wanted
	}
	missing := map[string]balancer.Server{}
	for id, s := range b.wanted {
		if _, stands := b.servers[id]; !stands {
			missing[id] = s
		}
	}
	return missing
}

// surplus are the servers that stand and shall not, sorted.
func (b *balancing) surplus() []string {
	var ids []string
	for id := range b.servers {
		if _, wanted := b.wanted[id]; !wanted {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// setUp says that the set-up is as it shall be.
func (b *balancing) setUp() bool {
	if b.want == nil || b.setup == nil {
		return b.want == b.setup
	}
	return *b.want == *b.setup
}

// touch notes the fingerprint of a server that a step names.
func (b *balancing) touch(id string) {
	if _, noted := b.objects[id]; noted {
		return
	}
	b.objects[id] = platform.Absent
	if s, stands := b.facts.Servers[id]; stands {
		b.objects[id] = s.Fingerprint()
	}
}

// place lists an instance's servers: those that stand, and those that shall.
func (i *instance) place() {
	now, before := i.wantedBalancer(), (*balancing)(nil)
	if i.former != nil {
		before = i.former.balancer
	}
	for _, s := range i.slots {
		i.standing(now, s.name, s.Port)
		if before != now {
			i.standing(before, s.name, s.Port)
		}
	}
	switch {
	case now == nil:
		return
	case i.unreachable():
		i.keep(now)
		return
	}
	for _, p := range i.service.Ports {
		i.shall(now, p.Slot, i.port(p.Slot))
	}
}

func (i *instance) wantedBalancer() *balancing {
	if i.service == nil {
		return nil
	}
	return i.service.balancer
}

// standing lists the server at the port on which the slot listens now.
func (i *instance) standing(b *balancing, slot string, port int) {
	if b == nil || port == 0 {
		return
	}
	id := i.serverID(slot, port)
	if _, stands := b.servers[id]; stands {
		i.servers = append(i.servers, server{balancer: b, id: id, slot: slot, current: true})
	}
}

// shall lists a server that there shall be.
func (i *instance) shall(b *balancing, slot string, port int) {
	id, weight := i.serverID(slot, port), 100
	if i.service.two() {
		weight = 0
	}
	address := i.service.target.host(i.address.Key) + ":" + strconv.Itoa(port)
	b.wanted[id] = balancer.Server{Address: address, Weight: weight, Drained: true}
	for n := range i.servers {
		if s := &i.servers[n]; s.balancer == b && s.id == id {
			s.wanted = true
			return
		}
	}
	i.servers = append(i.servers, server{balancer: b, id: id, slot: slot, wanted: true})
}

// keep leaves the servers of a host that did not answer as they are, at whatever port.
func (i *instance) keep(b *balancing) {
	for id, s := range b.servers {
		if strings.HasPrefix(id, i.name+"/") {
			b.wanted[id] = s
		}
	}
}

// serverID is balancer.ServerID without formatting the address again.
func (i *instance) serverID(slot string, port int) string {
	return i.name + "/" + slot + ":" + strconv.Itoa(port)
}
