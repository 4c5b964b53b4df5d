package local

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"rel/platform"
)

// A staged folder holds the artifact, and says by itself which revision it is and what each
// file was.
func TestStagedFolder(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	r := h.revision("1.0.0", "silent")
	folder := filepath.Join(h.Root, "shop.web-1", "releases", h.stage(r))

	require.FileExists(t, filepath.Join(folder, "bin/tool"))
	b, err := os.ReadFile(filepath.Join(folder, ".rel/manifest.json"))
	require.NoError(t, err)
	var m manifest
	require.NoError(t, json.Unmarshal(b, &m))
	require.Equal(t, r, m.Revision)
	require.Equal(t, map[string]manifestFile{
		"bin/tool":   {Mode: "0755", Sha256: hashBytes([]byte("#!/bin/sh\nexec \"$@\"\n"))},
		"data/a.txt": {Mode: "0755", Sha256: hashBytes([]byte("a\n"))},
	}, m.Files)
}

// Whatever goes wrong while staging, nothing of it counts, and the next attempt succeeds.
func TestStagingThatFails(t *testing.T) {
	t.Parallel()
	fine := errors.New("unpacking failed half way")
	for name, test := range map[string]struct {
		change func(*harness, *platform.Revision)
		want   string
	}{
		"another artifact": {func(_ *harness, r *platform.Revision) { r.Artifact.Digest = "sha256:" + hashBytes(nil) },
			"has digest sha256:"},
		"unpacking": {func(h *harness, _ *platform.Revision) {
			h.Unpack = func(_ context.Context, _ platform.ArtifactReader, _, _, dir string) error {
				return errors.Join(os.WriteFile(filepath.Join(dir, "half"), nil, 0o600), fine)
			}
		}, "what is live is as it was: unpacking shop.tar: unpacking failed half way"},
		"rel's own folder": {func(h *harness, _ *platform.Revision) {
			h.Unpack = func(_ context.Context, _ platform.ArtifactReader, _, _, dir string) error {
				return os.Mkdir(filepath.Join(dir, ".rel"), 0o755)
			}
		}, "brings a .rel folder"},
		"no command":     {func(_ *harness, r *platform.Revision) { r.Command = nil }, "the service has no command"},
		"unknown signal": {func(_ *harness, r *platform.Revision) { r.StopSignal = "SIGNO" }, `stop_signal "SIGNO"`},
		"unknown user":   {func(_ *harness, r *platform.Revision) { r.User = "nobody-of-that-name" }, `the user "nobody-of-that-name"`},
		"name":           {func(_ *harness, r *platform.Revision) { r.Version = "../1" }, "cannot be the name of a folder"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHarness(t)
			r := h.revision("1.0.0", "silent")
			unpack := h.Unpack
			test.change(h, &r)
			require.ErrorContains(t, h.Stage(t.Context(), fence(1), shop("1"), r, h.open), test.want)
			require.Empty(t, h.facts().Staged)
			h.Unpack = unpack
			good := h.stage(h.revision("1.0.0", "silent"))
			require.Equal(t, []string{good}, h.facts().Staged)
			require.NoFileExists(t, filepath.Join(h.Root, "shop.web-1", "releases", good, "half"))
		})
	}
}

// What a crash leaves of staging and unstaging never counts as staged and is cleared away.
func TestCrashWhileStaging(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	releases := filepath.Join(h.Root, "shop.web-1", "releases")
	r := h.revision("1.0.0", "silent")
	for _, folder := range []string{"." + r.Name(), ".0.9.0-aaaaaaaaaaaa", r.Name()} { // the last without a manifest
		require.NoError(t, os.MkdirAll(filepath.Join(releases, folder, "bin"), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(releases, folder, "bin/half"), nil, 0o755))
	}
	// this one was whole but for its name
	require.NoError(t, os.MkdirAll(filepath.Dir(manifestOf(filepath.Join(releases, "."+r.Name()))), 0o755))
	require.NoError(t, os.WriteFile(manifestOf(filepath.Join(releases, "."+r.Name())), []byte("{}"), 0o644))
	require.Empty(t, h.facts().Staged)
	h.stage(r)
	require.Equal(t, []string{r.Name()}, h.facts().Staged)
	found, err := os.ReadDir(releases)
	require.NoError(t, err)
	require.Len(t, found, 1)
	require.NoFileExists(t, filepath.Join(releases, r.Name(), "bin/half"))
}

// A folder whose manifest was changed by hand is not run as what it no longer is.
func TestManifestChangedByHand(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	r := h.revision("1.0.0", "silent")
	h.stage(r)
	i, err := h.instance(shop("1"))
	require.NoError(t, err)
	other := h.revision("1.0.0", "exit", "0")
	b, err := json.Marshal(manifest{Revision: other})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(manifestOf(i.release(r.Name())), b, 0o644))
	_, err = h.tryRun(r, 0)
	require.ErrorContains(t, err, "changed by hand")
}
