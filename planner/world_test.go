package planner

import (
	"fmt"
	"time"

	"rel/balancer"
	"rel/platform"
	"rel/state"
)

// layout is a small environment, as tests describe it: one release "shop".
type layout struct {
	way       string
	slots     int // of web: 0 (a worker), 1, 2
	balanced  bool
	instances int
	version   string
	worker    bool // a second service without a port
	change    func(*World)
}

// world is the environment that a layout describes.
func (l layout) world() World {
	w := World{Project: "shop", Environment: "production", Revisions: map[string]platform.Revision{},
		Targets: []Target{{Name: "web", Type: "local", Keys: l.instances}}}
	if l.balanced {
		w.Balancers = []Balancer{{Name: "edge", Type: "embedded", Bind: "127.0.0.1:8080"}}
		w.Targets[0].Balancer = "edge"
	}
	r := Release{Name: "shop", Version: l.version, Source: "releases.rel.hcl:41", Strategy: l.strategy(),
		Artifact: Artifact{Artifact: platform.Artifact{Digest: "sha256:" + fmt.Sprintf("%064s", l.version), Name: "shop.tar.gz", Kind: "tar.gz"},
			Source: "shop-" + l.version + ".tar.gz", Bytes: 1000}}
	web := Service{Name: "web", Target: "web", Checks: []platform.HealthCheck{{Type: "http", Path: "/health"}}}
	switch l.slots {
	case 1:
		web.Ports = []Port{{platform.Main, 9000}}
	case 2:
		web.Ports = []Port{{platform.Blue, 9000}, {platform.Green, 9001}}
	}
	r.Services = []Service{web}
	if l.worker {
		w.Targets = append([]Target{{Name: "jobs", Type: "local", Keys: 1}}, w.Targets...)
		r.Services = append(r.Services, Service{Name: "worker", Target: "jobs", DependsOn: []string{"web"}})
	}
	for n := range r.Services {
		w.run(&r, &r.Services[n])
	}
	w.Releases = []Release{r}
	if l.change != nil {
		l.change(&w)
	}
	return w
}

// run gives a service its revision.
func (w *World) run(r *Release, s *Service) {
	revision := platform.Revision{Release: r.Name, Service: s.Name, Version: r.Version, Artifact: r.Artifact.Artifact,
		Command: []string{"bin/shop", s.Name}, StopSignal: "SIGTERM", StopTimeout: platform.Duration(30 * time.Second)}
	s.Revision = revision.Name()
	w.Revisions[s.Revision] = revision
}

func (l layout) strategy() Strategy {
	s := Strategy{Type: l.way, MaxParallel: Count{N: 1}, MinHealthyTime: platform.Duration(10 * time.Second),
		HealthyDeadline: platform.Duration(5 * time.Minute), DrainTimeout: platform.Duration(30 * time.Second),
		AutoRevert: true, AutoPromote: true, KeepReleases: 5}
	if l.way == wayCanary {
		s.Steps = []CanaryStep{{Weight: 5, Pause: platform.Duration(5 * time.Minute)}, {Weight: 50, Pause: platform.Duration(10 * time.Minute)}}
	}
	return s
}

// universe is a whole world in memory: what is on the hosts and in the load balancers, and
// what rel recorded.
type universe struct {
	facts  Facts
	state  state.State
	former *World
}

func newUniverse() *universe {
	return &universe{facts: Facts{Instances: map[platform.Address]platform.Instance{}, Balancers: map[string]balancer.Facts{}}}
}

func (u *universe) input(w World) Input {
	for _, b := range w.Balancers {
		f := u.facts.Balancers[b.Name]
		f.Available = "1"
		u.facts.Balancers[b.Name] = f
	}
	return Input{Mode: Normal, World: w, Former: u.former, State: u.state, Facts: u.facts, Observed: true}
}

// deployed is the universe after the worlds were deployed one after another.
func deployed(worlds ...World) *universe {
	u := newUniverse()
	for _, w := range worlds {
		p, err := Compute(u.input(w))
		if err != nil {
			panic(err)
		}
		u.apply(p)
	}
	return u
}

// apply runs a plan's steps in the order of the file, and records what is live then.
func (u *universe) apply(p *Plan) {
	for n := range p.Steps {
		u.do(&p.Steps[n])
	}
	u.record(p)
}

// record keeps what rel remembers after a deployment has succeeded.
func (u *universe) record(p *Plan) {
	former := u.state.Instances
	u.former = &p.World
	u.state = state.State{Instances: map[platform.Address]state.Instance{}, Balancers: map[string]state.Balancer{}}
	for a, i := range u.facts.Instances {
		if was, left := former[a]; left && i.Unreachable != "" {
			u.state.Instances[a] = was
		}
		if len(i.Slots) == 0 {
			continue
		}
		left := state.Instance{Slots: map[string]platform.Slot{}, Fingerprint: i.Fingerprint()}
		for name, s := range i.Slots {
			left.Slots[name] = s
			if s.Running {
				left.Live = name
			}
		}
		u.state.Instances[a] = left
	}
	for name, f := range u.facts.Balancers {
		if f.Setup == nil {
			continue
		}
		left := state.Balancer{Setup: f.Setup, Servers: map[string]balancer.Server{}}
		for id, s := range f.Servers {
			left.Servers[id] = s
		}
		u.state.Balancers[name] = left
	}
}
