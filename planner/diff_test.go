package planner

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"rel/balancer"
	"rel/platform"
	"rel/state"
)

// summary is what a plan says of each object: action and reasons.
func summary(p *Plan) map[string][]string {
	all := map[string][]string{}
	for _, c := range p.Changes {
		all[c.Address] = append([]string{string(c.Action)}, c.Reasons...)
	}
	return all
}

func drifts(p *Plan) map[string]string {
	all := map[string]string{}
	for _, d := range p.Drift {
		all[d.Address] = d.What
	}
	return all
}

// slotOf changes a slot of the first instance behind rel's back.
func slotOf(name string, change func(*platform.Slot)) func(*universe) {
	return func(u *universe) {
		i := u.facts.Instances[web1]
		slot := i.Slots[name]
		change(&slot)
		i.Staged = append(slices.Clip(i.Staged), slot.Revision)
		u.facts.Instances[web1] = i
		u.setSlot(web1, name, slot)
	}
}

// serverOf changes a server of the first instance behind rel's back.
func serverOf(id string, change func(*balancer.Server)) func(*universe) {
	return func(u *universe) { u.setServer("edge", id, change) }
}

// Whatever people do to a host or a load balancer is drift, named in words, and put right.
func TestDriftIsNamedAndPutRight(t *testing.T) {
	const blue, green = `shop.web["1"]/blue:9000`, `shop.web["1"]/green:9001`
	tests := map[string]struct {
		disturb func(*universe)
		drift   map[string]string
		change  map[string][]string
	}{
		"nothing": {disturb: func(*universe) {}},
		"crashed": {slotOf(platform.Blue, func(s *platform.Slot) { s.Running = false }),
			map[string]string{`shop.web["1"]`: "blue is not running"}, map[string][]string{`shop.web["1"]`: {"repair", "not running"}}},
		"not at boot": {slotOf(platform.Blue, func(s *platform.Slot) { s.Enabled = false }),
			map[string]string{`shop.web["1"]`: "blue is not started again when the host boots"},
			map[string][]string{`shop.web["1"]`: {"repair", "not started again when the host boots"}}},
		"unit": {slotOf(platform.Blue, func(s *platform.Slot) { s.Unit = "edited" }),
			map[string]string{`shop.web["1"]`: "unit of blue changed on the host"},
			map[string][]string{`shop.web["1"]`: {"repair", "unit changed on the host"}}},
		"pointer": {slotOf(platform.Blue, func(s *platform.Slot) { s.Revision = "0.9.0-x" }),
			map[string]string{`shop.web["1"]`: "blue points to 0.9.0-x, not to 1.0.0-d9a9aa88b3e0"},
			map[string][]string{`shop.web["1"]`: {"update", "revision 0.9.0-x → 1.0.0-d9a9aa88b3e0"}}},
		"idle slot runs": {slotOf(platform.Green, func(s *platform.Slot) { *s = platform.Slot{Revision: "0.9.0-x", Unit: "u", Port: 9001, Running: true} }),
			map[string]string{`shop.web["1"]`: "green has 0.9.0-x, which rel has no record of"},
			map[string][]string{`shop.web["1"]`: {"repair", "green is not stopped"}}},
		"gone": {func(u *universe) { u.facts.Instances[web1] = platform.Instance{} },
			map[string]string{`shop.web["1"]`: "blue is gone; it ran 1.0.0-d9a9aa88b3e0"},
			map[string][]string{`shop.web["1"]`: {"create", "not there yet", "blue is not out of traffic at edge"}}},
		"drained": {serverOf(blue, func(s *balancer.Server) { s.Drained = true }),
			map[string]string{"edge/" + blue: "drained by hand"}, map[string][]string{`shop.web["1"]`: {"repair", "drained at edge"}}},
		"undrained": {serverOf(green, func(s *balancer.Server) { s.Drained = false }),
			map[string]string{"edge/" + green: "undrained by hand"},
			map[string][]string{`shop.web["1"]`: {"repair", "green is not out of traffic at edge"}}},
		"weight": {serverOf(blue, func(s *balancer.Server) { s.Weight = 50 }),
			map[string]string{"edge/" + blue: "weight changed 100 → 50"},
			map[string][]string{`shop.web["1"]`: {"repair", "weight 50 at edge, not 100"}}},
		"server gone": {func(u *universe) { delete(u.facts.Balancers["edge"].Servers, blue) },
			map[string]string{"edge/" + blue: "gone from the load balancer"},
			map[string][]string{`shop.web["1"]`: {"repair", "not behind edge"}, "edge": {"update", "1 server added"}}},
		"foreign server": {func(u *universe) {
			u.facts.Balancers["edge"].Servers[`shop.web["9"]/blue:1`] = balancer.Server{Address: "127.0.0.1:1", Weight: 7}
		},
			map[string]string{`edge/shop.web["9"]/blue:1`: "there, and rel has no record of it"},
			map[string][]string{"edge": {"update", "1 server removed"}}},
		"load balancer down": {func(u *universe) {
			f := u.facts.Balancers["edge"]
			f.Setup = &balancer.Setup{Bind: f.Setup.Bind, Backend: f.Setup.Backend, Version: f.Setup.Version}
			u.facts.Balancers["edge"] = f
		},
			map[string]string{"edge": "not running"}, map[string][]string{"edge": {"repair", "not running"}}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := layout{way: wayRolling, slots: 2, balanced: true, instances: 2, version: "1.0.0"}.world()
			u := deployed(w)
			test.disturb(u)
			p, err := Compute(u.input(w))
			require.NoError(t, err)
			require.Equal(t, test.drift, none(drifts(p)))
			require.Equal(t, test.change, none(summary(p)))
			u.apply(p)
			require.NoError(t, u.atRest(w))
		})
	}
}

// A change must be explained by the field that somebody edited.
func TestReasonsNameTheFieldsThatChanged(t *testing.T) {
	l := layout{way: wayRolling, slots: 1, balanced: true, instances: 2, version: "1.0.0"}
	tests := map[string]struct {
		change func(*platform.Revision)
		reason string
	}{
		"version":      {func(r *platform.Revision) { r.Version = "1.1.0" }, "version 1.0.0 → 1.1.0"},
		"artifact":     {func(r *platform.Revision) { r.Artifact.Digest = "sha256:0123456789abcdef" }, "artifact 000000000000 → 0123456789ab"},
		"command":      {func(r *platform.Revision) { r.Command = []string{"bin/shop", "serve"} }, "command bin/shop web → bin/shop serve"},
		"user":         {func(r *platform.Revision) { r.User = "shop" }, "user none → shop"},
		"stop_signal":  {func(r *platform.Revision) { r.StopSignal = "SIGINT" }, "stop_signal SIGTERM → SIGINT"},
		"stop_timeout": {func(r *platform.Revision) { r.StopTimeout *= 2 }, "stop_timeout 30s → 1m0s"},
		"folder":       {func(r *platform.Revision) { r.WorkingDirectory = "/srv" }, "working_directory none → /srv"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			u := deployed(l.world())
			to := l
			to.change = func(w *World) {
				s := &w.Releases[0].Services[0]
				r := w.Revisions[s.Revision]
				delete(w.Revisions, s.Revision)
				test.change(&r)
				s.Revision = r.Name()
				w.Revisions[s.Revision] = r
			}
			p, err := Compute(u.input(to.world()))
			require.NoError(t, err)
			require.Equal(t, []string{"update", test.reason}, summary(p)[`shop.web["1"]`])
		})
	}
}

// Ports and slots are not in the revision, and are diffed too: old servers go, new ones come.
func TestPortsAndSlotsAreDiffed(t *testing.T) {
	l := layout{way: wayRolling, slots: 2, balanced: true, instances: 2, version: "1.0.0"}
	tests := map[string]struct {
		change func(*layout)
		reason []string
	}{
		"other ports": {func(l *layout) {
			l.change = func(w *World) {
				w.Releases[0].Services[0].Ports = []Port{{platform.Blue, 7000}, {platform.Green, 7001}}
			}
		}, []string{"update", "port of blue 9000 → 7000"}},
		"one slot": {func(l *layout) { l.slots = 1 }, []string{"update", "slot blue → main"}},
		"a worker": {func(l *layout) { l.slots = 0 }, []string{"update", "slot blue → main"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			u, to := deployed(l.world()), l
			test.change(&to)
			p, err := Compute(u.input(to.world()))
			require.NoError(t, err)
			require.Equal(t, test.reason, summary(p)[`shop.web["1"]`])
			u.apply(p)
			require.NoError(t, u.atRest(to.world()))
		})
	}
}

// What is no longer in the configuration is stopped and removed, with its target and load
// balancer still in the plan, or an apply would not find them.
func TestWhatIsGoneIsRemoved(t *testing.T) {
	u := deployed(layout{way: wayRolling, slots: 2, balanced: true, instances: 2, version: "1.0.0"}.world())
	nothing := World{Project: "shop", Environment: "production"}
	p, err := Compute(u.input(nothing))
	require.NoError(t, err)
	require.NoError(t, p.Validate())
	require.Equal(t, map[string][]string{
		`shop.web["1"]`: {"destroy", "no longer in the configuration"},
		`shop.web["2"]`: {"destroy", "no longer in the configuration"},
		"edge":          {"destroy", "no longer in the configuration", "4 servers removed"},
	}, summary(p))
	require.Equal(t, "web", p.Targets[0].Name)
	require.Equal(t, "edge", p.Balancers[0].Name)
	u.apply(p)
	require.NoError(t, u.atRest(nothing))
	require.Nil(t, u.facts.Balancers["edge"].Setup)
}

// Without access to the hosts a plan is made from what rel recorded, and is the same as one
// that observed, where nothing has drifted.
func TestFactsFromStateStandInForWhatIsObserved(t *testing.T) {
	l := layout{way: wayBlueGreen, slots: 2, balanced: true, instances: 2, version: "1.0.0"}
	u := deployed(l.world())
	l.version = "2.0.0"
	observed, err := Compute(u.input(l.world()))
	require.NoError(t, err)
	in := u.input(l.world())
	in.Facts, in.Observed = FactsFromState(u.state), false
	recorded, err := Compute(in)
	require.NoError(t, err)
	require.Equal(t, observed, recorded)
}

// Live is the slot that runs; where both or none do, the recorded one.
func TestLiveSlot(t *testing.T) {
	run, stopped := platform.Slot{Revision: "r", Running: true}, platform.Slot{Revision: "r"}
	tests := map[string]struct {
		slots    map[string]platform.Slot
		recorded string
		live     string
	}{
		"nothing":            {},
		"the one that runs":  {map[string]platform.Slot{"blue": stopped, "green": run}, "blue", "green"},
		"both run":           {map[string]platform.Slot{"blue": run, "green": run}, "green", "green"},
		"none runs":          {map[string]platform.Slot{"blue": stopped, "green": stopped}, "green", "green"},
		"none runs, unknown": {map[string]platform.Slot{"blue": stopped}, "", ""},
		"both run, unknown":  {map[string]platform.Slot{"blue": run, "green": run}, "", "blue"},
	}
	for name, test := range tests {
		i := &instance{observed: platform.Instance{Slots: test.slots}, recorded: state.Instance{Live: test.recorded}}
		i.observe()
		require.Equal(t, test.live, i.live, name)
	}
}
