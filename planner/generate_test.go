package planner

import (
	"fmt"
	"math/rand"
	"time"

	"rel/balancer"
	"rel/platform"
)

// generator makes environments, and what may have happened to them, out of chance.
type generator struct{ *rand.Rand }

func (g generator) chance(percent int) bool { return g.Intn(100) < percent }

// variant is a service as the generator sees it; the world is made of them.
type variant struct {
	name     string
	slots    int // 0: a worker
	balanced bool
	keys     int
	base     int // port
	after    string
}

// environment is what a world is made of.
type environment struct {
	services []variant
	strategy Strategy
	version  int
	bind     int
}

func (g generator) environment() environment {
	e := environment{strategy: g.strategy(), version: 1, bind: 80}
	for n := range 1 + g.Intn(3) {
		v := variant{name: fmt.Sprintf("s%d", n), slots: g.Intn(3), balanced: g.chance(85), keys: 1 + g.Intn(5), base: 1000 * (n + 1)}
		if n > 0 && g.chance(40) {
			v.after = fmt.Sprintf("s%d", g.Intn(n))
		}
		e.services = append(e.services, v)
	}
	return e
}

func (g generator) strategy() Strategy {
	ways := []string{wayRecreate, wayRolling, wayBlueGreen, wayCanary}
	steps := [][]int{{5, 25, 50}, {10}, {50}, {20, 75}, {90}}[g.Intn(5)]
	s := Strategy{Type: ways[g.Intn(4)], MaxParallel: Count{N: []int{1, 1, 2, 3}[g.Intn(4)]}, AutoRevert: g.chance(90), AutoPromote: g.chance(50),
		KeepReleases: 1 + g.Intn(3), KeepOld: platform.Duration(g.Intn(2)) * platform.Duration(time.Minute), MaxUnreachable: 1}
	if s.Type == wayCanary {
		for _, w := range steps {
			s.Steps = append(s.Steps, CanaryStep{Weight: w, Pause: platform.Duration(time.Minute), Hosts: []Count{{}, {}, {N: 1}, {N: 50, Percent: true}}[g.Intn(4)]})
		}
	}
	return s
}

// next is what the environment shall be after somebody changed its configuration.
func (g generator) next(e environment) environment {
	to := environment{services: append([]variant{}, e.services...), strategy: g.strategy(), version: e.version, bind: e.bind}
	if g.chance(80) {
		to.version = 1 + g.Intn(4)
	}
	if g.chance(5) {
		to.bind++
	}
	for n := range to.services {
		v := &to.services[n]
		if g.chance(15) {
			v.keys = 1 + g.Intn(5)
		}
		if g.chance(10) && v.slots > 0 {
			v.slots = 3 - v.slots
		}
		if g.chance(7) {
			v.base += 100
		}
		if g.chance(7) {
			v.balanced = !v.balanced
		}
	}
	if g.chance(10) && len(to.services) > 1 {
		to.services = to.services[:len(to.services)-1]
	}
	return to
}

func (e environment) world() World {
	w := World{Project: "p", Environment: "e", Revisions: map[string]platform.Revision{}}
	version := fmt.Sprintf("%d.0.0", e.version)
	r := Release{Name: "r", Version: version, Strategy: e.strategy, Artifact: Artifact{Bytes: 10,
		Artifact: platform.Artifact{Digest: fmt.Sprintf("sha256:%064d", e.version), Name: "a.tar.gz", Kind: "tar.gz"}}}
	for n, v := range e.services {
		t := Target{Name: "t-" + v.name, Type: "local", Keys: v.keys}
		if v.balanced && v.slots > 0 {
			t.Balancer = "b-" + v.name
			w.Balancers = append(w.Balancers, Balancer{Name: t.Balancer, Type: "embedded", Bind: fmt.Sprintf(":%d", e.bind+10*n)})
		}
		w.Targets = append(w.Targets, t)
		s := Service{Name: v.name, Target: t.Name}
		switch v.slots {
		case 1:
			s.Ports = []Port{{platform.Main, v.base}}
		case 2:
			s.Ports = []Port{{platform.Blue, v.base}, {platform.Green, v.base + 1}}
		}
		if v.after != "" {
			s.DependsOn = []string{v.after}
		}
		w.run(&r, &s)
		r.Services = append(r.Services, s)
	}
	w.Releases = []Release{r}
	return w
}

// disturb does to the hosts and load balancers what people and power cuts do.
func (g generator) disturb(u *universe, w World) {
	instances := w.Instances()
	for a, i := range sortedInstances(u.facts.Instances) {
		for _, name := range slotNames {
			s, there := i.Slots[name]
			if !there {
				continue
			}
			switch {
			case g.chance(5):
				s.Running = false
			case g.chance(3):
				s.Enabled = !s.Enabled
			case g.chance(3):
				s.Unit = "edited"
			case g.chance(2):
				s.Running = true
			}
			u.setSlot(a, name, s)
		}
		if g.chance(4) && instances[a].Target != "" && instancesOf(w, a) > 2 && !anyUnreachable(u, a) {
			u.facts.Instances[a] = platform.Instance{Unreachable: "no route to host"}
		}
	}
	for name, f := range sortedBalancers(u.facts.Balancers) {
		for _, id := range sortedKeys(f.Servers) {
			u.setServer(name, id, func(s *balancer.Server) {
				switch {
				case g.chance(4):
					s.Drained = true
				case g.chance(3):
					s.Weight = []int{0, 50, 100}[g.Intn(3)]
				case g.chance(2):
					s.Drained = false
				}
			})
		}
		if f.Setup != nil && g.chance(4) {
			down := *f.Setup
			down.Running = false
			f = u.facts.Balancers[name]
			f.Setup = &down
			u.facts.Balancers[name] = f
		}
	}
}

func instancesOf(w World, a platform.Address) (n int) {
	for o := range w.Instances() {
		if o.ServiceName() == a.ServiceName() {
			n++
		}
	}
	return n
}

func anyUnreachable(u *universe, a platform.Address) bool {
	for o, i := range u.facts.Instances {
		if o.ServiceName() == a.ServiceName() && i.Unreachable != "" {
			return true
		}
	}
	return false
}
