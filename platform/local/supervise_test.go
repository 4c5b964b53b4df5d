package local

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"rel/platform"
)

func (h *harness) stop() {
	h.t.Helper()
	require.NoError(h.t, h.stopAs(fence(1)))
}

// A service that ends is started again, how it ended is known and how often, and it is not
// taken for running.
func TestServiceThatEnds(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		command []string
		want    string
	}{
		"exit code": {[]string{"/bin/sh", "-c", "exit 3"}, "exit code 3"},
		"success":   {[]string{"/bin/sh", "-c", "exit 0"}, "exit code 0"},
		"signal":    {[]string{"/bin/sh", "-c", "kill -SEGV $$"}, "signal SIGSEGV"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHarness(t)
			h.run(h.running("1.0.0", test.command...), 0)
			eventually(t, func() bool { return h.main().Ended >= 3 }, "it is started again")
			require.Equal(t, test.want, h.status().LastEnd)
			err := h.Check(t.Context(), shop("1"), platform.Main, platform.HealthCheck{Type: "tcp", Port: "1"})
			require.ErrorIs(t, err, platform.ErrUnhealthy)
			require.Contains(t, err.Error(), "the process is not running: it ended with "+test.want)
			h.stop()
			require.False(t, h.main().Running)
			ended := h.status().Ended
			time.Sleep(150 * time.Millisecond) // longer than the longest wait
			require.Equal(t, ended, h.status().Ended, "nothing starts a stopped service")
			require.Equal(t, stopped, h.status().State)
		})
	}
}

// An end that was asked for is not counted as one of its own.
func TestStoppedIsNotEnded(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.run(h.revision("1.0.0", "silent"), 0)
	h.stop()
	require.Zero(t, h.main().Ended)
	require.Equal(t, "signal SIGTERM", h.status().LastEnd)
}

// A supervisor catches signals that would end it, and its service does not inherit that.
func TestStopSignals(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"SIGHUP", "SIGPIPE", "SIGINT", "SIGUSR1"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHarness(t)
			r := h.running("1.0.0", "sleep", "100")
			r.StopSignal = name
			h.run(r, 0)
			h.stop()
			require.Equal(t, "signal "+name, h.status().LastEnd)
		})
	}
}

// A rel that dies before it hears that the service was started leaves a supervisor that works.
func TestNobodyHearsTheReport(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.run(h.revision("1.0.0", "silent"), 0)
	h.stop()
	answer, say, err := os.Pipe()
	require.NoError(t, err)
	require.NoError(t, answer.Close())
	require.NoError(t, h.spawnSupervisor(h.place(), say))
	require.NoError(t, say.Close())
	eventually(t, func() bool { return h.main().Running }, "it runs")
	shim := h.status().Shim
	require.NoError(t, shim.signal(unix.SIGHUP))
	time.Sleep(50 * time.Millisecond)
	require.True(t, h.main().Running)
	h.stop()
	eventually(t, func() bool { return !shim.alive() }, "and it ends")
}

// A service that ignores the stop signal is killed when its time is over, not before.
func TestStubbornService(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	r := h.revision("1.0.0", "stubborn")
	r.StopTimeout = platform.Duration(300 * time.Millisecond)
	h.run(r, 0)
	eventually(t, func() bool { return strings.Contains(h.log(), "stubborn") }, "it ignores the signal")
	child, begin := h.status().Child, time.Now()
	h.stop()
	require.GreaterOrEqual(t, time.Since(begin), 300*time.Millisecond)
	require.False(t, child.alive())
	require.Equal(t, "signal SIGKILL", h.status().LastEnd)
}

// The stop signal comes once: many programs take a second one for impatience.
func TestStopSignalComesOnce(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	r := h.revision("1.0.0", "count")
	r.StopTimeout = platform.Duration(300 * time.Millisecond)
	h.run(r, 0)
	eventually(t, func() bool { return strings.Contains(h.log(), "ready") }, "it counts")
	h.stop()
	require.Equal(t, "ready\ntold to stop\n", h.log())
}

// What a service starts to end in good order is not hit by the stop signal.
func TestGracefulService(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	saved := filepath.Join(t.TempDir(), "saved")
	h.run(h.revision("1.0.0", "graceful", saved), 0)
	eventually(t, func() bool { return strings.Contains(h.log(), "ready") }, "it is ready to be stopped")
	h.stop()
	require.FileExists(t, saved)
	require.Equal(t, "exit code 0", h.status().LastEnd)
}

// family runs a service with a child and a daemon and gives all three.
func (h *harness) family(more ...string) []process {
	h.t.Helper()
	file := filepath.Join(h.t.TempDir(), "pids")
	r := h.revision("1.0.0", append([]string{"family", file}, more...)...)
	r.StopTimeout = platform.Duration(200 * time.Millisecond)
	h.run(r, 0)
	eventually(h.t, func() bool { return exists(file) }, "the family is there")
	b, err := os.ReadFile(file)
	require.NoError(h.t, err)
	var pids [3]int
	_, err = fmt.Sscan(string(b), &pids[0], &pids[1], &pids[2])
	require.NoError(h.t, err)
	var all []process
	for _, pid := range pids {
		if e, err := lookup(pid); err == nil {
			all = append(all, e.process)
		}
	}
	return all
}

func noneAlive(all []process) bool {
	for _, p := range all {
		if p.alive() {
			return false
		}
	}
	return true
}

// Neither a child that ignores the stop signal nor a daemon outlives its service's stop.
func TestStopLeavesNoOrphans(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	all := h.family()
	require.Len(t, all, 3)
	h.stop()
	require.True(t, noneAlive(all))
}

// A service that ends by itself is not started again beside what it left behind.
func TestEndLeavesNoOrphans(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	all := h.family("and end")
	eventually(t, func() bool { return noneAlive(all) }, "what is left behind is ended")
	eventually(t, func() bool { return h.status().Ended > 1 }, "and the service started again")
}

// killSupervisor kills the slot's supervisor and gives its service.
func (h *harness) killShim() process {
	h.t.Helper()
	s := h.status()
	require.NoError(h.t, s.Shim.signal(unix.SIGKILL))
	eventually(h.t, func() bool { return !held(h.place().lock()) }, "the supervisor is gone")
	return s.Child
}

// A killed supervisor costs neither the service nor a line of its output; the facts show that
// something is wrong, and each verb that changes the slot puts it right.
func TestKilledSupervisor(t *testing.T) {
	t.Parallel()
	for name, verb := range map[string]func(*harness, platform.Slot) bool{
		"activate": func(h *harness, _ platform.Slot) bool { return h.run(h.revision("1.0.0", "say", "line"), 0).Running },
		"restore": func(h *harness, before platform.Slot) bool {
			_, err := h.Restore(h.t.Context(), fence(1), shop("1"), platform.Main, before)
			require.NoError(h.t, err)
			return h.main().Running
		},
		"stop":   func(h *harness, _ platform.Slot) bool { h.stop(); return !h.main().Running },
		"remove": func(h *harness, _ platform.Slot) bool { h.remove(); return h.facts().Fingerprint() == platform.Absent },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHarness(t)
			before := h.run(h.revision("1.0.0", "say", "line"), 0)
			child := h.killShim()
			require.True(t, child.alive())
			length := len(h.log())
			eventually(t, func() bool { return len(h.log()) > length }, "its output goes on")
			require.False(t, h.main().Running, "nobody would start it again")
			err := h.Check(t.Context(), shop("1"), platform.Main, platform.HealthCheck{Type: "tcp", Port: "1"})
			require.ErrorIs(t, err, platform.ErrUnhealthy)
			require.ErrorContains(t, err, "its supervisor has been killed")
			require.True(t, verb(h, before))
			require.False(t, child.alive())
		})
	}
}

// What a killed supervisor left has the port of the slot, and that is not in its own way.
func TestKilledSupervisorWithPort(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	port := freePort(t)
	r := h.revision("1.0.0", "http", "${port}")
	h.run(r, port)
	eventually(t, func() bool { return inUse(port) }, "it listens")
	h.killShim()
	require.NoError(t, h.Preflight(t.Context(), []platform.Claim{{Address: shop("1"), Ports: []int{port}}}), "nor in that of a plan")
	require.True(t, h.run(r, port).Running)
}

// After a reboot nothing runs, and a process that happens to have an old pid is let live.
func TestReboot(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	before := h.run(h.revision("1.0.0", "say", "line"), 0)
	innocent := h.killShim()
	s := h.status()
	s.Boot = "another"
	require.NoError(t, h.place().writeStatus(s))
	require.False(t, h.main().Running)
	h.stop()
	require.True(t, innocent.alive())
	require.NoError(t, innocent.signal(unix.SIGKILL))

	_, err := h.Restore(t.Context(), fence(1), shop("1"), platform.Main, before)
	require.NoError(t, err)
	require.True(t, h.main().Running, "and it can be started again")
}

// A slot has one supervisor: a second one leaves the first alone.
func TestSecondSupervisor(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.run(h.revision("1.0.0", "silent"), 0)
	before := h.status()
	require.ErrorContains(t, h.start(t.Context(), h.place()), "another supervisor has the slot")
	require.Equal(t, before, h.status())
	require.True(t, h.main().Running)
}

// A supervisor that is stopped itself (by the shutdown of the machine, say) ends its service.
func TestSupervisorIsTerminated(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.run(h.revision("1.0.0", "silent"), 0)
	s := h.status()
	require.NoError(t, s.Shim.signal(unix.SIGTERM))
	eventually(t, func() bool { return !h.main().Running && !held(h.place().lock()) }, "it ends")
	require.False(t, s.Child.alive())
	require.True(t, h.main().Enabled, "and nobody has disabled the slot")
}

func TestSuperviseUsage(t *testing.T) {
	require.ErrorContains(t, Supervise(t.Context(), []string{"one"}), "usage: rel supervise DIR SLOT")
}
