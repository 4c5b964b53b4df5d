package view

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"rel/balancer"
	"rel/planner"
	"rel/platform"
	"rel/state"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares what was drawn with testdata/NAME.txt.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".txt")
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err, "run the test with -update to write it")
	require.Equal(t, string(want), got)
}

const (
	canaryWay    = "canary"
	rollingWay   = "rolling"
	blueGreenWay = "blue_green"
	recreateWay  = "recreate"
)

// shop is the world of the design's screens: three instances behind a load balancer.
func shop(version, way string) planner.World {
	strategy := planner.Strategy{
		Type: way, Name: "careful", MaxParallel: planner.Count{N: 1}, MinHealthyTime: platform.Duration(10 * time.Second),
		HealthyDeadline: platform.Duration(5 * time.Minute), DrainTimeout: platform.Duration(30 * time.Second),
		AutoRevert: true, AutoPromote: true, KeepReleases: 5,
	}
	if way == canaryWay {
		strategy.Steps = []planner.CanaryStep{{Weight: 5, Pause: minutes(5)}, {Weight: 25, Pause: minutes(10)}, {Weight: 50, Pause: minutes(10)}}
	}
	art := platform.Artifact{Digest: "sha256:" + fmt.Sprintf("%064x", version), Name: "shop-" + version + ".tar.gz", Kind: "tar.gz"}
	revision := platform.Revision{Release: "shop", Service: "web", Version: version, Artifact: art, Command: []string{"bin/shop", "serve"}}
	return planner.World{
		Project: "shop", Environment: "production",
		Targets:   []planner.Target{{Name: "web", Type: "local", Keys: 3, Balancer: "edge"}},
		Balancers: []planner.Balancer{{Name: "edge", Type: "embedded", Bind: "127.0.0.1:8080"}},
		Releases: []planner.Release{{
			Name: "shop", Version: version, Source: "releases.rel.hcl:41", Strategy: strategy,
			Artifact: planner.Artifact{Artifact: art, Source: "dist/" + art.Name, Bytes: 18_600_000},
			Services: []planner.Service{{
				Name: "web", Target: "web", Revision: revision.Name(),
				Ports:  []planner.Port{{Slot: platform.Blue, Number: 8081}, {Slot: platform.Green, Number: 8082}},
				Checks: []platform.HealthCheck{{Type: "http", Path: "/health"}},
			}},
		}},
		Revisions: map[string]platform.Revision{revision.Name(): revision},
	}
}

func minutes(n int) platform.Duration { return platform.Duration(time.Duration(n) * time.Minute) }

func addressOf(key string) platform.Address {
	return platform.Address{Release: "shop", Service: "web", Key: key}
}

// liveIn gives the input of a plan where w is live, healthy, in the blue slots.
func liveIn(w planner.World) planner.Input {
	in := planner.Input{Mode: planner.Normal, Observed: true, Former: &w}
	in.State = state.State{Deployment: 17, Live: 17, Instances: map[platform.Address]state.Instance{}, Balancers: map[string]state.Balancer{}}
	servers := map[string]balancer.Server{}
	for n, key := range []string{"1", "2", "3"} {
		a, port := addressOf(key), 8081+2*n
		slots := map[string]platform.Slot{platform.Blue: {Revision: w.Releases[0].Services[0].Revision, Port: port, Unit: "unit", Running: true, Enabled: true}}
		in.State.Instances[a] = state.Instance{Live: platform.Blue, Slots: slots}
		servers[balancer.ServerID(a, platform.Blue, port)] = balancer.Server{Address: fmt.Sprintf("127.0.0.1:%d", port), Weight: 100}
		servers[balancer.ServerID(a, platform.Green, port+1)] = balancer.Server{Address: fmt.Sprintf("127.0.0.1:%d", port+1), Drained: true}
	}
	in.State.Balancers["edge"] = state.Balancer{Servers: servers,
		Setup: &balancer.Setup{Bind: "127.0.0.1:8080", Backend: "shop.web", Version: "1", Running: true}}
	in.Facts = planner.FactsFromState(in.State)
	return in
}

// planOf computes a plan; change disturbs its input first.
func planOf(t *testing.T, in planner.Input, to planner.World, change func(*planner.Input)) *planner.Plan {
	t.Helper()
	in.World = to
	if change != nil {
		change(&in)
	}
	p, err := planner.Compute(in)
	require.NoError(t, err)
	return p
}

func nothingLive() planner.Input {
	return planner.Input{Mode: planner.Normal, Observed: true,
		Facts: planner.Facts{Balancers: map[string]balancer.Facts{"edge": {Available: "1"}}}}
}

// drawn collects what a view draws at the two widths, with and without colour codes.
func drawn(t *testing.T, draw func(Style, *strings.Builder)) string {
	t.Helper()
	var all strings.Builder
	for _, width := range []int{100, 60} {
		var plain, coloured strings.Builder
		draw(Style{Width: width}, &plain)
		draw(Style{Width: width, Color: true}, &coloured)
		require.Equal(t, plain.String(), uncoloured(coloured.String()), "colour changes nothing but the colour")
		fmt.Fprintf(&all, "== %d columns\n%s", width, plain.String())
	}
	return all.String()
}

// uncoloured takes colour codes out.
func uncoloured(text string) string {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(text, "\x1b[")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		_, text, _ = strings.Cut(after, "m")
	}
}
