package view

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"rel/balancer"
	"rel/planner"
	"rel/platform"
)

// It protects the review: what a plan says, for each way that it can go, wide and narrow.
func TestPlanText(t *testing.T) {
	old, next := shop("1.4.2", rollingWay), func(way string) planner.World { return shop("1.5.0", way) }
	waits := next(canaryWay)
	waits.Releases[0].Strategy.AutoPromote = false
	halts := next(rollingWay)
	halts.Releases[0].Strategy.AutoRevert = false
	for name, d := range map[string]PlanData{
		"first":        {Plan: planOf(t, nothingLive(), next(rollingWay), nil), Observed: true},
		"rolling":      {Plan: planOf(t, liveIn(old), next(rollingWay), nil), Observed: true},
		"blue_green":   {Plan: planOf(t, liveIn(old), next(blueGreenWay), nil), Observed: true},
		"canary":       {Plan: planOf(t, liveIn(old), next(canaryWay), nil), Observed: true},
		"canary_waits": {Plan: planOf(t, liveIn(old), waits, nil), Observed: true},
		"halts":        {Plan: planOf(t, liveIn(old), halts, nil), Observed: true},
		"no_changes":   {Plan: planOf(t, liveIn(old), old, nil), Observed: true},
		"unfinished":   {Plan: planOf(t, liveIn(old), next(rollingWay), nil), Observed: false, Unfinished: 18},
		"rollback": {Observed: true, Plan: planOf(t, liveIn(old), next(rollingWay), func(in *planner.Input) {
			in.Mode, in.RollbackTo = planner.Rollback, 16
		})},
		"destroy": {Observed: true, Plan: planOf(t, liveIn(old), planner.World{Project: "shop", Environment: "production"}, nil)},
		"drift": {Observed: true, Plan: planOf(t, liveIn(old), old, func(in *planner.Input) {
			stopped := in.Facts.Instances[addressOf("2")].Slots[platform.Blue]
			stopped.Running = false
			in.Facts.Instances[addressOf("2")] = platform.Instance{Slots: map[string]platform.Slot{platform.Blue: stopped}}
			in.Facts.Balancers["edge"] = balancer.Facts{Available: "1"}
		})},
	} {
		t.Run(name, func(t *testing.T) {
			d.Digest = "sha256:4b1d09e27c5500112233"
			golden(t, "plan_"+name, drawn(t, func(s Style, b *strings.Builder) {
				require.NoError(t, Plan(s, b, d))
				PlanSaved(s, b, d, "shop.relplan")
			}))
		})
	}
}

// It protects narrow terminals: no line of a plan is wider than the reader's terminal.
func TestPlanTextFits(t *testing.T) {
	for _, way := range []string{rollingWay, blueGreenWay, canaryWay} {
		p := planOf(t, liveIn(shop("1.4.2", rollingWay)), shop("1.5.0", way), nil)
		var b strings.Builder
		require.NoError(t, Plan(Style{Width: 100}, &b, PlanData{Plan: p, Observed: true}))
		for line := range strings.Lines(b.String()) {
			require.LessOrEqualf(t, columns(strings.TrimSpace(line)), 100, "%s: %s", way, line)
		}
	}
}

// It protects programs that read `rel show -json`, by its bytes.
func TestPlanJSON(t *testing.T) {
	p := planOf(t, liveIn(shop("1.4.2", rollingWay)), shop("1.5.0", rollingWay), nil)
	var file bytes.Buffer
	_, err := planner.Write(&file, p, planner.Provenance{Who: "ana", When: noon, RelVersion: "0.1.0", Refreshed: true})
	require.NoError(t, err)
	f, err := planner.Read(bytes.NewReader(file.Bytes()), int64(file.Len()))
	require.NoError(t, err)
	var b strings.Builder
	require.NoError(t, PlanJSON(&b, f))
	require.True(t, json.Valid([]byte(b.String())))
	golden(t, "plan_json", b.String())
}

// It protects all views of a step: a new kind must say what it does, or a person would see
// nothing of it. Only a barrier does nothing.
func TestEveryKindHasText(t *testing.T) {
	seen := make(map[planner.Kind]bool)
	for _, way := range []string{rollingWay, blueGreenWay, canaryWay} {
		w := shop("1.5.0", way)
		w.Releases[0].Strategy.KeepReleases = 1
		w.Releases[0].Strategy.AutoPromote = false
		in := liveIn(shop("1.4.2", rollingWay))
		for a, i := range in.Facts.Instances {
			i.Staged = append([]string{"0.9.0-aaaaaaaaaaaa", "0.9.1-bbbbbbbbbbbb"}, i.Staged...)
			in.Facts.Instances[a] = i
		}
		for _, p := range []*planner.Plan{planOf(t, nothingLive(), w, nil), planOf(t, in, w, nil)} {
			for i := range p.Steps {
				s := &p.Steps[i]
				seen[s.Kind] = true
				if s.Kind != planner.KindBarrier {
					require.NotEmptyf(t, stepText(s), "kind %s", s.Kind)
					require.NotEmptyf(t, groupLabel(p, s), "kind %s", s.Kind)
				}
			}
		}
	}
	for _, kind := range planner.Kinds() {
		require.Truef(t, seen[kind], "no plan of this test has a step of kind %s, so its text is not held", kind)
	}
}

// It protects the JSON of plans: every action has Terraform's word.
func TestEveryActionHasTerraformsWord(t *testing.T) {
	for _, a := range []planner.Action{planner.NoAction, planner.Create, planner.Update, planner.Repair, planner.Destroy} {
		require.NotEmpty(t, actions[a], a)
		require.NotEmpty(t, sign(Style{}, a), a)
	}
	require.Len(t, actions, 5)
}

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// It protects how times, sizes and digests read.
func TestWords(t *testing.T) {
	for _, c := range []struct{ got, want any }{
		{Duration(0), "0s"},
		{Duration(300 * time.Millisecond), "0.3s"},
		{Duration(9960 * time.Millisecond), "10s"},
		{Duration(27 * time.Second), "27s"},
		{Duration(59900 * time.Millisecond), "1m"},
		{Duration(80 * time.Second), "1m 20s"},
		{Duration(59*time.Minute + 59900*time.Millisecond), "1h"},
		{Duration(125 * time.Minute), "2h 5m"},
		{Duration(76 * time.Hour), "3d 4h"},
		{Bytes(999), "999 B"},
		{Bytes(18_600_000), "18.6 MB"},
		{Bytes(999_999), "1.0 MB"},
		{Count(1, "host"), "1 host"},
		{Count(0, "host"), "0 hosts"},
		{ShortDigest("sha256:0123456789abcdef"), "sha256:0123456789ab"},
		{ShortDigest("short"), "short"},
		{Printable("a\x1b[2Jb\tc\u0085"), "a\uFFFD[2Jb c\uFFFD"},
		{Ago(time.Second), "now"},
		{Ago(90 * time.Minute), "1 hour ago"},
		{VersionChange("shop", "", "1.0.0"), "shop 1.0.0"},
		{VersionChange("shop", "1.0.0", ""), "shop 1.0.0 → nothing"},
		{VersionChange("shop", "1.0.0", "1.1.0"), "shop 1.0.0 → 1.1.0"},
	} {
		require.True(t, reflect.DeepEqual(c.got, c.want), "%q is not %q", c.got, c.want)
	}
}
