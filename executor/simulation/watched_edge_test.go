package simulation

import (
	"maps"
	"slices"

	balancers "rel/balancer/simulated"
	"rel/platform"
	platforms "rel/platform/simulated"
)

// watchedEdge is a balancer, and what its servers lead to.
type watchedEdge struct {
	*balancers.Balancer
	name        string
	world       *world
	checked     bool                          // its service has health checks
	revision    string                        // that shall be live; empty: its service is gone
	unreachable map[platform.Address]bool     // since before the plan
	broken      map[string]bool               // servers that led to nothing healthy before
	ids         []string                      // of its servers, in order
	places      map[string]place              // by server
	named       map[place]string              // the server of a place
	busy        map[string]*platforms.Process // what a server's requests are in flight at
}

func newWatchedEdge(s *scene, name string) *watchedEdge {
	e := &watchedEdge{
		Balancer: s.world.balancer(name), name: name, world: s.world, checked: s.hadChecks(name), unreachable: s.unreachable,
		broken: map[string]bool{}, places: map[string]place{}, named: map[place]string{}, busy: map[string]*platforms.Process{},
	}
	for _, v := range s.services {
		if v.balancer() == name {
			e.checked, e.revision = v.checked, v.revision(s.versions[v.release]).Name()
		}
	}
	for _, id := range e.servers() {
		v := e.Servers[id]
		e.broken[id] = v.Weight > 0 && !v.Drained && !e.healthy(e.process(id))
	}
	return e
}

// hadChecks says whether the service that a balancer served had health checks.
func (s *scene) hadChecks(edge string) bool {
	if s.former == nil {
		return false
	}
	for _, r := range s.former.Releases {
		for _, v := range r.Services {
			if (service{release: r.Name, name: v.Name}).balancer() == edge {
				return len(v.Checks) > 0
			}
		}
	}
	return false
}

// servers lists the servers in order. No operation both adds and removes some, so their
// number tells whether the list still holds.
func (e *watchedEdge) servers() []string {
	if len(e.ids) != len(e.Servers) {
		e.ids = slices.Sorted(maps.Keys(e.Servers))
		for _, id := range e.ids {
			e.places[id] = placeOf(id)
			e.named[e.places[id]] = id
		}
	}
	return e.ids
}

func (e *watchedEdge) process(id string) *platforms.Process { return e.world.process(e.places[id]) }

func (e *watchedEdge) healthy(p *platforms.Process) bool {
	return p != nil && (p.Healthy || !e.checked)
}

// check lets each server that gets requests have some in flight.
func (e *watchedEdge) check() error {
	if err := e.checkBusy(); err != nil {
		return err
	}
	for _, id := range e.servers() {
		if !routed(e.Balancer, e.Servers[id]) || e.unreachable[e.places[id].at] {
			continue
		}
		p := e.process(id)
		if e.healthy(p) {
			e.request(id, p)
			continue
		}
		if e.broken[id] && (p == nil || p.Revision != e.revision) {
			continue
		}
		return violated(unhealthyRouted, "%s sends requests to %s, weight %d, where %s", e.name, id, e.Servers[id].Weight, what(p))
	}
	return nil
}

func (e *watchedEdge) request(id string, p *platforms.Process) {
	if e.InFlight == nil {
		e.InFlight = map[string]int{}
	}
	e.InFlight[id], e.busy[id] = 2, p
}

func (e *watchedEdge) checkBusy() error {
	for id, p := range e.busy {
		if e.InFlight[id] == 0 {
			delete(e.busy, id)
			continue
		}
		if e.process(id) != p {
			return violated(busyStopped, "what %s leads to was stopped with %d requests in flight", id, e.InFlight[id])
		}
	}
	return nil
}

func what(p *platforms.Process) string {
	if p == nil {
		return "nothing runs"
	}
	return p.Revision + " runs and is not healthy"
}

// routes says whether requests go to a slot at a port.
func (e *watchedEdge) routes(p place) bool {
	e.servers()
	v, ok := e.Servers[e.named[p]]
	return ok && routed(e.Balancer, v)
}

// weight is what the server of a slot at a port has.
func (e *watchedEdge) weight(p place) int {
	e.servers()
	return e.Servers[e.named[p]].Weight
}
