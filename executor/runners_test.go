package executor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"rel/balancer"
	balancersimulated "rel/balancer/simulated"
	"rel/planner"
	"rel/platform"
	"rel/platform/simulated"
	"rel/state"
)

// bench is a world in memory with a host, a balancer and the runners on it.
type bench struct {
	time    *fakeTime
	world   *simulated.World
	edge    *balancersimulated.Balancer
	did     []string // the verbs' micro-operations
	runners Runners
}

var (
	webRevision = platform.Revision{Release: "shop", Service: "web", Version: "2", Command: []string{"web"}}
	oldRevision = platform.Revision{Release: "shop", Service: "web", Version: "1", Command: []string{"web"}}
)

func newBench(t testing.TB) *bench {
	t.Helper()
	b := &bench{time: newFakeTime(), world: &simulated.World{FreeBytes: 1 << 30}, edge: &balancersimulated.Balancer{}}
	b.world.Step = func(_ context.Context, what string) error { b.did = append(b.did, what); return nil }
	b.edge.Step = b.world.Step
	b.runners = Runners{
		Plan: &planner.Plan{
			World: planner.World{Revisions: map[string]platform.Revision{webRevision.Name(): webRevision}},
			Checks: map[string]planner.Checks{"web": {MinHealthyTime: seconds(3), HealthyDeadline: seconds(60),
				HealthChecks: []platform.HealthCheck{{Type: "tcp", Interval: seconds(1), Successes: 1, Failures: 3}}}},
		},
		Drivers: Drivers{
			Platforms: map[string]platform.Driver{"here": simulated.New(b.world)},
			Balancers: map[string]balancer.Driver{"edge": balancersimulated.New(b.edge)},
			Artifacts: openArtifact,
		},
		Fence: platform.Fence{Lineage: "l", Number: 7},
		Clock: b.time.clock(),
	}
	return b
}

// artifactBytes is an artifact, of which a simulated platform reads nothing.
type artifactBytes struct{ *io.SectionReader }

func (artifactBytes) Close() error { return nil }

func openArtifact(platform.Revision) platform.OpenArtifact {
	return func(context.Context) (platform.ArtifactReader, error) { return artifactBytes{}, nil }
}

// host puts revisions on the host and makes the slot main run one of them.
func (b *bench) host(revision platform.Revision) *simulated.Host { return b.hostAt(at("1"), revision) }

func (b *bench) hostAt(a platform.Address, revision platform.Revision) *simulated.Host {
	h := b.world.Host(a)
	h.Staged = append(h.Staged, revision.Name())
	s := h.Slot(platform.Main)
	s.Revision, s.Unit, s.Port, s.Enabled = revision.Name(), simulated.Unit(platform.Main, revision.Name(), 80), 80, true
	s.Process = &simulated.Process{Revision: s.Revision, Unit: s.Unit, Port: s.Port, Healthy: true}
	return h
}

func (b *bench) servers(all map[string]balancer.Server) {
	b.edge.Setup = &balancer.Setup{Bind: ":80", Backend: "shop.web", Running: true}
	b.edge.Servers = all
}

func (b *bench) run(t testing.TB, task Task) *state.After {
	t.Helper()
	after, err := b.runners.Run(t.Context(), task)
	require.NoError(t, err)
	return after
}

// before is the slot main as the bench's host has it.
func (b *bench) before() platform.Slot { return b.world.Host(at("1")).Slot(platform.Main).Facts() }

func activateStep(before platform.Slot) *planner.Step {
	return &planner.Step{ID: "activate", Kind: planner.KindActivate, Idempotent: planner.Probe,
		Args: &planner.Activate{Target: "here", Instance: at("1"), Slot: platform.Main, Port: 80, Revision: webRevision.Name()},
		Undo: planner.Undo{Slot: &planner.RestoreSlot{Target: "here", Instance: at("1"), Slot: platform.Main, Before: before, Checks: "web"}}}
}

// TestEveryKindHasARunner: a kind without one could be planned and reviewed, and never run.
func TestEveryKindHasARunner(t *testing.T) {
	for _, kind := range planner.Kinds() {
		require.NotNil(t, runners[kind].do, kind)
	}
	require.Len(t, runners, len(planner.Kinds()), "and there is no runner that no plan can use")
}

// TestEveryUndoHasARunner: what a plan says is undone can be undone.
func TestEveryUndoHasARunner(t *testing.T) {
	for _, step := range sketch(t, "stage:1 | undo", "drain:1 | undo", "undrain:1 | undo", "activate:1 | undo", "stop:1 | undo",
		"traffic:1 | undo", "balancer | undo").Steps {
		require.NotNil(t, runners[step.Kind].undo, step.Kind)
	}
}

func TestStage(t *testing.T) {
	b := newBench(t)
	step := &planner.Step{Kind: planner.KindStage, Args: &planner.Stage{Target: "here", Instance: at("1"), Revision: webRevision.Name()},
		Undo: planner.Undo{Unstage: &planner.Unstage{Target: "here", Instance: at("1"), Revision: webRevision.Name()}}}
	b.run(t, Task{Step: step})
	require.Equal(t, []string{webRevision.Name()}, b.world.Host(at("1")).Staged)
	b.run(t, Task{Step: step, Undo: true})
	require.Empty(t, b.world.Host(at("1")).Staged)

	t.Run("a revision that the plan does not hold", func(t *testing.T) {
		step := &planner.Step{Kind: planner.KindStage, Args: &planner.Stage{Target: "here", Instance: at("1"), Revision: "3"}}
		_, err := b.runners.Run(t.Context(), Task{Step: step})
		require.EqualError(t, err, "the plan does not hold the revision 3")
	})
	t.Run("a host of another lineage has nothing to undo", func(t *testing.T) {
		b := newBench(t)
		b.world.Host(at("1")).Fence = platform.Fence{Lineage: "other", Number: 1}
		_, err := b.runners.Run(t.Context(), Task{Step: step})
		require.ErrorIs(t, err, platform.ErrFenced)
		b.run(t, Task{Step: step, Undo: true})
	})
}

func TestPrune(t *testing.T) {
	b := newBench(t)
	b.world.Host(at("1")).Staged = []string{"a", "b", "c"}
	b.run(t, Task{Step: &planner.Step{Kind: planner.KindPrune, Args: &planner.Prune{Target: "here", Instance: at("1"), Revisions: []string{"a", "b"}}}})
	require.Equal(t, []string{"c"}, b.world.Host(at("1")).Staged)
}

// TestGate: every target is asked, so that all that is missing is known at once.
func TestGate(t *testing.T) {
	b := newBench(t)
	other := &simulated.World{}
	b.runners.Drivers.Platforms["there"] = simulated.New(other)
	claim := func(bytes int64) []platform.Claim { return []platform.Claim{{Address: at("1"), Bytes: bytes}} }
	step := &planner.Step{Kind: planner.KindGate, Args: &planner.Gate{Claims: map[string][]platform.Claim{"here": claim(1), "there": claim(0)}}}
	b.run(t, Task{Step: step})
	step.Args = &planner.Gate{Claims: map[string][]platform.Claim{"here": claim(2 << 30), "there": claim(1)}}
	_, err := b.runners.Run(t.Context(), Task{Step: step})
	require.ErrorContains(t, err, "target here: ")
	require.ErrorContains(t, err, "target there: ")
}

func TestActivateAndUndo(t *testing.T) {
	b := newBench(t)
	h := b.host(oldRevision)
	h.Staged = append(h.Staged, webRevision.Name())
	step := activateStep(b.before())
	after := b.run(t, Task{Step: step})
	require.Equal(t, webRevision.Name(), h.Slots[platform.Main].Process.Revision)
	require.Equal(t, at("1"), *after.Address)
	require.Equal(t, webRevision.Name(), after.Instance.Slots[platform.Main].Revision, "what it left is journaled")

	after = b.run(t, Task{Step: step, Undo: true})
	require.Equal(t, oldRevision.Name(), h.Slots[platform.Main].Process.Revision)
	require.True(t, h.Slots[platform.Main].Process.Healthy, "it waits until what ran is healthy")
	require.Equal(t, oldRevision.Name(), after.Instance.Slots[platform.Main].Revision)
}

// TestUndoOfSickSlot: one that was sick when the deployment began must not hang the way back.
func TestUndoOfSickSlot(t *testing.T) {
	b := newBench(t)
	b.host(oldRevision).Staged = append(b.world.Host(at("1")).Staged, webRevision.Name())
	step := activateStep(b.before())
	b.run(t, Task{Step: step})
	b.world.Works = func(_ platform.Address, revision string) bool { return revision != oldRevision.Name() }
	b.run(t, Task{Step: step, Undo: true, Sick: true})
	require.Zero(t, b.time.past())

	after, err := b.runners.Run(t.Context(), Task{Step: step, Undo: true})
	require.ErrorIs(t, err, platform.ErrUnhealthy, "one that was healthy is waited for")
	require.NotNil(t, after, "and what was done is told all the same")
}

// TestActivateResumed: what had begun before a crash is not started twice where the host says
// that it happened, and started again where the old process may still be the one that runs.
func TestActivateResumed(t *testing.T) {
	t.Run("happened in a slot that was idle", func(t *testing.T) {
		b := newBench(t)
		step := activateStep(platform.Slot{})
		h := b.host(webRevision)
		process := h.Slots[platform.Main].Process
		after := b.run(t, Task{Step: step, Resumed: true})
		require.Same(t, process, h.Slots[platform.Main].Process)
		require.True(t, after.Instance.Slots[platform.Main].Running)
		require.Equal(t, []string{"observe"}, b.did)
	})
	t.Run("not told to ask", func(t *testing.T) {
		b := newBench(t)
		step := activateStep(platform.Slot{})
		step.Idempotent = planner.Repeat
		process := b.host(webRevision).Slots[platform.Main].Process
		b.run(t, Task{Step: step, Resumed: true})
		require.NotSame(t, process, b.world.Host(at("1")).Slots[platform.Main].Process)
	})
	for name, change := range map[string]func(*simulated.Slot){
		"another revision": func(s *simulated.Slot) { s.Revision = "1" },
		"another port":     func(s *simulated.Slot) { s.Port = 81 },
		"not running":      func(s *simulated.Slot) { s.Process = nil },
		"not enabled":      func(s *simulated.Slot) { s.Enabled = false },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			change(b.host(webRevision).Slots[platform.Main])
			b.run(t, Task{Step: activateStep(platform.Slot{}), Resumed: true})
			require.Contains(t, b.did, "activate:main")
		})
	}
	t.Run("the pointer is new, the process old", func(t *testing.T) {
		b := newBench(t)
		h := b.host(oldRevision)
		step := activateStep(b.before())
		h.Staged = append(h.Staged, webRevision.Name())
		h.Slots[platform.Main].Revision = webRevision.Name() // cut off here
		b.run(t, Task{Step: step, Resumed: true})
		require.Equal(t, webRevision.Name(), h.Slots[platform.Main].Process.Revision)
	})
}

// TestHostThatIsLost: facts that nobody could observe are an error, not an empty host.
func TestHostThatIsLost(t *testing.T) {
	_, err := instanceAfter(at("1"), platform.Instance{Unreachable: "no route"}, nil)
	require.ErrorIs(t, err, platform.ErrUnreachable)
	b := newBench(t)
	b.servers(map[string]balancer.Server{serverOf("1"): {}})
	b.edge.Lost = true
	_, err = serversAfter(t.Context(), b.runners.Drivers.Balancers["edge"], "edge", []string{serverOf("1")})
	require.ErrorIs(t, err, platform.ErrUnreachable)
}

func TestStop(t *testing.T) {
	b := newBench(t)
	h := b.host(oldRevision)
	before := b.before()
	undo := planner.Undo{Slot: &planner.RestoreSlot{Target: "here", Instance: at("1"), Slot: platform.Main, Before: before, Checks: "web"}}
	stop := &planner.Step{Kind: planner.KindStop, Undo: undo, Args: &planner.Stop{Target: "here", Instance: at("1"), Slot: platform.Main}}
	after := b.run(t, Task{Step: stop})
	require.Equal(t, platform.Slot{Revision: before.Revision, Unit: before.Unit, Port: 80}, after.Instance.Slots[platform.Main])

	stop.Args = &planner.Stop{Target: "here", Instance: at("1"), Slot: platform.Main, Remove: true}
	after = b.run(t, Task{Step: stop})
	require.Empty(t, after.Instance.Slots, "removed whole")

	b.run(t, Task{Step: stop, Undo: true})
	require.Equal(t, before, b.before(), "restored whole")
	require.True(t, h.Slots[platform.Main].Process.Healthy)
}

func TestCheck(t *testing.T) {
	b := newBench(t)
	b.host(webRevision)
	step := &planner.Step{Kind: planner.KindCheck, Args: &planner.Check{Target: "here", Instance: at("1"), Slot: platform.Main, Checks: "web"}}
	b.run(t, Task{Step: step})
	require.Equal(t, 3*time.Second, b.time.past(), "min_healthy_time")
	b.world.Host(at("1")).Slots[platform.Main].Log = []string{"panic: no such file"}
	b.world.Works = func(platform.Address, string) bool { return false }
	_, err := b.runners.Run(t.Context(), Task{Step: step})
	var unhealthy *UnhealthyError
	require.ErrorAs(t, err, &unhealthy)
	require.Equal(t, []string{"panic: no such file"}, unhealthy.Log)
}

// TestDrainAndUndrain: the flag as it was, and where that is drained, idle.
func TestDrainAndUndrain(t *testing.T) {
	server := serverOf("1")
	for _, kind := range []string{"drain", "undrain"} {
		for _, before := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/%v", kind, before), func(t *testing.T) {
				b := newBench(t)
				b.servers(map[string]balancer.Server{server: {Weight: 100, Drained: before}})
				b.edge.InFlight = map[string]int{server: 2}
				step := sketchStep(t, kind+":1")
				step.Undo.Flag = &planner.RestoreFlag{Balancer: "edge", Server: server, Drained: before}
				after := b.run(t, Task{Step: &step})
				require.Equal(t, kind == "drain", b.edge.Servers[server].Drained)
				require.Equal(t, map[string]balancer.Server{server: b.edge.Servers[server]}, after.Servers)
				b.edge.InFlight = map[string]int{server: 2}
				b.run(t, Task{Step: &step, Undo: true})
				require.Equal(t, before, b.edge.Servers[server].Drained)
				require.Equal(t, before, b.edge.InFlight[server] == 0, "what is drained again is idle")
			})
		}
	}
}

// TestTraffic: the weights of the servers that it names and of no other, there and back; on
// the way back only those that the task names.
func TestTraffic(t *testing.T) {
	b := newBench(t)
	b.servers(map[string]balancer.Server{serverOf("1"): {Weight: 1}, serverOf("2"): {Weight: 2}, serverOf("3"): {Weight: 3}})
	step := sketchStep(t, "traffic:1+2 | undo")
	after := b.run(t, Task{Step: &step})
	require.Equal(t, map[string]balancer.Server{serverOf("1"): {Weight: 50}, serverOf("2"): {Weight: 50}}, after.Servers)
	require.Equal(t, 3, b.edge.Servers[serverOf("3")].Weight)
	after = b.run(t, Task{Step: &step, Undo: true, Weights: map[string]int{serverOf("1"): 1}})
	require.Equal(t, map[string]balancer.Server{serverOf("1"): {Weight: 1}}, after.Servers)
	require.Equal(t, 50, b.edge.Servers[serverOf("2")].Weight, "left out")
	b.did = nil
	require.Nil(t, b.run(t, Task{Step: &step, Undo: true}))
	require.Empty(t, b.did, "with all hosts lost there is nothing to ask the balancer for")
}

// TestBalancer: set-up and servers there and back, and what is told of them.
func TestBalancer(t *testing.T) {
	b := newBench(t)
	setup := &balancer.Setup{Bind: ":80", Backend: "shop.web", Running: true}
	added := map[string]balancer.Server{serverOf("1"): {Address: "h:80", Weight: 100, Drained: true}}
	step := &planner.Step{Kind: planner.KindBalancer, Args: &planner.EnsureBalancer{Balancer: "edge", Setup: setup, Add: added},
		Undo: planner.Undo{Balancer: &planner.RestoreBalancer{Balancer: "edge"}}}
	after := b.run(t, Task{Step: step})
	require.Equal(t, &state.After{Balancer: "edge", Setup: setup, SetupSet: true, Servers: added}, after)
	after = b.run(t, Task{Step: step, Undo: true})
	require.Equal(t, &state.After{Balancer: "edge", SetupSet: true, Servers: map[string]balancer.Server{}, Gone: []string{serverOf("1")}}, after)
	require.Nil(t, b.edge.Setup)

	t.Run("removed whole", func(t *testing.T) {
		b.servers(added)
		step := &planner.Step{Kind: planner.KindBalancer, Args: &planner.EnsureBalancer{Balancer: "edge", Remove: []string{serverOf("1")}},
			Undo: planner.Undo{Balancer: &planner.RestoreBalancer{Balancer: "edge", Setup: setup, Servers: added}}}
		after := b.run(t, Task{Step: step})
		require.Equal(t, []string{serverOf("1")}, after.Gone)
		require.Nil(t, after.Setup)
		after = b.run(t, Task{Step: step, Undo: true})
		require.Equal(t, added, after.Servers)
		require.Equal(t, setup, after.Setup)
	})
}

// TestPause: a pause that an earlier process began waits for what is left of it.
func TestPause(t *testing.T) {
	step := &planner.Step{Kind: planner.KindPause, Args: &planner.Pause{For: seconds(60), Reason: "canary"}}
	earlier := func(d time.Duration) *time.Time { at := testTime.Add(-d); return &at }
	for name, test := range map[string]struct {
		began *time.Time
		want  time.Duration
	}{
		"new":             {nil, time.Minute},
		"20s ago":         {earlier(20 * time.Second), 40 * time.Second},
		"over":            {earlier(time.Hour), 0},
		"clock went back": {earlier(-time.Hour), time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			var until time.Time
			b.runners.Progress = func(_ Task, _ string, u time.Time) { until = u }
			b.run(t, Task{Step: step, Began: test.began})
			require.Equal(t, test.want, b.time.past())
			if test.want > 0 {
				require.Equal(t, testTime.Add(test.want), until)
			}
		})
	}
}

// faulty is a balancer whose first weights calls fail.
type faulty struct {
	balancer.Driver
	times int
	err   error
	calls int
}

func (f *faulty) Weights(ctx context.Context, fence platform.Fence, w map[string]int) error {
	f.calls++
	if f.calls <= f.times {
		return f.err
	}
	return f.Driver.Weights(ctx, fence, w)
}

// slow is a load balancer whose servers keep a connection open for longer than the drain waits.
type slow struct {
	balancer.Driver
	time *fakeTime
}

func (s slow) Drain(ctx context.Context, f platform.Fence, server string, timeout platform.Duration) error {
	return errors.Join(s.time.clock().Sleep(ctx, time.Duration(timeout)), s.Driver.Drain(ctx, f, server, timeout))
}

// TestDrainThatRanOut: that something will be cut is told, and not passed off as done.
func TestDrainThatRanOut(t *testing.T) {
	b := newBench(t)
	b.servers(map[string]balancer.Server{serverOf("1"): {Weight: 100}})
	var told []string
	b.runners.Progress = func(_ Task, message string, _ time.Time) { told = append(told, message) }
	step := sketchStep(t, "drain:1")
	step.Args.(*planner.Drain).Timeout = seconds(10)
	b.run(t, Task{Step: &step})
	require.Empty(t, told)
	b.runners.Drivers.Balancers["edge"] = slow{b.runners.Drivers.Balancers["edge"], b.time}
	b.run(t, Task{Step: &step})
	require.Len(t, told, 1)
	require.Contains(t, told[0], "after drain_timeout")
}

// TestRetries: as often as the step says, with growing waits; never where the fence refuses.
func TestRetries(t *testing.T) {
	broke := errors.New("broke")
	for name, test := range map[string]struct {
		retries, times int
		err            error
		want           error
		calls          int
		past           time.Duration
	}{
		"none":                {0, 1, broke, broke, 1, 0},
		"enough":              {3, 2, broke, nil, 3, 3 * time.Second},
		"not enough":          {2, 9, broke, broke, 3, 3 * time.Second},
		"not after the fence": {5, 1, platform.ErrFenced, platform.ErrFenced, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.servers(map[string]balancer.Server{serverOf("1"): {}})
			f := &faulty{Driver: b.runners.Drivers.Balancers["edge"], times: test.times, err: test.err}
			b.runners.Drivers.Balancers["edge"] = f
			step := sketchStep(t, "traffic:1 | undo")
			step.Retries = test.retries
			_, err := b.runners.Run(t.Context(), Task{Step: &step})
			require.ErrorIs(t, err, test.want)
			require.Equal(t, test.calls, f.calls)
			require.Equal(t, test.past, b.time.past())
		})
	}
}

// TestPanicFailsTheStep and nothing else.
func TestPanicFailsTheStep(t *testing.T) {
	b := newBench(t)
	step := sketchStep(t, "drain:1") // with no flag to restore
	_, err := b.runners.Run(t.Context(), Task{Step: &step, Undo: true})
	var fault *PanicError
	require.ErrorAs(t, err, &fault)
	require.ErrorContains(t, err, "a fault in rel itself")
	require.Contains(t, string(fault.Stack), "undoFlag")
}

// TestTimeout: a step that takes longer than its own timeout has failed, and says so.
func TestTimeout(t *testing.T) {
	b := newBench(t)
	b.runners.Clock = SystemClock()
	step := &planner.Step{Kind: planner.KindPause, Args: &planner.Pause{For: seconds(60)}, Timeout: platform.Duration(time.Millisecond)}
	_, err := b.runners.Run(t.Context(), Task{Step: step})
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorContains(t, err, "not done within its timeout of 1ms")
}

// TestDriversFit: a place without a driver is found before anything is locked or changed.
func TestDriversFit(t *testing.T) {
	b := newBench(t)
	plan := sketch(t, rolling...)
	require.NoError(t, b.runners.Drivers.fit(plan))
	require.ErrorContains(t, Drivers{}.fit(plan), `no driver for the target "here"`)
	require.ErrorContains(t, Drivers{Platforms: b.runners.Drivers.Platforms}.fit(plan), `no driver for the load balancer "edge"`)
	plan.Targets, plan.Balancers = nil, nil
	require.ErrorContains(t, Drivers{}.fit(plan), "step stage:h1: there is no driver for the target")
	require.ErrorContains(t, Drivers{Platforms: b.runners.Drivers.Platforms}.fit(plan), "step drain:h1: there is no driver for the load balancer")
	plan.Steps[0].Kind = "dance"
	require.ErrorContains(t, b.runners.Drivers.fit(plan), `does not know steps of the kind "dance"`)
}
