package planner

import (
	"testing"

	"github.com/stretchr/testify/require"

	"rel/balancer"
	"rel/platform"
)

// problems are the addresses and texts of a refusal.
func problems(t *testing.T, in Input) []Problem {
	t.Helper()
	_, err := Compute(in)
	refusal := new(Refusal)
	require.ErrorAs(t, err, &refusal)
	return refusal.Problems
}

var web1 = platform.Address{Release: "shop", Service: "web", Key: "1"}

// What cannot be done without breaking a promise is refused before anything changes, with the
// ways out; none of these may turn into a plan.
func TestRefusals(t *testing.T) {
	base := layout{way: wayRolling, slots: 1, balanced: true, instances: 3, version: "1.0.0"}
	tests := map[string]struct {
		first   func(*layout)
		then    func(*layout)
		disturb func(*universe)
		says    []string // of each problem
		wayOut  string
	}{
		"rolling, one slot, one instance": {
			first: func(l *layout) { l.instances = 1 },
			says:  []string{"rolling over one slot would stop all 1 instances"}, wayOut: "recreate"},
		"rolling, one slot, a batch of all": {
			then: func(l *layout) { l.change = parallel(Count{N: 100, Percent: true}) },
			says: []string{"rolling over one slot would stop all 3 instances"}, wayOut: "smaller max_parallel"},
		"blue_green, one slot, no load balancer": {
			first: func(l *layout) { l.way, l.balanced = wayBlueGreen, false },
			says:  []string{"needs a load balancer", "needs two slots"}, wayOut: "load_balancer"},
		"canary without a load balancer": {
			first: func(l *layout) { l.way, l.slots, l.balanced = wayCanary, 2, false },
			says:  []string{"needs a load balancer"}, wayOut: "rolling"},
		"canary, one slot, one instance": {
			first: func(l *layout) { l.way, l.instances = wayCanary, 1 },
			says:  []string{"would stop all 1 instances"}, wayOut: "more instances"},
		"a host does not answer": {
			disturb: func(u *universe) { u.facts.Instances[web1] = platform.Instance{Unreachable: "no route to host"} },
			says:    []string{"its host does not answer"}, wayOut: "max_unreachable"},
		"batches of nothing": {
			then: func(l *layout) { l.change = func(w *World) { w.Releases[0].Strategy.MaxUnreachable = 1 } },
			disturb: func(u *universe) {
				u.facts.Instances[web1] = platform.Instance{Unreachable: "no route to host"}
			},
			says: []string{"no instance may be out of traffic"}, wayOut: "raise max_parallel"},
		"a host to be cleared does not answer": {
			then: func(l *layout) { l.instances = 2 },
			disturb: func(u *universe) {
				u.facts.Instances[platform.Address{Release: "shop", Service: "web", Key: "3"}] = platform.Instance{Unreachable: "timeout"}
			},
			says: []string{"it is to be removed"}, wayOut: "Bring the host back"},
		"another root": {
			then: func(l *layout) { l.change = func(w *World) { w.Targets[0].Root = "/srv/shop" } },
			says: []string{`is local with the default root; it would move to "web", local with root /srv/shop`}, wayOut: "another name"},
		"another root, and fewer instances": {
			then: func(l *layout) { l.instances, l.change = 2, func(w *World) { w.Targets[0].Root = "/srv/shop" } },
			says: []string{"it would move", "it is to be removed from target"}, wayOut: "Remove it first"},
		"another type of load balancer": {
			then: func(l *layout) { l.change = func(w *World) { w.Balancers[0].Type = "haproxy" } },
			says: []string{"of type embedded would become one of type haproxy"}, wayOut: "another name"},
		"a load balancer that does not answer": {
			disturb: func(u *universe) { u.facts.Balancers["edge"] = balancer.Facts{Unreachable: "connection refused"} },
			says:    []string{"does not answer"}, wayOut: "bring it back"},
		"the address of a load balancer that goes": {
			then: func(l *layout) {
				l.change = func(w *World) { w.Balancers[0].Name, w.Targets[0].Balancer = "front", "front" }
			},
			says: []string{`where load balancer "edge" listens`}, wayOut: `Keep the name "edge"`},
		"two services behind one load balancer": {
			then: func(l *layout) {
				l.change = func(w *World) {
					api := w.Releases[0].Services[0]
					api.Name, api.Ports = "api", []Port{{platform.Main, 7000}}
					w.Releases[0].Services = append(w.Releases[0].Services, api)
				}
			},
			says: []string{"cannot serve it"}, wayOut: "of its own"},
		"no free port beside the live slot": {
			first: func(l *layout) { l.slots = 2 },
			then: func(l *layout) {
				l.slots = 2
				l.change = func(w *World) {
					w.Releases[0].Services[0].Ports = []Port{{platform.Blue, 9001}, {platform.Green, 9000}}
				}
			},
			says: []string{"both slots' ports are taken", "both slots' ports are taken", "both slots' ports are taken"}, wayOut: "recreate"},
		"an unknown strategy": {
			then: func(l *layout) { l.way = "hope" },
			says: []string{`there is no strategy "hope"`}, wayOut: "blue_green, canary, recreate, rolling"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			l := base
			if test.first != nil {
				test.first(&l)
			}
			u := deployed(l.world())
			l.version = "2.0.0"
			if test.then != nil {
				test.then(&l)
			}
			in := u.input(l.world())
			if test.disturb != nil {
				test.disturb(u)
			}
			found := problems(t, in)
			require.Len(t, found, len(test.says), "%v", found)
			text := (&Refusal{found}).Error()
			for n, says := range test.says {
				require.Contains(t, found[n].Summary, says)
				require.NotEmpty(t, found[n].Address)
			}
			require.Contains(t, text, test.wayOut)
		})
	}
}

func parallel(n Count) func(*World) {
	return func(w *World) { w.Releases[0].Strategy.MaxParallel = n }
}

// What is out of traffic already can be repaired without an outage: a single instance that
// crashed must not be refused.
func TestRepairOfWhatIsOutIsNotRefused(t *testing.T) {
	l := layout{way: wayRolling, slots: 1, balanced: true, instances: 1, version: "1.0.0"}
	u := deployed(l.world())
	slot := u.facts.Instances[web1].Slots[platform.Main]
	slot.Running = false
	u.setSlot(web1, platform.Main, slot)
	l.version = "2.0.0"
	p, err := Compute(u.input(l.world()))
	require.NoError(t, err)
	require.False(t, p.Empty())
}

// A host that comes back from being unreachable is the only one that changes: a canary has
// nothing to find out there, and must not stand in its way.
func TestCanaryOfTheLastInstanceIsRolled(t *testing.T) {
	l := layout{way: wayCanary, slots: 1, balanced: true, instances: 3, version: "1.0.0",
		change: func(w *World) {
			w.Releases[0].Strategy.MaxUnreachable, w.Releases[0].Strategy.MaxParallel = 1, Count{N: 2}
		}}
	u := deployed(l.world())
	former := u.facts.Instances[web1]
	u.facts.Instances[web1] = platform.Instance{Unreachable: "no route to host"}
	l.version = "2.0.0"
	p, err := Compute(u.input(l.world()))
	require.NoError(t, err)
	require.Contains(t, p.Changes, Change{Object: ObjectInstance, Address: `shop.web["1"]`, Action: NoAction, FromSlot: platform.Main,
		From: former.Slots[platform.Main], Reasons: []string{"left out, its host does not answer: no route to host"}})
	u.apply(p)
	u.facts.Instances[web1] = former
	p, err = Compute(u.input(l.world()))
	require.NoError(t, err)
	require.Empty(t, kindsOf(p)[KindPause])
	require.Len(t, kindsOf(p)[KindActivate], 1)
}

// kindsOf are the ids of a plan's steps, by kind.
func kindsOf(p *Plan) map[Kind][]string {
	all := map[Kind][]string{}
	for _, s := range p.Steps {
		all[s.Kind] = append(all[s.Kind], s.ID)
	}
	return all
}

// A world that contradicts itself is its maker's mistake, and no plan.
func TestComputeRefusesWorldsThatContradictThemselves(t *testing.T) {
	tests := map[string]func(*World){
		"target":        func(w *World) { w.Releases[0].Services[0].Target = "moon" },
		"revision":      func(w *World) { w.Releases[0].Services[0].Revision = "none" },
		"load balancer": func(w *World) { w.Targets[0].Balancer = "none" },
		"instances":     func(w *World) { w.Targets[0].Keys = -1 },
		"slots":         func(w *World) { w.Releases[0].Services[0].Ports[0].Slot = "mauve" },
		"weight":        func(w *World) { w.Releases[0].Strategy.Steps = []CanaryStep{{Weight: 100}} },
	}
	for says, change := range tests {
		w := layout{way: wayRolling, slots: 1, balanced: true, instances: 1, version: "1.0.0", change: change}.world()
		_, err := Compute(newUniverse().input(w))
		require.ErrorContains(t, err, says)
	}
}
