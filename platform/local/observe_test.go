package local

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"rel/platform"
)

// populate makes instances as stopped deployments leave them: two staged revisions, two slots.
func populate(t testing.TB, d *Driver, count int) []platform.Address {
	t.Helper()
	all := make([]platform.Address, count)
	for n := range all {
		all[n] = shop(strconv.Itoa(n + 1))
		i, err := d.instance(all[n])
		require.NoError(t, err)
		require.NoError(t, os.MkdirAll(i.services(), 0o755))
		for version, slot := range []string{platform.Blue, platform.Green} {
			revision := fmt.Sprintf("1.%d.0-aaaaaaaaaaaa", version)
			require.NoError(t, os.MkdirAll(filepath.Dir(manifestOf(i.release(revision))), 0o755))
			require.NoError(t, os.WriteFile(manifestOf(i.release(revision)), []byte("{}"), 0o644))
			p := i.slot(slot)
			require.NoError(t, os.Symlink("../../releases/"+revision, p.pointer()))
			require.NoError(t, os.WriteFile(p.unit(), []byte(`{"command": ["bin/shop"], "port": 8081}`), 0o644))
			require.NoError(t, os.WriteFile(p.log(), nil, 0o644))
			require.NoError(t, os.WriteFile(p.lock(), nil, 0o644))
			require.NoError(t, p.writeStatus(status{State: stopped}))
		}
	}
	return all
}

// Facts come from the files alone, for many instances as for one.
func TestObserveMany(t *testing.T) {
	t.Parallel()
	d := New(Config{Root: t.TempDir()})
	all := populate(t, d, 20)
	facts, err := d.Observe(t.Context(), append(all, shop("none")))
	require.NoError(t, err)
	require.Len(t, facts, 21)
	for _, a := range all {
		require.Equal(t, []string{"1.0.0-aaaaaaaaaaaa", "1.1.0-aaaaaaaaaaaa"}, facts[a].Staged)
		require.Len(t, facts[a].Slots, 2)
		require.Equal(t, platform.Slot{Revision: "1.1.0-aaaaaaaaaaaa", Port: 8081, Unit: hashBytes([]byte(`{"command": ["bin/shop"], "port": 8081}`))}, facts[a].Slots[platform.Green])
		require.Positive(t, facts[a].FreeBytes)
	}
	require.Empty(t, facts[shop("none")].Slots)
	require.NoDirExists(t, filepath.Join(d.Root, "shop.web-none"), "observing makes nothing")
}

// A unit that is no unit any more is a fact like any other, and no error of observing.
func TestObserveDamage(t *testing.T) {
	t.Parallel()
	d := New(Config{Root: t.TempDir()})
	all := populate(t, d, 1)
	i, err := d.instance(all[0])
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(i.slot(platform.Blue).unit(), []byte("not json"), 0o644))
	facts, err := d.Observe(t.Context(), all)
	require.NoError(t, err)
	require.Equal(t, hashBytes([]byte("not json")), facts[all[0]].Slots[platform.Blue].Unit)
}

// Planning observes everything, so it has to be cheap: 5,000 instances in well under 0.2 s.
func BenchmarkObserve(b *testing.B) {
	d := New(Config{Root: b.TempDir()})
	there := populate(b, d, 5000)
	missing := make([]platform.Address, 5000)
	for n := range missing {
		missing[n] = shop("none" + strconv.Itoa(n))
	}
	for name, instances := range map[string][]platform.Address{"there": there, "missing": missing} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				_, err := d.Observe(b.Context(), instances)
				require.NoError(b, err)
			}
		})
	}
}

// A power cut may leave a status file cut. Where no supervisor lives nothing runs, and that is
// all there is to know.
func TestStatusFileThatIsCut(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	r := h.revision("1.0.0", "say", "line")
	h.run(r, 0)
	h.stop()
	require.NoError(t, os.WriteFile(h.place().status(), []byte(`{"state":"runn`), 0o644))
	require.False(t, h.main().Running)
	require.True(t, h.run(r, 0).Running, "and it can be started again")
}

// What runs from a folder that is gone could not be started again: it is not what was deployed.
func TestFolderThatIsGone(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	slot := h.run(h.revision("1.0.0", "say", "line"), 0)
	target, err := filepath.EvalSymlinks(h.place().pointer())
	require.NoError(t, err)
	require.NoError(t, os.RemoveAll(target))
	require.True(t, h.main().Running)
	require.Empty(t, h.main().Revision)
	require.NotEmpty(t, slot.Revision)
}
