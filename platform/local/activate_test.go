package local

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"rel/platform"
)

func (h *harness) remove() {
	h.t.Helper()
	_, err := h.Restore(h.t.Context(), fence(1), shop("1"), platform.Main, platform.Slot{})
	require.NoError(h.t, err)
}

func get(t *testing.T, port int, path string) string {
	t.Helper()
	answer, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d%s", port, path))
	require.NoError(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return string(body)
}

// What the process is told, and what it is not: nothing of rel's own surroundings leaks in.
func TestServicesSurroundings(t *testing.T) {
	t.Setenv("REL_TEST_SECRET", "must not be seen")
	h := newHarness(t)
	port := freePort(t)
	h.run(h.revision("1.0.0", "http", "${port}"), port)
	eventually(t, func() bool { return inUse(port) }, "it listens")

	var env []string
	require.NoError(t, json.Unmarshal([]byte(get(t, port, "/environment")), &env))
	names := map[string]string{}
	for _, e := range env {
		name, value, _ := strings.Cut(e, "=")
		names[name] = value
	}
	for name, want := range map[string]string{
		"PORT": strconv.Itoa(port), "SLOT": "main", "INSTANCE": `shop.web["1"]`, "RELEASE": "shop", "RELEASE_VERSION": "1.0.0", "PATH": os.Getenv("PATH"),
	} {
		require.Equal(t, want, names[name], name)
		delete(names, name)
	}
	for name := range names {
		require.Contains(t, inherited(), name)
	}
	check := platform.HealthCheck{Type: "command", Command: []string{"sh", "-c", `test -z "$REL_TEST_SECRET" && test "$SLOT" = main`}}
	require.NoError(t, h.Check(t.Context(), shop("1"), platform.Main, check), "a check's command is told the same")
	require.Equal(t, filepath.Join(h.Root, "shop.web-1", "releases", h.main().Revision), get(t, port, "/folder"))

	s := h.status()
	shim, err := lookup(s.Shim.Pid)
	require.NoError(t, err)
	service, err := lookup(s.Child.Pid)
	require.NoError(t, err)
	require.Equal(t, s.Shim.Pid, shim.session, "a session of its own, so that it outlives rel's terminal")
	require.Equal(t, s.Child.Pid, service.group, "a process group of its own")
}

// The layout that people look at.
func TestLayout(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	slot := h.run(h.revision("1.0.0", "silent"), 0)
	root := filepath.Join(h.Root, "shop.web-1")
	target, err := os.Readlink(filepath.Join(root, "services/web/main"))
	require.NoError(t, err)
	require.Equal(t, "../../releases/"+slot.Revision, target, "a relative link: the root can be moved")
	mode := func(path string) fs.FileMode {
		info, err := os.Stat(filepath.Join(root, path))
		require.NoError(t, err)
		return info.Mode().Perm()
	}
	require.Equal(t, fs.FileMode(0o600), mode("services/web/main.env"))
	require.Equal(t, fs.FileMode(0o600), mode("services/web/main.log"))
	unit, err := os.ReadFile(filepath.Join(root, "services/web/main.unit.json"))
	require.NoError(t, err)
	require.Equal(t, slot.Unit, hashBytes(unit))
}

// Removing the last of an instance leaves its fence and nothing else.
func TestRemovedInstance(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	slot := h.run(h.revision("1.0.0", "silent"), 0)
	h.remove()
	require.NoError(t, h.Unstage(t.Context(), fence(1), shop("1"), []string{slot.Revision}))
	var left []string
	root := filepath.Join(h.Root, "shop.web-1")
	require.NoError(t, filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		left = append(left, strings.TrimPrefix(path, root))
		return err
	}))
	require.Equal(t, []string{"", "/.rel", "/.rel/fence"}, left)
}

// What cannot run is refused in words, before what runs is touched.
func TestRefusedActivation(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	taken := takenPort(t)
	before := h.run(h.revision("1.0.0", "silent"), 0)
	child := h.status().Child
	for name, test := range map[string]struct {
		command []string
		port    int
		want    []string
	}{
		"a stranger's port": {[]string{h.Executable, "service", "silent"}, taken, []string{fmt.Sprintf("port %d is not free", taken), "it is as it was"}},
		"not in PATH":       {[]string{"no-such-program"}, 0, []string{`the command "no-such-program" is not in PATH (`}},
		"not in the folder": {[]string{"bin/shop"}, 0, []string{"releases/", "/bin/shop is not there"}},
		"not executable":    {[]string{"/dev/null"}, 0, []string{"the command /dev/null cannot be run"}},
		"no port":           {[]string{h.Executable, "${port}"}, 0, []string{"unknown placeholder ${port}"}},
	} {
		_, err := h.tryRun(h.running("2.0.0", test.command...), test.port)
		for _, want := range test.want {
			require.ErrorContains(t, err, want, name)
		}
		require.Equal(t, before, h.main(), name)
		require.Equal(t, child, h.status().Child, name)
	}
}

// A service that cannot be started at all is an error of the activation itself.
func TestStartThatFails(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	r := h.revision("1.0.0", "silent")
	r.WorkingDirectory = "nowhere"
	_, err := h.tryRun(r, 0)
	require.ErrorContains(t, err, "the working directory")
	require.ErrorContains(t, err, "nowhere is not there")
	require.False(t, h.main().Running)

	h.Executable = filepath.Join(t.TempDir(), "no-rel")
	_, err = h.tryRun(h.running("1.0.1", "sh"), 0)
	require.ErrorContains(t, err, "starting the supervisor")
	h.Executable = "/bin/false"
	_, err = h.tryRun(h.running("1.0.2", "sh"), 0)
	require.ErrorContains(t, err, "ended without a word")
}

// A command of the artifact's own, in a folder of its own.
func TestCommandOfTheArtifact(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	r := h.running("1.0.0", "bin/tool", "sh", "-c", "pwd; exec sleep 100")
	r.WorkingDirectory = "data"
	slot := h.run(r, 0)
	want := filepath.Join(h.Root, "shop.web-1", "releases", slot.Revision, "data")
	eventually(t, func() bool { return strings.Contains(h.log(), want) }, "it runs in its folder")
}

// A unit that a person changed before the deployment comes back as they left it.
func TestUnitChangedByHand(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.run(h.revision("1.0.0", "silent"), 0)
	unit, err := os.ReadFile(h.place().unit())
	require.NoError(t, err)
	byHand := strings.Replace(string(unit), `"silent"`, `"say", "by hand"`, 1)
	require.NotEqual(t, string(unit), byHand)
	require.NoError(t, os.WriteFile(h.place().unit(), []byte(byHand), 0o644))
	before := h.main()
	require.Equal(t, hashBytes([]byte(byHand)), before.Unit)

	for _, change := range []func(){func() { h.run(h.revision("2.0.0", "silent"), 0) }, h.remove} {
		change()
		_, err = h.Restore(t.Context(), fence(1), shop("1"), platform.Main, before)
		require.NoError(t, err)
		require.Equal(t, before, h.main())
		eventually(t, func() bool { return strings.Contains(h.log(), "by hand") }, "it is run as well")
	}
}

// What cannot be restored is an error before anything is changed, and says what is missing.
func TestRestoreOfWhatIsGone(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	now := h.run(h.revision("2.0.0", "silent"), 0)
	gone := now
	gone.Revision = "1.0.0-000000000000"
	_, err := h.Restore(t.Context(), fence(1), shop("1"), platform.Main, gone)
	require.ErrorContains(t, err, "revision 1.0.0-000000000000 is not staged")
	otherUnit := now
	otherUnit.Unit = hashBytes(nil)
	_, err = h.Restore(t.Context(), fence(1), shop("1"), platform.Main, otherUnit)
	require.ErrorContains(t, err, "is not kept in")
	require.Equal(t, now, h.main())
}

// A slot whose unit was lost is made again from its staged revision's name alone.
func TestRestoreFromTheRevision(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	before := h.run(h.revision("1.0.0", "silent"), 0)
	h.remove()
	require.NoError(t, os.RemoveAll(filepath.Join(h.Root, "shop.web-1", ".rel", "former")))
	_, err := h.Restore(t.Context(), fence(1), shop("1"), platform.Main, before)
	require.NoError(t, err)
	require.Equal(t, before, h.main())
}

// What runs already as it ran before is not started anew by an undo.
func TestRestoreLeavesRunning(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	before := h.run(h.revision("1.0.0", "silent"), 0)
	child := h.status().Child
	_, err := h.Restore(t.Context(), fence(1), shop("1"), platform.Main, before)
	require.NoError(t, err)
	require.Equal(t, child, h.status().Child)
}

// Two that change one instance at once do so one after the other.
func TestVerbsTakeTurns(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	names := []string{h.stage(h.revision("1.0.0", "silent")), h.stage(h.revision("2.0.0", "silent"))}
	var all sync.WaitGroup
	errs := make([]error, 4)
	for n := range errs {
		all.Go(func() {
			_, errs[n] = h.Activate(t.Context(), fence(1), shop("1"), platform.Main, platform.Activation{Revision: names[n%2]})
		})
	}
	all.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}
	require.True(t, h.main().Running)
	require.Contains(t, names, h.main().Revision)
}

// Who waits for its turn can give up.
func TestWaitingEndsWithTheContext(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	i, err := h.instance(shop("1"))
	require.NoError(t, err)
	lock, err := h.lockInstance(t.Context(), i)
	require.NoError(t, err)
	defer lock.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*1000*1000)
	defer cancel()
	_, err = h.Stop(ctx, fence(1), shop("1"), platform.Main)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorContains(t, err, "waiting for another rel")
}

// Running as another user needs root, and as root it is that user.
func TestUser(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	r := h.running("1.0.0", "sh", "-c", "id -un; echo $HOME; exec sleep 100")
	if os.Geteuid() != 0 {
		r.User = "root"
		require.ErrorContains(t, h.Stage(t.Context(), fence(1), shop("1"), r, h.open), `running as user "root" needs root`)
		return
	}
	r.User = "nobody"
	require.NoError(t, h.Stage(t.Context(), fence(1), shop("1"), r, h.open))
	for dir := filepath.Dir(h.Root); dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		require.NoError(t, os.Chmod(dir, 0o755))
	}
	h.run(r, 0)
	c, err := credentialOf("nobody")
	require.NoError(t, err)
	eventually(t, func() bool { return h.log() == "nobody\n"+c.user.HomeDir+"\n" }, "it is nobody")
}
