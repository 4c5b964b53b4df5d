package executor

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"rel/balancer"
	"rel/planner"
	"rel/platform"
	"rel/state"
)

// TestExpectedNow: in the middle of a deployment an object should be as it was planned from, or
// as its last step has left it; nobody knows of those in the middle of a step.
func TestExpectedNow(t *testing.T) {
	web1 := at("1").String()
	server := func(host string) string { return serverObject("edge", serverOf(host)) }
	facts := platform.Instance{Slots: map[string]platform.Slot{"main": {Revision: "2"}}}
	setup := &balancer.Setup{Bind: ":80"}
	drained := balancer.Server{Drained: true}
	a1 := at("1")
	planned := map[string]string{web1: "planned", server("1"): "planned", server("2"): "planned", "edge": "planned"}
	tests := map[string]struct {
		step  string
		after *state.After // it has ended; nil: it is in the middle
		want  map[string]string
	}{
		"an instance":          {"activate:1", &state.After{Address: &a1, Instance: &facts}, map[string]string{web1: facts.Fingerprint()}},
		"an instance's middle": {"activate:1", nil, map[string]string{web1: ""}},
		"a server":             {"drain:1", &state.After{Balancer: "edge", Servers: map[string]balancer.Server{serverOf("1"): drained}}, map[string]string{server("1"): drained.Fingerprint()}},
		"a server's middle":    {"drain:1", nil, map[string]string{server("1"): ""}},
		"undrain's middle":     {"undrain:2", nil, map[string]string{server("2"): ""}},
		"traffic's middle":     {"traffic:1+2", nil, map[string]string{server("1"): "", server("2"): ""}},
		"a set-up": {"balancer", &state.After{Balancer: "edge", SetupSet: true, Setup: setup, Gone: []string{serverOf("2")}},
			map[string]string{"edge": setup.Fingerprint(), server("2"): platform.Absent}},
		"a set-up removed":   {"balancer", &state.After{Balancer: "edge", SetupSet: true}, map[string]string{"edge": platform.Absent}},
		"a set-up's middle":  {"balancer", nil, map[string]string{"edge": "", server("1"): "", server("2"): ""}},
		"nothing of its own": {"gate", nil, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			plan := sketch(t, test.step)
			if ensure, ok := plan.Steps[0].Args.(*planner.EnsureBalancer); ok {
				ensure.Add, ensure.Remove = map[string]balancer.Server{serverOf("1"): {}}, []string{serverOf("2")}
			}
			plan.Objects = planned
			records := []state.Record{{Type: state.Begin, Step: test.step}}
			if test.after != nil {
				records = append(records, state.Record{Type: state.End, Step: test.step, After: test.after})
			}
			core, err := NewCore(plan, records)
			require.NoError(t, err)
			want := maps.Clone(planned)
			for key, fingerprint := range test.want {
				want[key] = fingerprint
				if fingerprint == "" {
					delete(want, key)
				}
			}
			require.Equal(t, want, expectedNow(plan, records, core))
			require.Equal(t, "planned", planned[web1], "the plan is not written to")
		})
	}
}

// TestCompare: each object that is another than expected, in words that help to find out why;
// what could not be observed is not among them.
func TestCompare(t *testing.T) {
	running := platform.Slot{Revision: "2", Running: true, Enabled: true}
	s := seen{
		instances: map[platform.Address]platform.Instance{
			at("1"): {Slots: map[string]platform.Slot{"blue": running, "green": {}}},
			at("2"): {Unreachable: "no route"},
			at("3"): {},
		},
		balancers: map[string]balancer.Facts{
			"edge": {Setup: &balancer.Setup{Bind: ":80", Backend: "shop.web", Running: true}, Servers: map[string]balancer.Server{"s": {Address: "h:1", Weight: 5}}},
			"lost": {Unreachable: "no route"},
		},
	}
	was := map[string]string{at("1").String(): platform.Absent, at("2").String(): "other", at("3").String(): platform.Absent,
		at("4").String(): "other", "edge": "other", "edge/s": "other", "edge/gone": "other", "lost": "other", "lost/s": "other"}
	how := map[string]string{}
	moved := compare(was, s)
	for _, m := range moved {
		how[m.Object] = m.How
	}
	require.Equal(t, map[string]string{
		at("1").String(): "was not there, now slot blue has 2, running, enabled; slot green has nothing, not running, not enabled",
		"edge":           "changed, now it serves shop.web at :80, running",
		"edge/s":         "changed, now at h:1 with weight 5, in traffic",
		"edge/gone":      "changed, now it is not there",
	}, how)
	require.True(t, slices.IsSortedFunc(moved, func(a, b Moved) int { return map[bool]int{true: -1, false: 1}[a.Object < b.Object] }))
	require.ErrorContains(t, s.unreachable(was), "host unreachable: lost: no route")
	require.ErrorContains(t, s.unreachable(map[string]string{at("4").String(): "x"}), "no step works on it")
}
