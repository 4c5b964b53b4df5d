package state

import (
	"maps"

	"rel/balancer"
	"rel/platform"
)

// Fold gives the state that the journal of one deployment, from its first record on, makes of
// the former state. It is pure, and linear in both.
//
// The former state may be one that some of these records went into already: the state as it
// was written when the deployment began gives the same as the one before it, and a deployment
// that has ended changes nothing any more. Serial grows with the record that takes the number
// and with the one that ends the deployment, as these are what a state is written for. Records
// that do not begin with Opened leave the state as it is.
func Fold(former State, records []Record) State {
	if len(records) == 0 || records[0].Opened == nil || former.has(*records[0].Opened) {
		return former
	}
	f := newFolding(former, *records[0].Opened)
	for _, r := range records {
		f.add(r)
		if r.Type == Finished {
			break
		}
	}
	f.Releases, f.Instances, f.Balancers = orNil(f.Releases), orNil(f.Instances), orNil(f.Balancers)
	return f.State
}

// orNil makes an empty map what decoding makes of one.
func orNil[M ~map[K]V, K comparable, V any](m M) M {
	if len(m) == 0 {
		return nil
	}
	return m
}

// has says that the deployment has ended and is in the state.
func (s State) has(o Opening) bool {
	return s.Deployment > o.Deployment || s.Deployment == o.Deployment && s.Unfinished == nil
}

// folding is a state that records are added to; its maps are its own.
type folding struct {
	State
	former  State
	opening Opening
	touched map[platform.Address]bool // instances that a step, or its undo, has touched
}

func newFolding(former State, o Opening) *folding {
	f := &folding{State: former, former: former, opening: o, touched: map[platform.Address]bool{}}
	f.Instances = make(map[platform.Address]Instance, len(former.Instances))
	maps.Copy(f.Instances, former.Instances)
	f.Balancers = make(map[string]Balancer, len(former.Balancers))
	for name, b := range former.Balancers {
		b.Servers = maps.Clone(b.Servers)
		f.Balancers[name] = b
	}
	return f
}

func (f *folding) add(r Record) {
	switch r.Type {
	case Opened:
		f.open()
	case End, UndoEnd:
		if r.After != nil {
			f.put(*r.After)
		}
	case Finished:
		f.finish(r.Outcome)
	case Sick, Begin, Failed, Continued, Consent, Undoing, Halted, UndoBegin, UndoFailed, Resumed:
		// They tell what happened, not what is live.
	}
}

// open takes the deployment's number, once.
func (f *folding) open() {
	f.FormatVersion = FormatVersion
	if f.Lineage == "" {
		f.Lineage = f.opening.Lineage
	}
	if f.Deployment == f.opening.Deployment {
		return
	}
	f.Deployment = f.opening.Deployment
	f.Unfinished = &Unfinished{Deployment: f.Deployment, PlanDigest: f.opening.PlanDigest}
	f.Serial++
}

func (f *folding) put(a After) {
	if a.Address != nil && a.Instance != nil {
		f.touched[*a.Address] = true
		f.putInstance(*a.Address, *a.Instance)
	}
	if a.Balancer != "" {
		f.putBalancer(a)
	}
}

func (f *folding) putInstance(at platform.Address, facts platform.Instance) {
	if len(facts.Slots) == 0 {
		delete(f.Instances, at)
		return
	}
	f.Instances[at] = Instance{
		Live:        liveSlot(facts.Slots, f.former.Instances[at].Live),
		Slots:       recordedSlots(facts.Slots),
		Fingerprint: facts.Fingerprint(),
	}
}

// liveSlot is the slot that runs; where several or none do, the recorded one while it is there.
func liveSlot(slots map[string]platform.Slot, recorded string) string {
	running, name := 0, ""
	for slot, s := range slots {
		if s.Running {
			running, name = running+1, slot
		}
	}
	if running == 1 {
		return name
	}
	if _, there := slots[recorded]; there {
		return recorded
	}
	return ""
}

// recordedSlots leaves out what is a passing observation.
func recordedSlots(slots map[string]platform.Slot) map[string]platform.Slot {
	recorded := make(map[string]platform.Slot, len(slots))
	for name, s := range slots {
		s.Ended = 0
		recorded[name] = s
	}
	return recorded
}

func (f *folding) putBalancer(a After) {
	b := f.Balancers[a.Balancer]
	if a.SetupSet {
		b.Setup = a.Setup
	}
	if b.Servers == nil {
		b.Servers = map[string]balancer.Server{}
	}
	maps.Copy(b.Servers, a.Servers)
	for _, id := range a.Gone {
		delete(b.Servers, id)
	}
	b.Servers = orNil(b.Servers)
	if b.Setup == nil && b.Servers == nil {
		delete(f.Balancers, a.Balancer)
		return
	}
	f.Balancers[a.Balancer] = b
}

func (f *folding) finish(o Outcome) {
	f.Unfinished = nil
	f.Serial++
	switch o {
	case Succeeded:
		f.succeed()
	case RolledBack, Aborted:
		// What was drift before is drift again: it is not rel that left it so.
		f.Instances, f.Balancers = f.former.Instances, f.former.Balancers
	case Partial:
		// It is as the steps have left it.
	}
}

func (f *folding) succeed() {
	f.Live = f.Deployment
	changed := map[string]bool{}
	for at := range f.touched {
		changed[at.Release] = true
	}
	former := f.Releases
	f.Releases = make(map[string]Release, len(f.opening.Versions))
	for name, version := range f.opening.Versions {
		f.Releases[name] = f.release(former[name], version, changed[name])
	}
}

// release keeps the number of the deployment that made it what it is.
func (f *folding) release(former Release, version string, changed bool) Release {
	if former.Version == version && former.Deployment != 0 && !changed {
		return former
	}
	return Release{Deployment: f.Deployment, Version: version}
}
