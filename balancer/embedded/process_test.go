package embedded

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"rel/balancer"
	"rel/platform"
)

// running is a load balancer that was set up before some servers.
func running(t *testing.T, addresses ...string) (*Driver, balancer.Setup) {
	t.Helper()
	d := newDriver(t, testConfig(t, filepath.Join(t.TempDir(), "edge")))
	s := setup(freeAddress(t))
	servers := map[string]balancer.Server{}
	for i, a := range addresses {
		servers[serverID(i)] = balancer.Server{Address: a, Weight: 100}
	}
	require.NoError(t, d.Ensure(testContext(t), first, s, servers, nil))
	return d, s
}

func observe(t *testing.T, d *Driver) balancer.Facts {
	t.Helper()
	f, err := d.Observe(testContext(t))
	require.NoError(t, err)
	return f
}

// pid is the process that serves, as the log tells.
func pid(t *testing.T, d *Driver) int {
	t.Helper()
	b, err := os.ReadFile(d.folder.log())
	require.NoError(t, err)
	all := regexp.MustCompile(`(?m)^\[(\d+)\].* serves$`).FindAllStringSubmatch(string(b), -1)
	require.NotEmpty(t, all)
	n, err := strconv.Atoi(all[len(all)-1][1])
	require.NoError(t, err)
	return n
}

func kill(t *testing.T, d *Driver) {
	t.Helper()
	require.NoError(t, syscall.Kill(pid(t, d), syscall.SIGKILL))
	require.Eventually(t, func() bool { return !d.folder.runs() }, 5*time.Second, time.Millisecond)
}

func get(t *testing.T, bind string) string {
	t.Helper()
	c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second}
	a, err := c.Get("http://" + bind)
	require.NoError(t, err)
	defer a.Body.Close()
	b, err := io.ReadAll(a.Body)
	require.NoError(t, err)
	return strings.TrimSpace(string(b))
}

func named(t *testing.T, name string) string {
	return testBackend(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, name) })
}

// What kill -9, a crash or a reboot ends comes back as it was by any verb: from a copy of the
// binary, so that it does not matter that rel was built anew or deleted.
func TestComesBackAfterAKill(t *testing.T) {
	t.Parallel()
	for name, verb := range map[string]func(context.Context, *Driver, balancer.Setup) error{
		"ensure": func(ctx context.Context, d *Driver, s balancer.Setup) error { return d.Ensure(ctx, first, s, nil, nil) },
		"restore": func(ctx context.Context, d *Driver, s balancer.Setup) error {
			return d.Restore(ctx, first, &s, map[string]balancer.Server{serverID(0): {}, serverID(1): {}})
		},
		"weights": func(ctx context.Context, d *Driver, _ balancer.Setup) error {
			return d.Weights(ctx, first, map[string]int{serverID(1): 30})
		},
		"drain": func(ctx context.Context, d *Driver, _ balancer.Setup) error {
			return d.Drain(ctx, first, serverID(0), platform.Duration(time.Second))
		},
	} {
		t.Run(name, func(t *testing.T) {
			d, s := running(t, named(t, "blue"), named(t, "green"))
			ctx := testContext(t)
			require.NoError(t, d.Weights(ctx, first, map[string]int{serverID(1): 30}))
			require.NoError(t, d.Drain(ctx, first, serverID(0), platform.Duration(time.Second)))
			want := observe(t, d)
			require.True(t, want.Setup.Running)
			kill(t, d)
			d.config.Executable = "/gone"

			down := observe(t, d)
			require.False(t, down.Setup.Running)
			require.Equal(t, "1.0.0", down.Setup.Version)
			require.Equal(t, want.Servers, down.Servers)

			require.NoError(t, verb(ctx, d, s))
			require.Equal(t, want, observe(t, d))
			require.Equal(t, "green", get(t, s.Bind))
			require.ErrorIs(t, d.Undrain(ctx, platform.Fence{Lineage: "a"}, serverID(0)), platform.ErrFenced, "the fence is kept too")
		})
	}
}

// A process that lives and does not answer, as one that was stopped, is told of in time: who looks
// at it does not hang.
func TestProcessThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	d, _ := running(t, named(t, "blue"))
	d.config.Timing.Answer = 300 * time.Millisecond
	require.NoError(t, syscall.Kill(pid(t, d), syscall.SIGSTOP))
	require.Contains(t, observe(t, d).Unreachable, "does not answer")
	require.NoError(t, syscall.Kill(pid(t, d), syscall.SIGCONT))
	require.Empty(t, observe(t, d).Unreachable)
}

// An address that somebody else has is said, and nothing is left behind or lost.
func TestAddressIsTaken(t *testing.T) {
	t.Parallel()
	other, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer other.Close()
	taken := setup(other.Addr().String())

	t.Run("at the first set-up", func(t *testing.T) {
		d := newDriver(t, testConfig(t, filepath.Join(t.TempDir(), "edge")))
		err := d.Ensure(testContext(t), first, taken, nil, nil)
		require.ErrorContains(t, err, taken.Bind)
		require.ErrorContains(t, err, "in use")
		require.Nil(t, observe(t, d).Setup)
		require.Eventually(t, func() bool { return !d.folder.runs() }, 5*time.Second, time.Millisecond, "a process that serves nothing ends")
		require.Equal(t, d.config.Version, observe(t, d).Available)
	})
	t.Run("when it moves", func(t *testing.T) {
		d, s := running(t, named(t, "blue"))
		require.ErrorContains(t, d.Ensure(testContext(t), first, taken, nil, nil), "in use")
		require.Equal(t, s.Bind, observe(t, d).Setup.Bind)
		require.Equal(t, "blue", get(t, s.Bind))
	})
	t.Run("when it comes back", func(t *testing.T) {
		d, s := running(t, named(t, "blue"))
		kill(t, d)
		l, err := net.Listen("tcp", s.Bind)
		require.NoError(t, err)
		require.ErrorContains(t, d.Weights(testContext(t), first, map[string]int{serverID(0): 1}), "in use")
		moved := setup(freeAddress(t))
		require.NoError(t, d.Ensure(testContext(t), first, moved, nil, nil), "another address helps")
		require.Equal(t, "blue", get(t, moved.Bind))
		require.NoError(t, l.Close())
	})
}

// The path of a Unix socket is short; a folder's need not be.
func TestFolderWithALongPath(t *testing.T) {
	t.Parallel()
	d := newDriver(t, testConfig(t, filepath.Join(t.TempDir(), strings.Repeat("long/", 30), "edge")))
	s := setup(freeAddress(t))
	require.NoError(t, d.Ensure(testContext(t), first, s, map[string]balancer.Server{serverID(0): {Address: named(t, "blue"), Weight: 1}}, nil))
	require.Equal(t, "blue", get(t, s.Bind))
	path, err := d.folder.socket(control)
	require.NoError(t, err)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	info, err = os.Stat(filepath.Dir(path))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), info.Mode().Perm())
	require.NoError(t, d.Restore(testContext(t), first, nil, nil))
	require.NoFileExists(t, path)
	require.NoDirExists(t, string(d.folder))
}

// slowBackend answers "begun", and the rest when told.
func slowBackend(t *testing.T) (address string, rest chan string) {
	rest = make(chan string, 10)
	return testBackend(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/ws" {
			echoUpgrade(w, r)
			return
		}
		_, _ = io.WriteString(w, "begun ")
		_ = http.NewResponseController(w).Flush()
		_, _ = io.WriteString(w, <-rest)
	}), rest
}

// dialTo sends a request to a load balancer and reads the head of the answer.
func dialTo(t *testing.T, bind, request string) (net.Conn, *http.Response, func(string)) {
	t.Helper()
	c, r := talkTo(t, bind, request)
	a, err := http.ReadResponse(r, nil)
	require.NoError(t, err)
	return c, a, func(text string) { requireEcho(t, c, r, text) }
}

// A process that is told to end answers what it has; another can be started at once, and a
// drain there waits for the requests of the former too.
func TestEndsGracefully(t *testing.T) {
	t.Parallel()
	address, rest := slowBackend(t)
	d, s := running(t, address)
	_, a, _ := dialTo(t, s.Bind, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
	old := pid(t, d)
	require.NoError(t, syscall.Kill(old, syscall.SIGTERM))
	require.Eventually(t, func() bool { return !d.folder.runs() }, 5*time.Second, time.Millisecond)
	require.False(t, observe(t, d).Setup.Running)
	require.NoError(t, d.Ensure(testContext(t), first, s, nil, nil))
	require.NotEqual(t, old, pid(t, d))

	drained := make(chan struct{})
	go func() {
		defer close(drained)
		_ = d.Drain(context.Background(), first, serverID(0), platform.Duration(time.Minute))
	}()
	requireWaiting(t, drained)
	rest <- "end"
	body, err := io.ReadAll(a.Body)
	require.NoError(t, err)
	require.Equal(t, "begun end", string(body))
	requireDone(t, drained)
	require.Eventually(t, func() bool { return syscall.Kill(old, 0) != nil }, 5*time.Second, 10*time.Millisecond)
	require.Empty(t, d.folder.retired())
}

// Removal answers what is on its way before the folder is gone.
func TestRemovalIsGraceful(t *testing.T) {
	t.Parallel()
	address, rest := slowBackend(t)
	d, s := running(t, address)
	_, a, _ := dialTo(t, s.Bind, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
	time.AfterFunc(200*time.Millisecond, func() { rest <- "end" })
	require.NoError(t, d.Restore(testContext(t), first, nil, nil))
	body, err := io.ReadAll(a.Body)
	require.NoError(t, err)
	require.Equal(t, "begun end", string(body))
	require.NoDirExists(t, string(d.folder))
	_, err = net.Dial("tcp", s.Bind)
	require.Error(t, err)
}

// Another lineage's state takes a load balancer over only when told to.
func TestAdopt(t *testing.T) {
	t.Parallel()
	d, s := running(t)
	ctx := testContext(t)
	theirs := platform.Fence{Lineage: "b", Number: 1}
	require.NoError(t, d.Ensure(ctx, platform.Fence{Lineage: "a", Number: 9}, s, nil, nil))
	require.ErrorIs(t, d.Ensure(ctx, theirs, s, nil, nil), platform.ErrFenced)
	require.NoError(t, d.Adopt(ctx, "b"))
	require.NoError(t, d.Adopt(ctx, "b"))
	require.NoError(t, d.Ensure(ctx, theirs, s, nil, nil))
	require.ErrorIs(t, d.Ensure(ctx, platform.Fence{Lineage: "a", Number: 10}, s, nil, nil), platform.ErrFenced)
	require.NoError(t, New(testConfig(t, t.TempDir())).Adopt(ctx, "b"), "nothing is set up there")
}

// A removed load balancer's fence is checked where its process does not run, too.
func TestRemovalChecksTheFence(t *testing.T) {
	t.Parallel()
	d, _ := running(t)
	kill(t, d)
	require.ErrorIs(t, d.Restore(testContext(t), platform.Fence{Lineage: "b", Number: 9}, nil, nil), platform.ErrFenced)
	require.NotNil(t, observe(t, d).Setup)
	require.NoError(t, d.Restore(testContext(t), first, nil, nil))
	require.NoDirExists(t, string(d.folder))
}

// A damaged state file stops all; it is not overwritten by an empty one.
func TestDamagedStateIsNotOverwritten(t *testing.T) {
	t.Parallel()
	c := testConfig(t, t.TempDir())
	d := New(c)
	require.NoError(t, os.WriteFile(d.folder.state(), []byte("garbage\n"), 0o600))
	_, err := d.Observe(testContext(t))
	require.ErrorIs(t, err, errDamaged)
	err = d.Ensure(testContext(t), first, setup(freeAddress(t)), nil, nil)
	require.ErrorContains(t, err, "damaged")
	b, err := os.ReadFile(d.folder.state())
	require.NoError(t, err)
	require.Equal(t, "garbage\n", string(b))
}

// One folder has one process, whoever starts it.
func TestOneProcessAFolder(t *testing.T) {
	t.Parallel()
	d, _ := running(t)
	err := launch(testContext(t), d.folder, d.folder.program("1.0.0"), command(options{folder: d.folder, ready: true, timing: shortTiming()}))
	require.ErrorContains(t, err, "runs already")
	require.True(t, observe(t, d).Setup.Running)
}
