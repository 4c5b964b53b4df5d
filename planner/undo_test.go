package planner

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"rel/balancer"
	"rel/platform"
)

// undo puts back what a step changed, by the value that the plan holds.
func (r *run) undo(s *Step) error {
	switch u := s.Undo; {
	case u.Unstage != nil:
		i := r.u.facts.Instances[u.Unstage.Instance]
		i.Staged = slices.DeleteFunc(slices.Clone(i.Staged), func(name string) bool { return name == u.Unstage.Revision })
		r.u.facts.Instances[u.Unstage.Instance] = i
	case u.Slot != nil:
		if r.u.facts.Instances[u.Slot.Instance].Slots[u.Slot.Slot] == u.Slot.Before {
			return nil
		}
		if err := r.drained(u.Slot.Instance, u.Slot.Slot); err != nil {
			return err
		}
		r.u.setSlot(u.Slot.Instance, u.Slot.Slot, u.Slot.Before)
		delete(r.unhealthy, u.Slot.Instance.String()+"/"+u.Slot.Slot) // it is waited for
	case u.Flag != nil:
		r.u.setServer(u.Flag.Balancer, u.Flag.Server, func(s *balancer.Server) { s.Drained = u.Flag.Drained })
	case u.Weights != nil:
		for id, weight := range u.Weights.Weights {
			r.u.setServer(u.Weights.Balancer, id, func(s *balancer.Server) { s.Weight = weight })
		}
	case u.Balancer != nil:
		return r.restore(u.Balancer)
	}
	return nil
}

func (r *run) restore(to *RestoreBalancer) error {
	f := r.u.facts.Balancers[to.Balancer]
	f.Setup = to.Setup
	for id, s := range f.Servers {
		if _, stays := to.Servers[id]; stays {
			continue
		}
		if !s.Drained {
			return fmt.Errorf("%s would go before it is drained", id)
		}
		delete(f.Servers, id)
	}
	for id, s := range to.Servers {
		if _, stands := f.Servers[id]; !stands {
			s.Drained = true
			f.Servers[id] = s
		}
	}
	r.u.facts.Balancers[to.Balancer] = f
	return nil
}

// undoAll undoes the steps that ran, in a random order in which each comes after all that
// need it.
func (r *run) undoAll(g generator, ran []*Step) error {
	waiting := map[string]int{}
	byID := map[string]*Step{}
	for _, s := range ran {
		byID[s.ID] = s
		for _, id := range s.Needs {
			waiting[id]++
		}
	}
	ready := slices.DeleteFunc(slices.Clone(ran), func(s *Step) bool { return waiting[s.ID] > 0 })
	for len(ready) > 0 {
		k := g.Intn(len(ready))
		s := ready[k]
		ready = slices.Delete(ready, k, k+1)
		if err := r.undo(s); err != nil {
			return fmt.Errorf("undoing %s: %w", s.ID, err)
		}
		if err := r.holds(); err != nil {
			return fmt.Errorf("after undoing %s: %w", s.ID, err)
		}
		for _, id := range s.Needs {
			if waiting[id]--; waiting[id] == 0 {
				ready = append(ready, byID[id])
			}
		}
	}
	return nil
}

// snapshot is a copy of all that an undo must bring back.
func (u *universe) snapshot() Facts {
	f := Facts{Instances: map[platform.Address]platform.Instance{}, Balancers: map[string]balancer.Facts{}}
	for a, i := range u.facts.Instances {
		i.Slots, i.Staged = maps.Clone(i.Slots), slices.Sorted(slices.Values(i.Staged))
		if len(i.Slots)+len(i.Staged) > 0 || i.Unreachable != "" {
			f.Instances[a] = platform.Instance{Slots: none(i.Slots), Staged: i.Staged, Unreachable: i.Unreachable}
		}
	}
	for name, b := range u.facts.Balancers {
		b.Servers = none(maps.Clone(b.Servers))
		f.Balancers[name] = b
	}
	return f
}

func none[V any](m map[string]V) map[string]V {
	if len(m) == 0 {
		return nil
	}
	return m
}

// However far the steps came, undoing those that ran brings back exactly the former world,
// keeps the promises on the way, and leads to the same plan.
func TestUndoBringsBackTheFormerWorld(t *testing.T) {
	for seed := range int64(seeds) {
		g, u, in, p := scenario(t, seed)
		if p == nil || p.Empty() {
			continue
		}
		before := u.snapshot()
		first, err := p.Digest()
		require.NoError(t, err)
		r := newRun(u, in, p)
		ran, err := r.anyOrder(g, 1+g.Intn(finishes(p)))
		require.NoError(t, err, "seed %d", seed)
		require.NoError(t, r.undoAll(g, ran), "seed %d, %s", seed, describe(p))
		require.Equal(t, before, u.snapshot(), "seed %d, %s", seed, describe(p))
		again, err := Compute(u.input(p.World).in(in.Mode))
		require.NoError(t, err)
		second, err := again.Digest()
		require.NoError(t, err)
		require.Equal(t, first, second, "seed %d", seed)
	}
}

func (in Input) in(mode Mode) Input {
	in.Mode = mode
	return in
}

// finishes is the number of steps until the deployment has succeeded.
func finishes(p *Plan) int {
	return slices.IndexFunc(p.Steps, func(s Step) bool { return s.ID == BarrierFinish }) + 1
}
