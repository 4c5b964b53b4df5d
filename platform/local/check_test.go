package local

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"rel/platform"
)

// Each kind of check passes for what is healthy, and else says in a sentence what was seen.
func TestCheck(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	port, other := freePort(t), freePort(t)
	h.run(h.revision("1.0.0", "http", "${port}"), port)
	eventually(t, func() bool { return inUse(port) }, "it listens")
	url := fmt.Sprintf("GET http://127.0.0.1:%d", port)
	for name, test := range map[string]struct {
		check platform.HealthCheck
		want  string // empty: healthy
	}{
		"http":            {platform.HealthCheck{Type: "http", Path: "/health"}, ""},
		"its body":        {platform.HealthCheck{Type: "http", Path: "/health", ExpectBody: "ok ${slot}"}, ""},
		"its header":      {platform.HealthCheck{Type: "http", Path: "/health", Headers: map[string]string{"X-Check": "from ${instance.key}"}, ExpectBody: "from 1"}, ""},
		"another body":    {platform.HealthCheck{Type: "http", Path: "/health", ExpectBody: "fine"}, url + `/health: 200, but its body lacks "fine"`},
		"sick":            {platform.HealthCheck{Type: "http", Path: "/sick"}, url + "/sick: 500 (wanted 200)"},
		"sick is wanted":  {platform.HealthCheck{Type: "http", Path: "/sick", ExpectStatus: 500}, ""},
		"moved":           {platform.HealthCheck{Type: "http", Path: "/moved"}, url + "/moved: 302 (wanted 200)"},
		"slow":            {platform.HealthCheck{Type: "http", Path: "/slow", Timeout: platform.Duration(50 * time.Millisecond)}, url + "/slow: no answer in time"},
		"nobody there":    {platform.HealthCheck{Type: "http", Port: fmt.Sprint(other)}, fmt.Sprintf("GET http://127.0.0.1:%d/: connection refused", other)},
		"tcp":             {platform.HealthCheck{Type: "tcp"}, ""},
		"tcp, no":         {platform.HealthCheck{Type: "tcp", Port: fmt.Sprint(other)}, fmt.Sprintf("connecting to 127.0.0.1:%d: connection refused", other)},
		"command":         {platform.HealthCheck{Type: "command", Command: []string{"sh", "-c", `test -f bin/tool && test "$PORT" = "$1"`, "sh", "${port}"}}, ""},
		"its own command": {platform.HealthCheck{Type: "command", Command: []string{"bin/tool", "true"}}, ""},
		"command, no":     {platform.HealthCheck{Type: "command", Command: []string{"sh", "-c", "echo no disk; exit 4"}}, "sh -c echo no disk; exit 4: exit code 4: no disk"},
		"command, killed": {platform.HealthCheck{Type: "command", Command: []string{"sh", "-c", "kill -9 $$"}}, "sh -c kill -9 $$: signal SIGKILL"},
		"command, slow":   {platform.HealthCheck{Type: "command", Command: []string{"sh", "-c", "echo busy; sleep 50"}, Timeout: platform.Duration(100 * time.Millisecond)}, "sh -c echo busy; sleep 50: not done in time: busy"},
		"no such command": {platform.HealthCheck{Type: "command", Command: []string{"bin/none"}}, ""},
	} {
		err := h.Check(t.Context(), shop("1"), platform.Main, test.check)
		switch {
		case name == "no such command":
			require.ErrorIs(t, err, platform.ErrUnhealthy)
			require.ErrorContains(t, err, "no such file")
		case test.want == "":
			require.NoError(t, err, name)
		default:
			require.ErrorIs(t, err, platform.ErrUnhealthy, name)
			require.EqualError(t, err, test.want, name)
		}
	}
}

// A check that is wrong itself says nothing about health.
func TestCheckThatIsWrong(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.run(h.revision("1.0.0", "silent"), 0)
	for want, check := range map[string]platform.HealthCheck{
		"a local target makes checks of type http, tcp and command": {Type: "systemd"},
		"unknown placeholder ${port}":                               {Type: "tcp"},
		"unknown placeholder ${prot}":                               {Type: "http", Port: "1", Path: "/${prot}"},
		"does not begin with /":                                     {Type: "http", Port: "1", Path: "health"},
		"it has no command":                                         {Type: "command"},
	} {
		err := h.Check(t.Context(), shop("1"), platform.Main, check)
		require.ErrorContains(t, err, want)
		require.NotErrorIs(t, err, platform.ErrUnhealthy, want)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := h.Check(ctx, shop("1"), platform.Main, platform.HealthCheck{Type: "tcp", Port: "1"})
	require.ErrorIs(t, err, context.Canceled)
	require.NotErrorIs(t, err, platform.ErrUnhealthy, "a check that was called off")
}

// A stranger who answers on the service's port does not make it healthy.
func TestCheckOfAStranger(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	port := freePort(t)
	other := newHarness(t)
	other.run(other.revision("1.0.0", "http", "${port}"), port)
	eventually(t, func() bool { return inUse(port) }, "the stranger listens")
	h.run(h.running("1.0.0", "sh", "-c", "exit 1"), 0)
	eventually(t, func() bool { return h.main().Ended > 0 }, "it has ended")
	for range 20 {
		err := h.Check(t.Context(), shop("1"), platform.Main, platform.HealthCheck{Type: "http", Path: "/health", Port: fmt.Sprint(port)})
		require.ErrorIs(t, err, platform.ErrUnhealthy)
	}
}

// A service that ends while it is checked is not healthy, whatever answered in its place.
func TestEndWhileChecked(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.run(h.revision("1.0.0", "silent"), 0)
	s := h.status()
	kill := []string{"sh", "-c", `kill -9 "$@"; while kill -0 "$2" 2>/dev/null; do sleep 0.01; done`, "sh", fmt.Sprint(s.Shim.Pid), fmt.Sprint(s.Child.Pid)}
	err := h.Check(t.Context(), shop("1"), platform.Main, platform.HealthCheck{Type: "command", Command: kill})
	require.ErrorIs(t, err, platform.ErrUnhealthy)
	require.ErrorContains(t, err, "the process is not running")
}

// What a timed out check command has started ends with it.
func TestCheckCommandLeavesNothing(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.run(h.revision("1.0.0", "silent"), 0)
	file := filepath.Join(t.TempDir(), "pid")
	err := h.Check(t.Context(), shop("1"), platform.Main, platform.HealthCheck{
		Type: "command", Command: []string{"sh", "-c", `sleep 100 & echo $! >"$1"; wait`, "sh", file}, Timeout: platform.Duration(200 * time.Millisecond),
	})
	require.ErrorContains(t, err, "not done in time")
	b, err := os.ReadFile(file)
	require.NoError(t, err)
	var pid int
	_, err = fmt.Sscan(string(b), &pid)
	require.NoError(t, err)
	eventually(t, func() bool { e, err := lookup(pid); return err != nil || e.dead }, "it is gone")
}
