package planner

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"rel/balancer"
	"rel/platform"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func sortedInstances(m map[platform.Address]platform.Instance) iter.Seq2[platform.Address, platform.Instance] {
	return func(yield func(platform.Address, platform.Instance) bool) {
		for _, a := range slices.SortedFunc(maps.Keys(m), platform.CompareAddresses) {
			if !yield(a, m[a]) {
				return
			}
		}
	}
}

func sortedBalancers(m map[string]balancer.Facts) iter.Seq2[string, balancer.Facts] {
	return func(yield func(string, balancer.Facts) bool) {
		for _, name := range sortedKeys(m) {
			if !yield(name, m[name]) {
				return
			}
		}
	}
}

// run is one deployment, watched: after every step the promises of the strategies must hold.
type run struct {
	u         *universe
	plan      *Plan
	in        Input
	unhealthy map[string]bool           // ADDRESS/SLOT, from its start until its check
	broken    map[string]bool           // servers to which requests failed already before
	serving   map[platform.Address]bool // instances in traffic before
	paused    map[string]int
	mixed     map[string]bool // services of which the wanted revision ran already
	balanced  map[string]bool // services that are, or shall be, behind a load balancer
}

func newRun(u *universe, in Input, p *Plan) *run {
	r := &run{u: u, plan: p, in: in, unhealthy: map[string]bool{}, broken: map[string]bool{}, serving: map[platform.Address]bool{}, paused: map[string]int{}, balanced: map[string]bool{}, mixed: map[string]bool{}}
	for _, rel := range p.World.Releases {
		for _, s := range rel.Services {
			for a, i := range u.facts.Instances {
				for _, slot := range i.Slots {
					r.mixed[s.Name] = r.mixed[s.Name] || a.Service == s.Name && slot.Running && slot.Revision == s.Revision
				}
			}
			r.balanced[rel.Name+"."+s.Name] = len(s.Ports) > 0 && p.World.targets()[s.Target].Balancer != ""
		}
	}
	r.eachServer(func(name, id string, s balancer.Server, a platform.Address, slot string, port int) {
		if routed(s) && !r.serves(a, slot, port) {
			r.broken[name+"/"+id] = true
		}
	})
	for a := range u.facts.Instances {
		r.serving[a] = r.inTraffic(a)
	}
	return r
}

func routed(s balancer.Server) bool { return s.Weight > 0 && !s.Drained }

func (r *run) serves(a platform.Address, slot string, port int) bool {
	s := r.u.facts.Instances[a].Slots[slot]
	return s.Running && s.Port == port && !r.unhealthy[a.String()+"/"+slot]
}

func (r *run) eachServer(f func(name, id string, s balancer.Server, a platform.Address, slot string, port int)) {
	for name, facts := range sortedBalancers(r.u.facts.Balancers) {
		for _, id := range sortedKeys(facts.Servers) {
			var port int
			cut := strings.LastIndex(id, "/")
			a, err := platform.ParseAddress(id[:cut])
			if err != nil {
				panic(err)
			}
			slot, number, _ := strings.Cut(id[cut+1:], ":")
			fmt.Sscan(number, &port)
			f(name, id, facts.Servers[id], a, slot, port)
		}
	}
}

// inTraffic says that requests reach the instance and are answered.
func (r *run) inTraffic(a platform.Address) bool {
	in := false
	r.eachServer(func(_, _ string, s balancer.Server, of platform.Address, slot string, port int) {
		in = in || of == a && routed(s) && r.serves(a, slot, port)
	})
	if r.balanced[a.ServiceName()] {
		return in
	}
	for slot, s := range r.u.facts.Instances[a].Slots {
		if s.Running && !r.unhealthy[a.String()+"/"+slot] {
			return true
		}
	}
	return false
}

// do runs a step and says which promise it broke.
func (r *run) do(s *Step) error {
	if err := r.drainedFirst(s); err != nil {
		return err
	}
	r.u.do(s)
	switch a := s.Args.(type) {
	case *Activate:
		r.unhealthy[a.Instance.String()+"/"+a.Slot] = true
	case *Check:
		delete(r.unhealthy, a.Instance.String()+"/"+a.Slot)
	case *Pause:
		if a.Reason == "canary" {
			r.paused[s.Address]++
		}
	}
	return r.holds()
}

// drainedFirst: no slot that runs is stopped or started anew before its requests ended.
func (r *run) drainedFirst(s *Step) error {
	switch a := s.Args.(type) {
	case *Activate:
		return r.drained(a.Instance, a.Slot)
	case *Stop:
		return r.drained(a.Instance, a.Slot)
	}
	return nil
}

func (r *run) drained(a platform.Address, slot string) (err error) {
	now := r.u.facts.Instances[a].Slots[slot]
	r.eachServer(func(name, id string, s balancer.Server, of platform.Address, at string, port int) {
		if of == a && at == slot && port == now.Port && now.Running && !s.Drained {
			err = fmt.Errorf("%s is stopped before it is drained at %s", id, name)
		}
	})
	return err
}

func (r *run) holds() error {
	return errors.Join(r.answers(), r.capacity(), r.apart(), r.share())
}

// answers: no request reaches a slot that is not there and healthy.
func (r *run) answers() (err error) {
	r.eachServer(func(name, id string, s balancer.Server, a platform.Address, slot string, port int) {
		if routed(s) && !r.serves(a, slot, port) && !r.broken[name+"/"+id] && r.u.facts.Instances[a].Unreachable == "" {
			err = fmt.Errorf("requests reach %s at %s, which does not serve", id, name)
		}
	})
	return err
}

// each service of the plan's world that was live before, unless it is recreated.
func (r *run) kept(f func(rel *Release, s *Service, instances []platform.Address) error) error {
	for n := range r.plan.World.Releases {
		rel := &r.plan.World.Releases[n]
		for k := range rel.Services {
			var all []platform.Address
			for number := range r.plan.World.targets()[rel.Services[k].Target].Keys {
				all = append(all, address(rel.Name, rel.Services[k].Name, number))
			}
			if err := f(rel, &rel.Services[k], all); err != nil {
				return err
			}
		}
	}
	return nil
}

// capacity: one slot: no more than max_parallel out of traffic; two: none.
func (r *run) capacity() error {
	return r.kept(func(rel *Release, s *Service, instances []platform.Address) error {
		if rel.Strategy.Type == wayRecreate {
			return nil
		}
		limit, before, out, silent := 0, 0, 0, 0
		for _, a := range instances {
			i, isThere := r.u.facts.Instances[a], len(r.in.State.Instances[a].Slots) > 0
			switch in := r.inTraffic(a); {
			case i.Unreachable != "":
				silent++
			case r.serving[a] && !in:
				out++
			case !r.serving[a] && isThere:
				before++
				if !in {
					out++
				}
			}
		}
		if len(s.Ports) < 2 {
			limit = max(rel.Strategy.MaxParallel.of(len(instances))-silent, 0)
		}
		if limit = max(limit, before); out > limit {
			return fmt.Errorf("%d of %s are out of traffic, %d may be", out, s.Name, limit)
		}
		return nil
	})
}

// apart: where a service is recreated, old and new never run together.
func (r *run) apart() error {
	return r.kept(func(rel *Release, s *Service, instances []platform.Address) error {
		if rel.Strategy.Type != wayRecreate || r.mixed[s.Name] {
			return nil
		}
		running := map[string]bool{}
		for _, a := range instances {
			for _, slot := range r.u.facts.Instances[a].Slots {
				running[slot.Revision] = running[slot.Revision] || slot.Running
			}
		}
		delete(running, "")
		for revision, runs := range running {
			if runs && revision != s.Revision && running[s.Revision] {
				return fmt.Errorf("%s runs %s beside %s", s.Name, revision, s.Revision)
			}
		}
		return nil
	})
}

// share: a canary never gets more than its step says, where all instances were in traffic.
func (r *run) share() error {
	return r.kept(func(rel *Release, s *Service, instances []platform.Address) error {
		steps := rel.Strategy.Steps
		k := r.paused["r."+s.Name]
		if rel.Strategy.Type != wayCanary || r.in.Mode == Rollback || k >= len(steps) || len(s.Ports) == 0 {
			return nil
		}
		var fresh, old int
		for _, a := range instances {
			if !r.serving[a] {
				return nil
			}
			for _, slot := range r.in.State.Instances[a].Slots {
				if slot.Running && slot.Revision == s.Revision {
					return nil
				}
			}
		}
		r.eachServer(func(_, _ string, server balancer.Server, a platform.Address, slot string, _ int) {
			if a.Service != s.Name || !slices.Contains(instances, a) || !routed(server) {
				return
			}
			if r.u.facts.Instances[a].Slots[slot].Revision == s.Revision {
				fresh += server.Weight
			} else {
				old += server.Weight
			}
		})
		if 100*fresh > steps[k].Weight*(fresh+old) {
			return fmt.Errorf("%s: the canary gets %d of %d, %d%% are allowed", s.Name, fresh, fresh+old, steps[k].Weight)
		}
		return nil
	})
}

// anyOrder runs steps in a random order that keeps their needs, at most n of them, and gives
// those that ran.
func (r *run) anyOrder(g generator, n int) ([]*Step, error) {
	waiting, next := map[string]int{}, map[string][]*Step{}
	var ready, ran []*Step
	for k := range r.plan.Steps {
		s := &r.plan.Steps[k]
		waiting[s.ID] = len(s.Needs)
		for _, id := range s.Needs {
			next[id] = append(next[id], s)
		}
		if len(s.Needs) == 0 {
			ready = append(ready, s)
		}
	}
	for len(ready) > 0 && len(ran) < n {
		k := g.Intn(len(ready))
		s := ready[k]
		ready = slices.Delete(ready, k, k+1)
		if err := r.do(s); err != nil {
			return ran, fmt.Errorf("after %s: %w", s.ID, err)
		}
		ran = append(ran, s)
		for _, after := range next[s.ID] {
			if waiting[after.ID]--; waiting[after.ID] == 0 {
				ready = append(ready, after)
			}
		}
	}
	return ran, nil
}

// scenario is one deployment in a world that has seen some, and has been disturbed.
func scenario(t *testing.T, seed int64) (generator, *universe, Input, *Plan) {
	g := generator{rand.New(rand.NewSource(seed))}
	u, e := newUniverse(), g.environment()
	for range g.Intn(4) {
		if p, err := Compute(u.input(e.world())); err == nil {
			u.apply(p)
		}
		e = g.next(e)
	}
	if g.chance(50) {
		g.disturb(u, e.world())
	}
	in := u.input(e.world())
	if g.chance(15) {
		in.Mode = Rollback
	}
	p, err := Compute(in)
	if refusal := new(Refusal); errors.As(err, &refusal) {
		return g, u, in, nil
	}
	require.NoError(t, err, "seed %d", seed)
	return g, u, in, p
}

const seeds = 800

// In whatever order the steps run, the promises of the strategies hold after each of them;
// then the world is as it shall be, and a second plan has nothing to do.
func TestStepsInAnyOrderKeepThePromises(t *testing.T) {
	refused := 0
	for seed := range int64(seeds) {
		g, u, in, p := scenario(t, seed)
		if p == nil {
			refused++
			continue
		}
		require.NoError(t, p.Validate(), "seed %d", seed)
		r := newRun(u, in, p)
		ran, err := r.anyOrder(g, len(p.Steps))
		require.NoError(t, err, "seed %d, %s", seed, describe(p))
		require.Len(t, ran, len(p.Steps))
		require.NoError(t, u.atRest(p.World), "seed %d, %s", seed, describe(p))
		u.record(p)
		again := u.input(p.World)
		again.Mode = in.Mode
		second, err := Compute(again)
		require.NoError(t, err, "seed %d, %s", seed, describe(p))
		require.Empty(t, ids(second), "seed %d: second plan, %v, after %s", seed, second.Changes, describe(p))
	}
	require.Less(t, refused, seeds/2, "most scenarios must lead to a plan")
}

func ids(p *Plan) (list []string) {
	for _, s := range p.Steps {
		list = append(list, s.ID)
	}
	return list
}

// describe says enough of a plan to see what went wrong.
func describe(p *Plan) string {
	var b strings.Builder
	for _, c := range p.Changes {
		fmt.Fprintln(&b, c.Address, c.Action, c.FromSlot, c.From, c.ToSlot, c.To, c.Reasons)
	}
	fmt.Fprintln(&b, p.World.Releases[0].Strategy)
	b.WriteString(render(p))
	return b.String()
}
