package simulation

import (
	"fmt"
	"time"

	"rel/planner"
	"rel/platform"
)

// service is a service of the simulated environment. It has a target of its own, and a
// balancer of its own if it has one.
type service struct {
	release, name string
	keys          int            // how many instances
	ports         []planner.Port // none: a worker
	balanced      bool
	checked       bool // it has health checks
	dependsOn     []string
}

func (s service) full() string     { return s.release + "." + s.name }
func (s service) target() string   { return "hosts-" + s.full() }
func (s service) balancer() string { return "edge-" + s.full() }

func (s service) address(key int) platform.Address {
	return platform.Address{Release: s.release, Service: s.name, Key: fmt.Sprint(key)}
}

func (s service) addresses() []platform.Address {
	var all []platform.Address
	for key := 1; key <= s.keys; key++ {
		all = append(all, s.address(key))
	}
	return all
}

// slots names the service's slots.
func (s service) slots() []string {
	if len(s.ports) == 0 {
		return []string{platform.Main}
	}
	var names []string
	for _, p := range s.ports {
		names = append(names, p.Slot)
	}
	return names
}

// port is what an instance listens on in a slot; 0: nothing.
func (s service) port(key int, slot string) int {
	for _, p := range s.ports {
		if p.Slot == slot {
			return p.Number + (key-1)*len(s.ports)
		}
	}
	return 0
}

// portsFrom gives ports from a number on: two slots, or one.
func portsFrom(number, slots int) []planner.Port {
	if slots == 2 {
		return []planner.Port{{Slot: platform.Blue, Number: number}, {Slot: platform.Green, Number: number + 1}}
	}
	return []planner.Port{{Slot: platform.Main, Number: number}}
}

// revision is what the service runs at a version.
func (s service) revision(version string) platform.Revision {
	return platform.Revision{
		Release: s.release, Service: s.name, Version: version,
		Artifact:   platform.Artifact{Digest: "sha256:" + platform.Hash(s.release+version), Name: s.release + ".tar.gz", Kind: "tar.gz"},
		Command:    []string{"./" + s.name, "--port", "${port}"},
		StopSignal: "SIGTERM", StopTimeout: platform.Duration(10 * time.Second),
	}
}

// compose makes the world of services whose releases have versions and strategies.
func compose(services []service, versions map[string]string, strategies map[string]planner.Strategy) planner.World {
	w := planner.World{Project: "simulation", Environment: "test", Revisions: map[string]platform.Revision{}}
	for _, s := range services {
		w.Targets = append(w.Targets, s.asTarget())
		if s.balanced {
			w.Balancers = append(w.Balancers, planner.Balancer{Name: s.balancer(), Type: "embedded", Bind: bind(s)})
		}
		r := s.revision(versions[s.release])
		w.Revisions[r.Name()] = r
		last := len(w.Releases) - 1
		if last < 0 || w.Releases[last].Name != s.release {
			w.Releases = append(w.Releases, asRelease(s, versions[s.release], strategies[s.release], last))
			last++
		}
		w.Releases[last].Services = append(w.Releases[last].Services, s.asService(r.Name()))
	}
	return w
}

func (s service) asTarget() planner.Target {
	t := planner.Target{Name: s.target(), Type: "local", Keys: s.keys}
	if s.balanced {
		t.Balancer = s.balancer()
	}
	return t
}

// asRelease makes a release that depends on the one before it.
func asRelease(s service, version string, strategy planner.Strategy, before int) planner.Release {
	r := planner.Release{
		Name: s.release, Version: version, Strategy: strategy,
		Artifact: planner.Artifact{Artifact: s.revision(version).Artifact, Source: "https://example.com/" + s.release, Bytes: 1 << 20},
	}
	if before >= 0 {
		r.DependsOn = []string{fmt.Sprintf("r%d", before)}
	}
	return r
}

func (s service) asService(revision string) planner.Service {
	v := planner.Service{Name: s.name, Target: s.target(), Revision: revision, Ports: s.ports, DependsOn: s.dependsOn}
	if s.checked {
		v.Checks = []platform.HealthCheck{{
			Type: "http", Port: "${port}", Path: "/health", ExpectStatus: 200,
			Interval: platform.Duration(time.Second), Timeout: platform.Duration(time.Second), Successes: 2, Failures: 3,
		}}
	}
	return v
}

func bind(s service) string { return "127.0.0.1:80" + s.release[1:] + s.name[1:] }
