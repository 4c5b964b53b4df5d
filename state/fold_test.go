package state_test

import (
	"fmt"
	"hash/crc32"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"rel/balancer"
	"rel/platform"
	"rel/state"
)

func castagnoli(s string) uint32 {
	return crc32.Checksum([]byte(s), crc32.MakeTable(crc32.Castagnoli))
}

func opened(n int, versions map[string]string) state.Record {
	return state.Record{Type: state.Opened, Opened: &state.Opening{Deployment: n, PlanDigest: "sha256:" + strconv.Itoa(n), Lineage: "new", Versions: versions}}
}

func slotsOf(running ...string) map[string]platform.Slot {
	slots := map[string]platform.Slot{platform.Blue: {Revision: "r1"}, platform.Green: {Revision: "r2"}}
	for _, name := range running {
		s := slots[name]
		s.Running, s.Ended = true, 3
		slots[name] = s
	}
	return slots
}

func ended(a platform.Address, slots map[string]platform.Slot) state.Record {
	return state.Record{Type: state.End, After: &state.After{Address: &a, Instance: &platform.Instance{Slots: slots}}}
}

func balanced(a state.After) state.Record {
	a.Balancer = "edge"
	return state.Record{Type: state.End, After: &a}
}

func finished(o state.Outcome) state.Record { return state.Record{Type: state.Finished, Outcome: o} }

// former is what is live before the deployments of these tests: deployment 4 of shop, and
// of api, which is older.
func former() state.State {
	s := sample()
	s.Deployment, s.Unfinished = 4, nil
	s.Releases["api"] = state.Release{Deployment: 2, Version: "0.9.0"}
	return s
}

// A deployment takes its number with its first record, once, and holds it until its last.
func TestFoldTakesAndGivesBackTheNumber(t *testing.T) {
	begun := state.Fold(former(), []state.Record{opened(5, nil)})
	want := former()
	want.Deployment, want.Serial = 5, 10
	want.Unfinished = &state.Unfinished{Deployment: 5, PlanDigest: "sha256:5"}
	require.Equal(t, want, begun)

	done := state.Fold(begun, []state.Record{opened(5, nil), finished(state.Aborted)})
	want.Serial, want.Unfinished = 11, nil
	require.Equal(t, want, done)
}

// The first deployment makes the lineage; no later one changes it.
func TestFoldKeepsTheLineage(t *testing.T) {
	first := state.Fold(state.State{Project: "shop", Environment: "e"}, []state.Record{opened(1, nil)})
	require.Equal(t, "new", first.Lineage)
	require.Equal(t, state.FormatVersion, first.FormatVersion)
	require.EqualValues(t, 1, first.Serial)
	require.Equal(t, "6b1f", state.Fold(former(), []state.Record{opened(5, nil)}).Lineage)
}

// The outcome decides what is live and since when: a release that a deployment did not touch
// keeps its number, and a failure leaves the former ones.
func TestFoldReleases(t *testing.T) {
	touched := ended(web("web<1>"), slotsOf(platform.Blue))
	for name, c := range map[string]struct {
		versions map[string]string
		outcome  state.Outcome
		steps    []state.Record
		live     int
		want     map[string]state.Release
	}{
		"new version": {map[string]string{"shop": "1.3.0", "api": "0.9.0"}, state.Succeeded, []state.Record{touched}, 5,
			map[string]state.Release{"shop": {Deployment: 5, Version: "1.3.0"}, "api": {Deployment: 2, Version: "0.9.0"}}},
		"new revision of the same version": {map[string]string{"shop": "1.2.0", "api": "0.9.0"}, state.Succeeded, []state.Record{touched}, 5,
			map[string]state.Release{"shop": {Deployment: 5, Version: "1.2.0"}, "api": {Deployment: 2, Version: "0.9.0"}}},
		"balancer alone": {map[string]string{"shop": "1.2.0", "api": "0.9.0"}, state.Succeeded,
			[]state.Record{balanced(state.After{Gone: []string{"x"}})}, 5, former().Releases},
		"a release is gone": {map[string]string{"shop": "1.2.0"}, state.Succeeded, nil, 5,
			map[string]state.Release{"shop": {Deployment: 4, Version: "1.2.0"}}},
		"a release is added": {map[string]string{"shop": "1.2.0", "api": "0.9.0", "cron": "1"}, state.Succeeded, nil, 5,
			map[string]state.Release{"shop": {Deployment: 4, Version: "1.2.0"}, "api": {Deployment: 2, Version: "0.9.0"}, "cron": {Deployment: 5, Version: "1"}}},
		"all are gone": {nil, state.Succeeded, []state.Record{touched}, 5, nil},
		"rolled back":  {map[string]string{"shop": "1.3.0"}, state.RolledBack, []state.Record{touched}, 4, former().Releases},
		"aborted":      {map[string]string{"shop": "1.3.0"}, state.Aborted, nil, 4, former().Releases},
		"failed":       {map[string]string{"shop": "1.3.0"}, state.Partial, []state.Record{touched}, 4, former().Releases},
	} {
		t.Run(name, func(t *testing.T) {
			records := append([]state.Record{opened(5, c.versions)}, c.steps...)
			s := state.Fold(former(), append(records, finished(c.outcome)))
			require.Equal(t, c.want, s.Releases)
			require.Equal(t, c.live, s.Live)
			require.Nil(t, s.Unfinished)
		})
	}
}

// Live is the slot that runs; where both or none do, the recorded one; and an instance that
// is no longer there is none.
func TestFoldInstances(t *testing.T) {
	recorded, unknown := web("web<1>"), web("2") // the recorded one has green live
	for name, c := range map[string]struct {
		at    platform.Address
		slots map[string]platform.Slot
		live  string
		gone  bool
	}{
		"one runs":                       {at: recorded, slots: slotsOf(platform.Blue), live: platform.Blue},
		"both run":                       {at: recorded, slots: slotsOf(platform.Blue, platform.Green), live: platform.Green},
		"none runs":                      {at: recorded, slots: slotsOf(), live: platform.Green},
		"none runs, the recorded gone":   {at: recorded, slots: map[string]platform.Slot{platform.Main: {Revision: "r1"}}, live: ""},
		"one runs, it was not recorded":  {at: unknown, slots: slotsOf(platform.Green), live: platform.Green},
		"both run, it was not recorded":  {at: unknown, slots: slotsOf(platform.Blue, platform.Green), live: ""},
		"no slots":                       {at: recorded, gone: true},
		"no slots, it was not recorded":  {at: unknown, gone: true},
		"none runs, it was not recorded": {at: unknown, slots: slotsOf(), live: ""},
	} {
		t.Run(name, func(t *testing.T) {
			for _, kind := range []state.RecordType{state.End, state.UndoEnd} {
				r := ended(c.at, c.slots)
				r.Type = kind
				got, there := state.Fold(former(), []state.Record{opened(5, nil), r, finished(state.Succeeded)}).Instances[c.at]
				require.Equal(t, !c.gone, there)
				require.Equal(t, c.live, got.Live)
				require.Len(t, got.Slots, len(c.slots))
				if there {
					require.Equal(t, platform.Instance{Slots: c.slots}.Fingerprint(), got.Fingerprint)
				}
				for _, s := range got.Slots {
					require.Zero(t, s.Ended, "a passing observation is not recorded")
				}
			}
		})
	}
}

// The slot that stands in where nothing runs is the one that was live before the deployment,
// whatever ran meanwhile.
func TestFoldStandsInWithTheFormerLiveSlot(t *testing.T) {
	at := web("web<1>")
	crashed := map[string]platform.Slot{platform.Green: {Revision: "r2"}}
	records := []state.Record{opened(5, nil), ended(at, slotsOf(platform.Blue)), ended(at, nil), ended(at, crashed)}
	require.Equal(t, platform.Green, state.Fold(former(), records).Instances[at].Live)
}

// An undone deployment leaves what was recorded, not what is there: what somebody else had
// changed before it is drift still, and the same plan is made again.
func TestFoldOfAnUndoneDeployment(t *testing.T) {
	drifted := slotsOf(platform.Green)
	drifted[platform.Green] = platform.Slot{Revision: "r2", Unit: "edited", Running: true}
	undone := ended(web("web<1>"), drifted)
	undone.Type = state.UndoEnd
	for _, o := range []state.Outcome{state.RolledBack, state.Aborted} {
		s := state.Fold(former(), []state.Record{opened(5, nil), ended(web("9"), slotsOf(platform.Blue)), undone,
			balanced(state.After{SetupSet: true}), finished(o)})
		require.Equal(t, former().Instances, s.Instances)
		require.Equal(t, former().Balancers, s.Balancers)
	}
}

// A step at a balancer tells of the servers it touched, and others stay.
func TestFoldBalancers(t *testing.T) {
	old := former().Balancers["edge"]
	id := balancer.ServerID(web("web<1>"), platform.Green, 8082)
	other, setup := balancer.Server{Address: "10.0.0.2:80", Weight: 1}, &balancer.Setup{Bind: ":81"}
	for name, c := range map[string]struct {
		after state.After
		want  map[string]state.Balancer
	}{
		"servers are merged": {state.After{Servers: map[string]balancer.Server{"b": other}},
			map[string]state.Balancer{"edge": {Setup: old.Setup, Servers: map[string]balancer.Server{id: old.Servers[id], "b": other}}}},
		"a server changes": {state.After{Servers: map[string]balancer.Server{id: other}},
			map[string]state.Balancer{"edge": {Setup: old.Setup, Servers: map[string]balancer.Server{id: other}}}},
		"a server goes": {state.After{Gone: []string{id}}, map[string]state.Balancer{"edge": {Setup: old.Setup}}},
		"set-up changes": {state.After{Setup: setup, SetupSet: true},
			map[string]state.Balancer{"edge": {Setup: setup, Servers: old.Servers}}},
		"set-up that is not told": {state.After{Setup: setup}, map[string]state.Balancer{"edge": old}},
		"set-up goes":             {state.After{SetupSet: true}, map[string]state.Balancer{"edge": {Servers: old.Servers}}},
		"all goes":                {state.After{SetupSet: true, Gone: []string{id}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, state.Fold(former(), []state.Record{opened(5, nil), balanced(c.after)}).Balancers)
		})
	}
}

// A journal that is in the state already, and one that does not begin at its beginning,
// change nothing.
func TestFoldLeavesTheStateAlone(t *testing.T) {
	change := ended(web("9"), slotsOf(platform.Blue))
	for name, records := range map[string][]state.Record{
		"no records":          nil,
		"without a beginning": {change, finished(state.Succeeded)},
		"of the last":         {opened(4, nil), change, finished(state.Succeeded)},
		"of an earlier one":   {opened(2, nil), change, finished(state.Succeeded)},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, former(), state.Fold(former(), records))
		})
	}
}

// Nothing after the last record counts, and records of what did not end change nothing.
func TestFoldCountsOnlyWhatEnded(t *testing.T) {
	failed := ended(web("9"), slotsOf(platform.Blue))
	failed.Type = state.Failed
	s := state.Fold(former(), []state.Record{opened(5, nil), failed, finished(state.Aborted), ended(web("8"), slotsOf(platform.Blue))})
	require.Equal(t, former().Instances, s.Instances)
}

// Whether the state was written when the deployment began or not, the whole journal over it
// gives the same; it is pure; and what it gives can be kept and read.
func TestFoldProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		was := rapid.SampledFrom([]state.State{former(), {Project: "shop", Environment: "e"}}).Draw(t, "former")
		records := drawJournal(t, was.Deployment+1)
		whole := state.Fold(was, records)

		part := state.Fold(was, records[:rapid.IntRange(0, 1).Draw(t, "cut")])
		require.Equal(t, whole, state.Fold(part, records), "prefix, then the whole")
		require.Equal(t, whole, state.Fold(whole, records), "twice")
		require.Equal(t, whole, state.Fold(was, records), "the same again: nothing that was given in was changed")

		require.GreaterOrEqual(t, part.Serial, was.Serial)
		require.GreaterOrEqual(t, whole.Serial, part.Serial)
		back, err := state.Decode(state.Encode(whole))
		require.NoError(t, err)
		require.Equal(t, whole, back)
	})
}

func drawJournal(t *rapid.T, deployment int) []state.Record {
	versions := rapid.MapOf(rapid.SampledFrom([]string{"shop", "api", "cron"}), rapid.SampledFrom([]string{"1.2.0", "0.9.0"})).Draw(t, "versions")
	records := append([]state.Record{opened(deployment, versions)}, rapid.SliceOf(rapid.Custom(drawStep)).Draw(t, "steps")...)
	if rapid.Bool().Draw(t, "ends") {
		records = append(records, finished(rapid.SampledFrom([]state.Outcome{state.Succeeded, state.RolledBack, state.Aborted, state.Partial}).Draw(t, "outcome")))
	}
	return records
}

func drawStep(t *rapid.T) state.Record {
	kind := rapid.SampledFrom([]state.RecordType{state.Begin, state.End, state.UndoEnd, state.Failed, state.Undoing}).Draw(t, "type")
	a := platform.Address{
		Release: rapid.SampledFrom([]string{"shop", "api"}).Draw(t, "release"), Service: "web",
		Key: rapid.SampledFrom([]string{"web<1>", "2"}).Draw(t, "key"),
	}
	if rapid.Bool().Draw(t, "balancer") {
		return drawBalancerStep(t, kind)
	}
	slot := rapid.Custom(func(t *rapid.T) platform.Slot {
		return platform.Slot{Revision: rapid.SampledFrom([]string{"r1", "r2"}).Draw(t, "revision"), Running: rapid.Bool().Draw(t, "running"), Ended: rapid.IntRange(0, 2).Draw(t, "ended")}
	})
	slots := rapid.MapOf(rapid.SampledFrom([]string{platform.Main, platform.Blue, platform.Green}), slot).Draw(t, "slots")
	return state.Record{Type: kind, After: &state.After{Address: &a, Instance: &platform.Instance{Slots: slots}}}
}

func drawBalancerStep(t *rapid.T, kind state.RecordType) state.Record {
	server := rapid.Custom(func(t *rapid.T) balancer.Server {
		return balancer.Server{Address: "h:1", Weight: rapid.IntRange(0, 2).Draw(t, "weight")}
	})
	ids := rapid.SampledFrom([]string{"a", "b", "c"})
	after := state.After{
		Balancer: rapid.SampledFrom([]string{"edge", "inner"}).Draw(t, "name"),
		SetupSet: rapid.Bool().Draw(t, "set"),
		Servers:  rapid.MapOf(ids, server).Draw(t, "servers"),
		Gone:     rapid.SliceOf(ids).Draw(t, "gone"),
	}
	if rapid.Bool().Draw(t, "setup") {
		after.Setup = &balancer.Setup{Bind: ":80"}
	}
	return state.Record{Type: kind, After: &after}
}

// deploymentOf is a journal of n steps, each on an instance of its own and then its server.
func deploymentOf(n int, o state.Outcome) []state.Record {
	records := []state.Record{opened(6, map[string]string{"shop": "1.3.0"})}
	for i := range n {
		a := web(strconv.Itoa(i % 10_000))
		step := fmt.Sprintf("%s/activate:green", a)
		end := ended(a, slotsOf(platform.Blue))
		end.Step = step
		if i%2 == 1 {
			end = balanced(state.After{Servers: map[string]balancer.Server{balancer.ServerID(a, platform.Green, 80): {Address: "h:80", Weight: 100}}})
		}
		records = append(records, state.Record{Type: state.Begin, Step: step}, end)
	}
	return numbered(append(records, finished(o)))
}

func BenchmarkFold50000Records(b *testing.B) {
	records := deploymentOf(25_000, state.Succeeded)
	was := large(10_000)
	was.Unfinished = nil
	for b.Loop() {
		state.Fold(was, records)
	}
}
