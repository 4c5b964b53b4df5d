package simulation

import (
	"slices"

	"rel/planner"
	"rel/platform"
	platforms "rel/platform/simulated"
)

// watchedService is a service that shall be live, and how it stood before.
type watchedService struct {
	service
	strategy  string
	revision  string       // that shall be live
	edge      *watchedEdge // nil: no balancer
	instances []*watchedInstance
	former    map[string]bool // revisions that ran
	first     bool            // none ran: there is nothing to lose
	whole     bool            // every instance was in traffic, at the weight of rest
	limit     int             // how many may be out of traffic
	counted   bool            // those that are out for another reason count too
	shares    []int           // percent for the new revision before the first pause ended, before the second, …; nil: any
	pauses    int             // that have ended
}

// watchedInstance is an instance, and how it stood before.
type watchedInstance struct {
	at          platform.Address
	host        *platforms.Host
	unreachable bool
	there       bool              // some slot pointed to a revision
	in          bool              // it was in traffic
	ran         map[string]string // slot → revision
}

func newWatchedService(s *scene, v service, e *watchedEdge) *watchedService {
	strategy := s.strategies[v.release]
	w := &watchedService{
		service: v, strategy: strategy.Type, revision: v.revision(s.versions[v.release]).Name(),
		former: map[string]bool{}, first: true, whole: true, counted: len(v.ports) < 2,
	}
	if v.balanced {
		w.edge = e
	}
	for _, a := range v.addresses() {
		w.add(a, s)
	}
	w.setLimit(strategy)
	if strategy.Type == "canary" && s.mode == planner.Normal && w.finds() {
		w.shares = shares(strategy)
	}
	return w
}

func (w *watchedService) add(a platform.Address, s *scene) {
	i := &watchedInstance{at: a, host: s.world.hosts.Host(a), unreachable: s.unreachable[a], ran: map[string]string{}}
	for name, slot := range i.host.Slots {
		i.there = i.there || slot.Revision != ""
		if slot.Process != nil {
			i.ran[name] = slot.Process.Revision
			w.former[slot.Process.Revision] = true
			w.first = false
		}
	}
	i.in = !i.unreachable && w.traffic(i)
	w.whole = w.whole && i.in && w.atRest(i)
	w.instances = append(w.instances, i)
}

// finds says that a canary has something to find out: requests come to every instance, and
// over one slot more than one changes.
func (w *watchedService) finds() bool {
	changed := 0
	for _, i := range w.instances {
		if i.ran[w.slots()[0]] != w.revision {
			changed++
		}
	}
	return w.whole && !w.first && (changed > 1 || !w.counted)
}

// setLimit: over two slots capacity never falls; over one those that were out count as out.
func (w *watchedService) setLimit(s planner.Strategy) {
	if !w.counted {
		return
	}
	w.limit = max(parallel(s.MaxParallel, len(w.instances)), w.out())
}

// parallel is how many instances a count allows of n.
func parallel(c planner.Count, n int) int {
	if c.Percent {
		return max(1, n*c.N/100)
	}
	return c.N
}

// shares is what the new revision may get, from pause to pause.
func shares(s planner.Strategy) []int {
	var all []int
	for _, step := range s.Steps {
		all = append(all, step.Weight)
	}
	if !s.AutoPromote {
		all = append(all, all[len(all)-1])
	}
	return append(all, 100)
}

// owns says whether a pause is one between the steps of this service's canary.
func (w *watchedService) owns(step *planner.Step) bool {
	return w.shares != nil && step.Address == w.full()
}

// check holds the service against invariant 3, each strategy's way.
func (w *watchedService) check(lost map[platform.Address]bool) error {
	if w.first {
		return nil
	}
	if w.strategy == "recreate" {
		return w.checkMixed(lost)
	}
	if err := w.checkShare(); err != nil {
		return err
	}
	if n := w.out(); n > w.limit {
		return violated(tooManyOut, "%d of %s are out of traffic, %d may be", n, w.full(), w.limit)
	}
	return nil
}

// checkMixed: recreate never runs old and new together.
func (w *watchedService) checkMixed(lost map[platform.Address]bool) error {
	old, fresh := false, false
	for _, i := range w.instances {
		if lost[i.at] || i.unreachable {
			continue
		}
		for _, slot := range i.host.Slots {
			if slot.Process != nil {
				fresh = fresh || slot.Process.Revision == w.revision
				old = old || slot.Process.Revision != w.revision
			}
		}
	}
	if old && fresh && !w.former[w.revision] {
		return violated(revisionsMixed, "%s runs %s beside another revision", w.full(), w.revision)
	}
	return nil
}

// out counts the instances that are out of traffic, and may not be for another reason.
func (w *watchedService) out() int {
	n := 0
	for _, i := range w.instances {
		switch {
		case i.unreachable:
			if w.counted {
				n++
			}
		case i.in || w.counted && i.there:
			if !w.traffic(i) {
				n++
			}
		}
	}
	return n
}

// traffic says whether an instance gets requests, or without a balancer could.
func (w *watchedService) traffic(i *watchedInstance) bool {
	for name, slot := range i.host.Slots {
		if w.healthy(slot.Process) && (w.edge == nil || w.edge.routes(place{i.at, name, slot.Process.Port})) {
			return true
		}
	}
	return false
}

func (w *watchedService) healthy(p *platforms.Process) bool {
	return p != nil && (p.Healthy || !w.checked)
}

// atRest says whether what serves of an instance has the weight of rest.
func (w *watchedService) atRest(i *watchedInstance) bool {
	for name, slot := range i.host.Slots {
		if slot.Process != nil && w.edge != nil && w.edge.weight(place{i.at, name, slot.Process.Port}) == 100 {
			return true
		}
	}
	return false
}

// checkShare: someone answers, and the new revision gets no more than it may.
func (w *watchedService) checkShare() error {
	if w.edge == nil || w.edge.Setup == nil {
		return nil
	}
	old, fresh := 0, 0
	unreachable := false
	for _, id := range w.edge.servers() {
		if !routed(w.edge.Balancer, w.edge.Servers[id]) {
			continue
		}
		p := w.edge.places[id]
		unreachable = unreachable || w.edge.unreachable[p.at]
		if process := w.edge.process(id); w.healthy(process) {
			if w.fresh(p, process) {
				fresh += w.edge.Servers[id].Weight
			} else {
				old += w.edge.Servers[id].Weight
			}
		}
	}
	if old+fresh == 0 && !unreachable && slices.ContainsFunc(w.instances, func(i *watchedInstance) bool { return i.in }) {
		return violated(nothingRouted, "no server of %s gets requests", w.full())
	}
	if w.shares == nil {
		return nil
	}
	if may := w.shares[min(w.pauses, len(w.shares)-1)]; 100*fresh > (may+1)*(old+fresh) {
		return violated(shareExceeded, "the new revision of %s gets %d of %d, %d%% is allowed", w.full(), fresh, old+fresh, may)
	}
	return nil
}

// fresh says whether a process is of the new revision where another ran before.
func (w *watchedService) fresh(p place, process *platforms.Process) bool {
	if process.Revision != w.revision {
		return false
	}
	for _, i := range w.instances {
		if i.at == p.at {
			return i.ran[p.slot] != w.revision
		}
	}
	return false // an instance that is to go
}
