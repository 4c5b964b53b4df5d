package executor_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"rel/balancer"
	balancers "rel/balancer/simulated"
	"rel/executor"
	"rel/planner"
	"rel/platform"
	platforms "rel/platform/simulated"
	"rel/state"
	"rel/state/local"
)

// BenchmarkApply runs whole deployments of about so many steps. Real are the plan, which the
// planner makes, executor.Apply with its goroutines and its clock, and the journal, the state and
// the lock on disk with their fsyncs. In memory are the hosts and the load balancer, which
// answer at once: what is measured is rel's own part. A first deployment runs as many steps at
// once as may be, so that one fsync makes many records durable; a rolling upgrade goes host by
// host, ten at a time, and is bound by fsync.
//
// Twice the steps are to take twice the time: steps/s and cpu-µs/step must not depend on the
// size.
func BenchmarkApply(b *testing.B) {
	for _, steps := range []int{1250, 2500, 5000} {
		b.Run(fmt.Sprintf("first/%d", steps), func(b *testing.B) {
			benchmarkApply(b, func() *environment { return newEnvironment(b, steps/4) }, "1.0.0")
		})
	}
	for _, steps := range []int{1250, 2500, 5000} {
		b.Run(fmt.Sprintf("upgrade/%d", steps), func(b *testing.B) {
			benchmarkApply(b, func() *environment {
				e := newEnvironment(b, steps/6)
				e.apply(b, e.plan(b, "1.0.0"))
				return e
			}, "2.0.0")
		})
	}
}

// benchmarkApply measures the deployment of a version to environments that are made anew.
func benchmarkApply(b *testing.B, open func() *environment, version string) {
	var steps, records int
	var cpu time.Duration
	for b.Loop() {
		b.StopTimer()
		e := open()
		p := e.plan(b, version)
		before := spent(b)
		b.StartTimer()
		e.apply(b, p)
		b.StopTimer()
		cpu += spent(b) - before
		steps += len(p.Steps)
		records += len(e.journal(b))
		b.StartTimer()
	}
	b.ReportMetric(float64(steps)/float64(b.N), "steps/op")
	b.ReportMetric(float64(records)/float64(b.N), "records/op")
	b.ReportMetric(float64(steps)/b.Elapsed().Seconds(), "steps/s")
	b.ReportMetric(float64(cpu.Microseconds())/float64(steps), "cpu-µs/step")
}

// spent is the processor's time that this process has had.
func spent(b *testing.B) time.Duration {
	var u syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// environment is hosts and a load balancer in memory, and a backend on disk.
type environment struct {
	instances int
	drivers   executor.Drivers
	backend   state.Backend
	former    *planner.World
}

func newEnvironment(b *testing.B, instances int) *environment {
	return &environment{
		instances: instances,
		backend:   local.Open(b.TempDir(), time.Now),
		drivers: executor.Drivers{
			Platforms: map[string]platform.Driver{"web": platforms.New(&platforms.World{FreeBytes: 1 << 40})},
			Balancers: map[string]balancer.Driver{"edge": balancers.New(&balancers.Balancer{Version: "1"})},
			Artifacts: func(platform.Revision) platform.OpenArtifact { return openNothing },
		},
	}
}

// nothing is an artifact without contents.
type nothing struct{ *strings.Reader }

func (nothing) Close() error { return nil }

var _ io.ReaderAt = nothing{}

func openNothing(context.Context) (platform.ArtifactReader, error) {
	return nothing{strings.NewReader("")}, nil
}

// world is one release on as many instances as there are, with two slots, behind a balancer.
// There is nothing to wait for in it.
func (e *environment) world(version string) planner.World {
	artifact := platform.Artifact{Digest: "sha256:" + fmt.Sprintf("%064s", version), Name: "shop.tar.gz", Kind: "tar.gz"}
	r := platform.Revision{Release: "shop", Service: "web", Version: version, Artifact: artifact, Command: []string{"bin/shop"}}
	return planner.World{
		Project: "shop", Environment: "production",
		Targets:   []planner.Target{{Name: "web", Type: "local", Keys: e.instances, Balancer: "edge"}},
		Balancers: []planner.Balancer{{Name: "edge", Type: "embedded", Bind: ":8080"}},
		Releases: []planner.Release{{
			Name: "shop", Version: version, Artifact: planner.Artifact{Artifact: artifact},
			Strategy: planner.Strategy{Type: "rolling", MaxParallel: planner.Count{N: 10}, AutoRevert: true, KeepReleases: 1},
			Services: []planner.Service{{
				Name: "web", Target: "web", Revision: r.Name(),
				Ports:  []planner.Port{{Slot: platform.Blue, Number: 10_000}, {Slot: platform.Green, Number: 10_001}},
				Checks: []platform.HealthCheck{{Type: "tcp", Interval: platform.Duration(time.Second), Successes: 1, Failures: 3}},
			}},
		}},
		Revisions: map[string]platform.Revision{r.Name(): r},
	}
}

// plan plans a version from what is observed and recorded, as rel plan does.
func (e *environment) plan(b *testing.B, version string) *planner.Plan {
	in := planner.Input{World: e.world(version), Former: e.former, State: e.state(b), Observed: true,
		Facts: planner.Facts{Balancers: map[string]balancer.Facts{}}}
	var instances []platform.Address
	for a := range in.World.Instances() {
		instances = append(instances, a)
	}
	var err error
	in.Facts.Instances, err = e.drivers.Platforms["web"].Observe(b.Context(), instances)
	require.NoError(b, err)
	in.Facts.Balancers["edge"], err = e.drivers.Balancers["edge"].Observe(b.Context())
	require.NoError(b, err)
	p, err := planner.Compute(in)
	require.NoError(b, err)
	return p
}

func (e *environment) state(b *testing.B) state.State {
	if e.former == nil {
		return state.State{}
	}
	s, err := e.backend.ReadState(b.Context(), "production")
	require.NoError(b, err)
	return s
}

// apply applies a plan, and remembers what it left live.
func (e *environment) apply(b *testing.B, p *planner.Plan) {
	result, err := executor.Apply(b.Context(), executor.Options{
		Plan: p, File: []byte("the plan file"), Digest: "sha256:" + p.World.Releases[0].Version,
		Backend: e.backend, Drivers: e.drivers, Holder: local.Self("ana", "apply"),
	})
	require.NoError(b, err)
	require.Equal(b, state.Succeeded, result.Outcome, result.Reason)
	e.former = &p.World
}

// journal is that of the last deployment.
func (e *environment) journal(b *testing.B) []state.Record {
	records, err := e.backend.ReadJournal(b.Context(), "production", e.state(b).Deployment)
	require.NoError(b, err)
	return records
}
