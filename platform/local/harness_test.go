package local

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"rel/platform"
)

// harness is a driver on a folder of its own, whose processes end with the test.
type harness struct {
	*Driver
	t        *testing.T
	artifact []byte
}

func newHarness(t *testing.T) *harness {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	h := &harness{t: t, artifact: pack(t, map[string]string{"bin/tool": "#!/bin/sh\nexec \"$@\"\n", "data/a.txt": "a\n"})}
	h.Driver = New(Config{Root: filepath.Join(t.TempDir(), "root"), Executable: self, Unpack: untar, StopGrace: 2 * time.Second, Poll: 5 * time.Millisecond})
	t.Cleanup(h.endAll)
	return h
}

// endAll ends whatever still runs below the root, whoever's fence it has.
func (h *harness) endAll() {
	found, err := filepath.Glob(filepath.Join(h.Root, "*", "services", "*", "*.lock"))
	require.NoError(h.t, err)
	for _, lock := range found {
		if h.t.Failed() {
			status, _ := os.ReadFile(strings.TrimSuffix(lock, ".lock") + ".status.json")
			log, _ := os.ReadFile(strings.TrimSuffix(lock, ".lock") + ".log")
			h.t.Logf("%s\n%s\n%.4000s", lock, status, log)
		}
		require.NoError(h.t, h.end(context.Background(), place(strings.TrimSuffix(lock, ".lock"))))
	}
}

func shop(key string) platform.Address {
	return platform.Address{Release: "shop", Service: "web", Key: key}
}

func fence(n int64) platform.Fence { return platform.Fence{Lineage: "lineage-1", Number: n} }

// revision is one that runs a service of this binary.
func (h *harness) revision(version string, service ...string) platform.Revision {
	return h.running(version, append([]string{h.Executable, "service"}, service...)...)
}

func (h *harness) running(version string, command ...string) platform.Revision {
	sum := sha256.Sum256(h.artifact)
	return platform.Revision{
		Release: "shop", Service: "web", Version: version, Command: command,
		Artifact:   platform.Artifact{Digest: "sha256:" + hex.EncodeToString(sum[:]), Name: "shop.tar", Kind: "tar"},
		StopSignal: "SIGTERM", StopTimeout: platform.Duration(2 * time.Second),
	}
}

func (h *harness) open(context.Context) (platform.ArtifactReader, error) {
	return memory{bytes.NewReader(h.artifact)}, nil
}

// memory is an artifact's bytes.
type memory struct{ *bytes.Reader }

func (memory) Close() error { return nil }

func (h *harness) stage(r platform.Revision) string {
	h.t.Helper()
	require.NoError(h.t, h.Stage(h.t.Context(), fence(1), shop("1"), r, h.open))
	return r.Name()
}

// run stages and activates a revision in the slot main.
func (h *harness) run(r platform.Revision, port int) platform.Slot {
	h.t.Helper()
	slot, err := h.tryRun(r, port)
	require.NoError(h.t, err)
	return slot
}

func (h *harness) tryRun(r platform.Revision, port int) (platform.Slot, error) {
	facts, err := h.Activate(h.t.Context(), fence(1), shop("1"), platform.Main, platform.Activation{Revision: h.stage(r), Port: port})
	return facts.Slots[platform.Main], err
}

func (h *harness) facts() platform.Instance {
	h.t.Helper()
	facts, err := h.Observe(h.t.Context(), []platform.Address{shop("1")})
	require.NoError(h.t, err)
	return facts[shop("1")]
}

func (h *harness) main() platform.Slot { return h.facts().Slots[platform.Main] }

func (h *harness) place() place {
	i, err := h.instance(shop("1"))
	require.NoError(h.t, err)
	return i.slot(platform.Main)
}

func (h *harness) status() status {
	h.t.Helper()
	s, err := h.place().readStatus()
	require.NoError(h.t, err)
	return s
}

func (h *harness) log() string {
	h.t.Helper()
	var b bytes.Buffer
	require.NoError(h.t, h.Logs(h.t.Context(), &b, shop("1"), platform.Main, platform.LogOptions{Lines: -1}))
	return b.String()
}

// eventually waits for what processes need a moment for.
func eventually(t *testing.T, what func() bool, message string) {
	t.Helper()
	require.Eventually(t, what, 10*time.Second, 5*time.Millisecond, message)
}

// freePort is one that no other test gets: an even one, that whoever listens on the odd one
// above it has reserved for the time of its test.
func freePort(t *testing.T) int {
	t.Helper()
	for port := 20000; port < 26000; port += 2 {
		l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(port+1))
		if err != nil {
			continue
		}
		t.Cleanup(func() { l.Close() })
		if !inUse(port) {
			return port
		}
	}
	require.Fail(t, "no free port")
	return 0
}

// takenPort is one that a stranger listens on.
func takenPort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	return l.Addr().(*net.TCPAddr).Port
}

func pack(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for name, content := range files {
		require.NoError(t, w.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: int64(len(content))}))
		_, err := w.Write([]byte(content))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

func untar(_ context.Context, r platform.ArtifactReader, kind, _, dir string) error {
	if kind != "tar" {
		return errors.New("not a tar")
	}
	for archive := tar.NewReader(r); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		path := filepath.Join(dir, header.Name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		content, err := io.ReadAll(archive)
		if err != nil {
			return err
		}
		if err := os.WriteFile(path, content, 0o755); err != nil {
			return err
		}
	}
}
