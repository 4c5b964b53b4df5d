package planner

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"rel/platform"
)

func stepOf(t *testing.T, p *Plan, id string) *Step {
	t.Helper()
	n := slices.IndexFunc(p.Steps, func(s Step) bool { return s.ID == id })
	require.GreaterOrEqual(t, n, 0, "%s is not among %v", id, ids(p))
	return &p.Steps[n]
}

func position(p *Plan, id string) int {
	return slices.IndexFunc(p.Steps, func(s Step) bool { return s.ID == id })
}

// upgraded is the plan of the second version after the first.
func upgraded(t *testing.T, l layout) *Plan {
	t.Helper()
	l.version = "1.0.0"
	u := deployed(l.world())
	l.version = "2.0.0"
	p, err := Compute(u.input(l.world()))
	require.NoError(t, err)
	return p
}

// A gate must claim room only for what is not staged, and ports only of slots that are
// started and that the instance does not hold itself.
func TestGateClaims(t *testing.T) {
	l := layout{way: wayRolling, slots: 1, balanced: true, instances: 2, version: "1.0.0"}
	first, err := Compute(newUniverse().input(l.world()))
	require.NoError(t, err)
	require.Equal(t, []int{9000}, stepOf(t, first, "gates").Args.(*Gate).Claims["web"][0].Ports)
	claim := stepOf(t, upgraded(t, l), "gates").Args.(*Gate).Claims["web"][0]
	require.Equal(t, platform.Claim{Address: web1, Bytes: 3000}, claim)
	l.slots = 2
	claim = stepOf(t, upgraded(t, l), "gates").Args.(*Gate).Claims["web"][0]
	require.Equal(t, platform.Claim{Address: web1, Bytes: 3000, Ports: []int{9001}}, claim)
}

// Pruning keeps the newest, what a slot points to, and the revision to which a rollback goes.
func TestPruneKeepsWhatARollbackNeeds(t *testing.T) {
	l := layout{way: wayRolling, slots: 1, balanced: true, instances: 2,
		change: func(w *World) { w.Releases[0].Strategy.KeepReleases = 1 }}
	u := newUniverse()
	var p *Plan
	for _, l.version = range []string{"1.0.0", "2.0.0", "3.0.0"} {
		var err error
		p, err = Compute(u.input(l.world()))
		require.NoError(t, err)
		u.apply(p)
	}
	prune := stepOf(t, p, `shop.web["1"]/prune`)
	require.Equal(t, []string{"1.0.0-d9a9aa88b3e0"}, prune.Args.(*Prune).Revisions)
	require.Equal(t, OnFailureContinue, prune.OnFailure)
	require.NotEmpty(t, prune.Undo.Irreversible)
	require.Equal(t, []string{BarrierFinish}, prune.Needs)
	require.Len(t, u.facts.Instances[web1].Staged, 2)
}

// A canary on some of the hosts must leave the others alone until it is promoted.
func TestCanaryOnSomeHosts(t *testing.T) {
	p := upgraded(t, layout{way: wayCanary, slots: 2, balanced: true, instances: 4, change: func(w *World) {
		s := &w.Releases[0].Strategy
		s.AutoPromote = false
		s.Steps = []CanaryStep{{Weight: 10, Hosts: Count{N: 1}, Pause: 1}, {Weight: 50, Hosts: Count{N: 50, Percent: true}, Pause: 1}}
	}})
	require.Len(t, stepOf(t, p, "edge/traffic").Args.(*Traffic).Weights, 2)
	require.Equal(t, 2, stepOf(t, p, "edge/traffic").Args.(*Traffic).Share, "10% on one of four")
	require.Len(t, stepOf(t, p, "edge/traffic#2").Args.(*Traffic).Weights, 4)
	require.Len(t, stepOf(t, p, "edge/traffic#3").Args.(*Traffic).Weights, 8)
	promote := position(p, "shop.web/pause:promote")
	require.Equal(t, &Pause{Promote: true, Reason: "promotion"}, p.Steps[promote].Args)
	require.Less(t, position(p, `shop.web["2"]/activate:green`), promote)
	require.Greater(t, position(p, `shop.web["3"]/activate:green`), promote)
}

// New instances of a canary's service have no old slot beside them: they would add to its
// share, and must come when it is promoted.
func TestCanaryBringsNewInstancesLast(t *testing.T) {
	l := layout{way: wayCanary, slots: 2, balanced: true, instances: 2, version: "1.0.0"}
	u := deployed(l.world())
	l.version, l.instances = "2.0.0", 3
	p, err := Compute(u.input(l.world()))
	require.NoError(t, err)
	pause := position(p, "shop.web/pause:50")
	require.Less(t, position(p, `shop.web["2"]/activate:green`), pause)
	require.Greater(t, position(p, `shop.web["3"]/activate:blue`), pause)
	u.apply(p)
	l.instances = 4
	p, err = Compute(u.input(l.world()))
	require.NoError(t, err)
	require.Empty(t, kindsOf(p)[KindPause], "more instances of the same revision need no canary")
}

// The new revision never gets more than a canary's share; with few instances of many, each
// new one no more than an old one.
func TestCanaryWeightsOverOneSlot(t *testing.T) {
	tests := []struct{ instances, changed, percent, n, weight int }{
		{3, 3, 5, 1, 10}, {2, 2, 50, 1, 100}, {2, 2, 75, 1, 300}, {100, 100, 1, 1, 100}, {10, 2, 50, 1, 100}, {2, 2, 1, 1, 1},
	}
	for _, test := range tests {
		h := inPlaceCanary{s: &service{instances: make([]instance, test.instances)}, list: make([]*instance, test.changed)}
		weight := h.weight(test.percent, test.n)
		require.Equal(t, test.weight, weight, "%+v", test)
		require.LessOrEqual(t, h.share(test.n, weight), test.percent, "%+v", test)
	}
}

// A worker of a release that switches traffic goes last, unless something before needs it.
func TestWorkersGoInTheTailUnlessNeeded(t *testing.T) {
	l := layout{way: wayBlueGreen, slots: 2, balanced: true, instances: 1, worker: true}
	p := upgraded(t, l)
	require.Greater(t, position(p, `shop.worker["1"]/activate:main`), position(p, "edge/traffic"))
	require.Less(t, position(p, `shop.worker["1"]/activate:main`), position(p, `shop.web["1"]/stop:blue`))

	l.change = func(w *World) {
		s := w.Releases[0].Services
		s[0], s[1] = s[1], s[0]
		s[0].DependsOn, s[1].DependsOn = nil, []string{"worker"}
	}
	p = upgraded(t, l)
	require.Less(t, position(p, `shop.worker["1"]/activate:main`), position(p, `shop.web["1"]/activate:green`))
}

// The old slots stay warm for keep_old, but not on the way back.
func TestKeepOld(t *testing.T) {
	l := layout{way: wayBlueGreen, slots: 2, balanced: true, instances: 1, version: "1.0.0",
		change: func(w *World) { w.Releases[0].Strategy.KeepOld = platform.Duration(15 * time.Minute) }}
	u := deployed(l.world())
	l.version = "2.0.0"
	in := u.input(l.world())
	p, err := Compute(in)
	require.NoError(t, err)
	require.Equal(t, &Pause{For: platform.Duration(15 * time.Minute), Reason: "keep_old"}, stepOf(t, p, "pause/keep_old").Args)
	in.Mode = Rollback
	p, err = Compute(in)
	require.NoError(t, err)
	require.Empty(t, kindsOf(p)[KindPause])
}

// auto_revert = false: what fails once something live changed halts; before that nothing is
// live, and it is undone.
func TestWithoutAutoRevertFailuresHalt(t *testing.T) {
	p := upgraded(t, layout{way: wayRolling, slots: 2, balanced: true, instances: 2,
		change: func(w *World) { w.Releases[0].Strategy.AutoRevert = false }})
	for _, s := range p.Steps {
		switch s.Kind {
		case KindActivate, KindCheck, KindStop, KindDrain, KindUndrain, KindTraffic:
			require.Equal(t, OnFailureHalt, s.OnFailure, s.ID)
		case KindGate, KindStage, KindBarrier:
			require.Equal(t, OnFailureRollback, s.OnFailure, s.ID)
		}
	}
}

// A step's undo waits by the checks of what ran before, not by those of the new version.
func TestUndoChecksWhatRanBefore(t *testing.T) {
	l := layout{way: wayRolling, slots: 1, balanced: true, instances: 2, version: "1.0.0"}
	u := deployed(l.world())
	l.version = "2.0.0"
	l.change = func(w *World) {
		w.Releases[0].Services[0].Checks = []platform.HealthCheck{{Type: "http", Path: "/ready"}}
	}
	p, err := Compute(u.input(l.world()))
	require.NoError(t, err)
	s := stepOf(t, p, `shop.web["1"]/activate:main`)
	require.Equal(t, "/health", p.Checks[s.Undo.Slot.Checks].HealthChecks[0].Path)
	require.Equal(t, "/ready", p.Checks["shop.web"].HealthChecks[0].Path)
}

// Names that are alike must not make ids that are the same.
func TestIDsAreUniqueForAnyNames(t *testing.T) {
	l := layout{way: wayRolling, slots: 2, balanced: true, instances: 2, change: func(w *World) {
		name := `shop.web["1"]`
		w.Balancers[0].Name, w.Targets[0].Balancer = name, name
	}}
	require.NoError(t, upgraded(t, l).Validate())
}

// The same input must give the same bytes, whatever order its maps are walked in.
func TestComputeIsDeterministic(t *testing.T) {
	for seed := range int64(200) {
		_, _, in, p := scenario(t, seed)
		if p == nil {
			continue
		}
		first, err := p.Digest()
		require.NoError(t, err)
		again, err := Compute(in)
		require.NoError(t, err)
		second, err := again.Digest()
		require.NoError(t, err)
		require.Equal(t, first, second)
	}
}

// Planning must not change what it was given: the caller plans from it again.
func TestComputeLeavesItsInputAlone(t *testing.T) {
	for seed := range int64(200) {
		_, u, in, p := scenario(t, seed)
		if p == nil {
			continue
		}
		before := u.snapshot()
		_, err := Compute(in)
		require.NoError(t, err)
		require.Equal(t, before, u.snapshot())
	}
}
