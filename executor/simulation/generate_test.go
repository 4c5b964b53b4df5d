package simulation

import (
	"fmt"
	"slices"
	"time"

	"rel/balancer"
	balancers "rel/balancer/simulated"
	"rel/planner"
	"rel/platform"
	platforms "rel/platform/simulated"
	"rel/state"
)

const (
	balancerVersion = "2" // what a balancer would run
	lineage         = "5f0c"
	editedUnit      = "edited" // the hash of a unit that rel did not write
)

// scene is what a case begins with: what shall be live, what is, and what rel remembers.
type scene struct {
	draw        draw
	mode        planner.Mode
	services    []service
	strategies  map[string]planner.Strategy // by release
	versions    map[string]string           // by release
	desired     planner.World
	former      *planner.World
	state       state.State
	world       *world
	unreachable map[platform.Address]bool
	sick        map[string]bool // revisions that were sick before
	spoil       func(*planner.Input)
	pruneFailed bool // the last deployment has left folders behind
}

// generate draws a scene.
func generate(seed uint64) *scene {
	d := newDraw(seed)
	s := &scene{
		draw: d, mode: planner.Normal, world: newWorld(), strategies: map[string]planner.Strategy{},
		versions: map[string]string{}, unreachable: map[platform.Address]bool{}, sick: map[string]bool{},
	}
	if d.chance(.15) {
		s.mode = planner.Rollback
	}
	keys := pick(d, 1, 2, 2, 3, 3, 4, 5)
	if keys > 2 && d.chance(.06) {
		s.loseOne(d.between(1, keys))
	}
	s.drawServices(keys)
	s.desired = compose(s.services, s.versions, s.strategies)
	s.drawFormer()
	for a := range s.unreachable {
		s.world.hosts.Host(a).Lost = true
	}
	return s
}

func (s *scene) drawServices(keys int) {
	d := s.draw
	n := pick(d, 1, 1, 1, 2, 3)
	releases := pick(d, 1, 1, 2)
	kind := pick(d, "recreate", "rolling", "blue_green", "canary")
	for i := range n {
		release := fmt.Sprintf("r%d", min(i*releases/n, releases-1))
		if _, ok := s.strategies[release]; !ok {
			s.versions[release] = "3.0.0"
			s.strategies[release] = drawStrategy(d, kind, len(s.unreachable))
			kind = pick(d, kind, "recreate", "rolling", "blue_green", "canary")
		}
		s.services = append(s.services, s.drawService(release, i, keys))
	}
}

func (s *scene) drawService(release string, i, keys int) service {
	d := s.draw
	v := service{release: release, name: fmt.Sprintf("s%d", i), keys: keys, checked: d.chance(.85)}
	if d.chance(.3) {
		v.keys = d.between(1, keys)
	}
	if slots := pick(d, 2, 2, 1, 0); slots > 0 {
		v.ports = portsFrom(8000+100*i, slots)
		v.balanced = d.chance(.85)
	}
	if i > 0 && s.services[i-1].release == release && d.chance(.4) {
		v.dependsOn = []string{s.services[i-1].name}
	}
	return v
}

// loseOne has the hosts with a key not answer from before the plan on.
func (s *scene) loseOne(key int) {
	for i := range 3 {
		for r := range 2 {
			s.unreachable[platform.Address{Release: fmt.Sprintf("r%d", r), Service: fmt.Sprintf("s%d", i), Key: fmt.Sprint(key)}] = true
		}
	}
}

func drawStrategy(d draw, kind string, unreachable int) planner.Strategy {
	s := planner.Strategy{
		Type: kind, Name: kind,
		MaxParallel:     pick(d, planner.Count{N: 1}, planner.Count{N: 1}, planner.Count{N: 2}, planner.Count{N: 3}, planner.Count{N: 50, Percent: true}),
		MinHealthyTime:  platform.Duration(pick(d, 0, 2*time.Second)),
		HealthyDeadline: platform.Duration(30 * time.Second),
		DrainTimeout:    platform.Duration(30 * time.Second),
		KeepOld:         platform.Duration(pick(d, 0, 15*time.Minute)),
		AutoRevert:      d.chance(.95), AutoPromote: d.chance(.5),
		KeepReleases: pick(d, 1, 2, 5),
	}
	if unreachable > 0 {
		s.MaxUnreachable = 1
	}
	if kind == "canary" {
		s.Steps = drawCanary(d)
	}
	return s
}

func drawCanary(d draw) []planner.CanaryStep {
	var steps []planner.CanaryStep
	hosts := pick(d, planner.Count{}, planner.Count{}, planner.Count{N: 1}, planner.Count{N: 50, Percent: true})
	for _, weight := range pick(d, []int{5, 25, 50}, []int{10}, []int{50}, []int{20, 75}, []int{90}) {
		steps = append(steps, planner.CanaryStep{Weight: weight, Hosts: hosts, Pause: platform.Duration(5 * time.Minute)})
		if d.chance(.5) {
			hosts = planner.Count{}
		}
	}
	return steps
}

// drawFormer draws what is live: mostly version 2.0.0 as rel left it, with some damage.
func (s *scene) drawFormer() {
	d := s.draw
	var was []service
	var damage []func()
	versions, strategies := map[string]string{}, map[string]planner.Strategy{}
	for _, v := range s.services {
		if d.chance(.12) {
			continue // it is new
		}
		f := s.drawFormerService(v, &damage)
		was = append(was, f)
		versions[v.release], strategies[v.release] = "2.0.0", s.strategies[v.release]
	}
	if d.chance(.15) {
		was = append(was, s.drawGone())
		versions["r9"], strategies["r9"] = "1.0.0", planner.Strategy{Type: "rolling", MaxParallel: planner.Count{N: 1}}
	}
	s.state = state.State{}
	if len(was) > 0 {
		s.remember(was, versions, strategies)
	}
	for _, f := range damage {
		f()
	}
	s.drawSick(was)
}

// remember has rel know what is live as the work of deployment 2.
func (s *scene) remember(was []service, versions map[string]string, strategies map[string]planner.Strategy) {
	former := compose(was, versions, strategies)
	s.former = &former
	instances, all := s.world.recorded()
	if len(all) == 0 {
		all = nil // as it is read back
	}
	if len(instances) == 0 {
		instances = nil
	}
	s.state = state.State{
		FormatVersion: state.FormatVersion, Lineage: lineage, Serial: 4, Project: former.Project, Environment: former.Environment,
		Deployment: 2, Live: 2, Instances: instances, Balancers: all, Releases: map[string]state.Release{},
	}
	for name, version := range versions {
		s.state.Releases[name] = state.Release{Deployment: 2, Version: version}
	}
}

// drawFormerService draws how a service was laid out and what runs on its hosts.
func (s *scene) drawFormerService(v service, damage *[]func()) service {
	d := s.draw
	f := v
	if len(v.ports) > 0 && d.chance(.07) {
		f.ports = portsFrom(v.ports[0].Number, 3-len(v.ports))
	}
	if len(f.ports) > 0 && d.chance(.07) {
		f.ports = portsFrom(f.ports[0].Number+50, len(f.ports))
	}
	if d.chance(.12) {
		f.keys++ // an instance that is to go
	}
	if v.balanced && d.chance(.04) {
		f.balanced = false // it gets its balancer now
	}
	same := d.chance(.1)
	if f.balanced {
		s.balance(f)
	}
	for key := 1; key <= f.keys; key++ {
		if f.keys > 1 && d.chance(.08) {
			continue // a new host
		}
		version := "2.0.0"
		if same || d.chance(.05) {
			version = "3.0.0"
		}
		s.drawHost(f, key, version, damage)
	}
	return f
}

// balance sets the service's balancer up.
func (s *scene) balance(f service) {
	d := s.draw
	b := s.world.balancer(f.balancer())
	b.OneByOne = d.chance(.5)
	b.Setup = &balancer.Setup{Bind: bind(f), Backend: f.full(), Version: balancerVersion, Running: true}
	b.Servers = map[string]balancer.Server{}
	if d.chance(.05) {
		b.Setup.Version = "1"
	}
}

// drawHost draws one instance: its slots, and its servers.
func (s *scene) drawHost(f service, key int, version string, damage *[]func()) {
	d := s.draw
	a := f.address(key)
	h := s.world.hosts.Host(a)
	names := f.slots()
	live := pick(d, names...)
	run(h, live, s.stage(h, f, version), f.port(key, live))
	for _, slot := range names {
		if slot == live {
			continue
		}
		if old := pick(d, "", "1.0.0", "1.0.0", "3.0.0"); old != "" {
			fill(h, slot, s.stage(h, f, old), f.port(key, slot))
		}
	}
	if f.balanced {
		s.serve(f, key, live)
	}
	s.drawDamage(f, key, live, damage)
}

// drawDamage draws what happened to an instance since rel left it.
func (s *scene) drawDamage(f service, key int, live string, damage *[]func()) {
	d := s.draw
	may := func(p float64, what func()) {
		if d.chance(p) {
			*damage = append(*damage, what)
		}
	}
	h := s.world.hosts.Host(f.address(key))
	slot := h.Slot(live)
	may(.05, func() { slot.Process = nil })                      // crashed
	may(.02, func() { slot.Process, slot.Enabled = nil, false }) // stopped by hand
	may(.03, func() { slot.Enabled = false })                    // not started again at boot
	may(.02, func() { edit(slot) })
	may(.01, func() { *slot = platforms.Slot{Unit: slot.Unit} }) // half removed
	for _, idle := range f.slots() {
		if other := h.Slot(idle); idle != live && other.Revision != "" {
			may(.03, func() { run(h, idle, other.Revision, other.Port) }) // started by hand
		}
	}
	if f.balanced {
		s.drawServerDamage(f, key, live, may)
	}
}

// drawServerDamage draws what happened to an instance's servers.
func (s *scene) drawServerDamage(f service, key int, live string, may func(float64, func())) {
	b := s.world.balancer(f.balancer())
	for _, slot := range f.slots() {
		id := balancer.ServerID(f.address(key), slot, f.port(key, slot))
		may(.03, func() { change(b, id, func(v *balancer.Server) { v.Drained = !v.Drained }) })
		may(.02, func() { change(b, id, func(v *balancer.Server) { v.Weight = pick(s.draw, 0, 40, 100) }) })
		may(.02, func() { delete(b.Servers, id) })
	}
	may(.02, func() { b.Setup.Running = false })
}

// edit has somebody else's unit run in a slot.
func edit(s *platforms.Slot) {
	s.Unit = editedUnit
	if s.Process != nil {
		s.Process.Unit = editedUnit
	}
}

func change(b *balancers.Balancer, id string, f func(*balancer.Server)) {
	if v, ok := b.Servers[id]; ok {
		f(&v)
		b.Servers[id] = v
	}
}

// serve adds an instance's servers as they are at rest.
func (s *scene) serve(f service, key int, live string) {
	b := s.world.balancer(f.balancer())
	for _, slot := range f.slots() {
		port := f.port(key, slot)
		v := balancer.Server{Address: fmt.Sprintf("127.0.0.1:%d", port)}
		if slot == live {
			v.Weight = 100
		} else {
			v.Drained = true
		}
		b.Servers[balancer.ServerID(f.address(key), slot, port)] = v
	}
}

// stage puts the revision of a version on a host and names it.
func (s *scene) stage(h *platforms.Host, f service, version string) string {
	name := f.revision(version).Name()
	if !slices.Contains(h.Staged, name) {
		h.Staged = append(h.Staged, name)
	}
	return name
}

// fill points a slot at a revision that does not run.
func fill(h *platforms.Host, slot, revision string, port int) *platforms.Slot {
	v := h.Slot(slot)
	v.Revision, v.Port, v.Unit = revision, port, platforms.Unit(slot, revision, port)
	return v
}

// run has a slot run a revision, healthy.
func run(h *platforms.Host, slot, revision string, port int) {
	v := fill(h, slot, revision, port)
	v.Enabled = true
	v.Process = &platforms.Process{Revision: revision, Unit: v.Unit, Port: port, Healthy: true, Checks: 9}
}

// drawGone draws a service that is no longer in the configuration.
func (s *scene) drawGone() service {
	d := s.draw
	f := service{release: "r9", name: "s9", keys: 1, checked: true}
	if d.chance(.7) {
		f.ports = portsFrom(8900, pick(d, 1, 2))
		f.balanced = d.chance(.7)
	}
	if f.balanced {
		s.balance(f)
	}
	var damage []func()
	s.drawHost(f, 1, "1.0.0", &damage)
	return f
}

// drawSick has some service's version 2.0.0 fail its checks since before the deployment,
// where nothing else of it runs.
func (s *scene) drawSick(was []service) {
	for _, f := range was {
		if !f.checked || !s.draw.chance(.05) {
			continue
		}
		revision := f.revision("2.0.0").Name()
		all := s.processes(f)
		for _, p := range all {
			if p.Revision != revision {
				return
			}
		}
		s.sick[revision] = true
		for _, p := range all {
			p.Healthy = false
		}
	}
}

func (s *scene) processes(f service) []*platforms.Process {
	var all []*platforms.Process
	for _, a := range f.addresses() {
		for _, slot := range s.world.hosts.Host(a).Slots {
			if slot.Process != nil {
				all = append(all, slot.Process)
			}
		}
	}
	return all
}
