package planner

import (
	"strconv"

	"rel/platform"
)

// Placement says where an instance runs: its target, and its port in each slot; a worker has
// none.
type Placement struct {
	Target string
	Ports  []Port
}

// Instances gives every instance that the world has.
func (w World) Instances() map[platform.Address]Placement {
	all := map[platform.Address]Placement{}
	targets := w.targets()
	for _, r := range w.Releases {
		for _, s := range r.Services {
			for n := range targets[s.Target].Keys {
				all[address(r.Name, s.Name, n)] = Placement{Target: s.Target, Ports: s.portsOf(n)}
			}
		}
	}
	return all
}

// BalancerOf is the name of the load balancer that a service is behind; empty where there is
// none, as for a worker.
func (w World) BalancerOf(s Service) string {
	for _, t := range w.Targets {
		if t.Name == s.Target && len(s.Ports) > 0 {
			return t.Balancer
		}
	}
	return ""
}

// WithStrategies is the world with the strategies that its releases have in another: a
// rollback goes by the strategy of what is live now.
func (w World) WithStrategies(of World) World {
	strategies := make(map[string]Strategy, len(of.Releases))
	for _, r := range of.Releases {
		strategies[r.Name] = r.Strategy
	}
	releases := make([]Release, len(w.Releases))
	copy(releases, w.Releases)
	for n, r := range releases {
		if s, ok := strategies[r.Name]; ok {
			releases[n].Strategy = s
		}
	}
	w.Releases = releases
	return w
}

// Versions are the versions of the world's releases, by name.
func (w World) Versions() map[string]string {
	versions := make(map[string]string, len(w.Releases))
	for _, r := range w.Releases {
		versions[r.Name] = r.Version
	}
	return versions
}

func (w World) targets() map[string]Target {
	targets := make(map[string]Target, len(w.Targets))
	for _, t := range w.Targets {
		targets[t.Name] = t
	}
	return targets
}

func (w World) balancers() map[string]Balancer {
	balancers := make(map[string]Balancer, len(w.Balancers))
	for _, b := range w.Balancers {
		balancers[b.Name] = b
	}
	return balancers
}

// address is that of the n-th instance, from 0, of a service.
func address(release, service string, n int) platform.Address {
	return platform.Address{Release: release, Service: service, Key: strconv.Itoa(n + 1)}
}

// portsOf are the ports of the n-th instance, from 0: instances share a local target's host,
// so each has its own.
func (s Service) portsOf(n int) []Port {
	if len(s.Ports) == 0 {
		return nil
	}
	ports := make([]Port, len(s.Ports))
	for k, p := range s.Ports {
		ports[k] = Port{Slot: p.Slot, Number: p.Number + n*len(s.Ports)}
	}
	return ports
}

// host is where the servers of a target's instances are reached.
func (t Target) host(key string) string {
	if t.Type == "local" {
		return "127.0.0.1"
	}
	return key
}
