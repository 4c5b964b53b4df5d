package local

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"rel/state"
)

// faulty is a backend whose disk fails as told. The tests change files and see to it that
// the same backend, which is the same process, goes on.
func faulty(t *testing.T) *Backend {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	return Open(t.TempDir(), func() time.Time { return now })
}

// fullWrite is a write to a disk that is full, with the error that the system has for it.
func fullWrite(_ *os.File, data []byte) (int, error) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		return 0, syscall.ENOSPC // a system without /dev/full
	}
	defer full.Close()
	return full.Write(data)
}

// shortWrite is a write to a disk on which half of it still fits.
func shortWrite(f *os.File, data []byte) (int, error) {
	n, err := f.Write(data[:len(data)/2])
	if err != nil {
		return n, err
	}
	return n, syscall.ENOSPC
}

// silentWrite writes half and says nothing of it.
func silentWrite(f *os.File, data []byte) (int, error) { return f.Write(data[:len(data)/2]) }

func failedSync(*os.File) error            { return syscall.EIO }
func failedTruncate(*os.File, int64) error { return syscall.EIO }
func failedRename(string, string) error    { return syscall.EIO }

// failedFileSync fails for files, and not for the folder after the rename.
func failedFileSync(f *os.File) error {
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return f.Sync()
	}
	return syscall.EIO
}

// failedFolderSync fails after the rename.
func failedFolderSync(f *os.File) error {
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return syscall.EIO
	}
	return f.Sync()
}

// replaceFaults are the ways in which replacing a file fails.
func replaceFaults() map[string]func(*files) {
	return map[string]func(*files){
		"disk full":          func(o *files) { o.write = fullWrite },
		"short write":        func(o *files) { o.write = shortWrite },
		"silent short write": func(o *files) { o.write = silentWrite },
		"file sync fails":    func(o *files) { o.sync = failedFileSync },
		"rename fails":       func(o *files) { o.rename = failedRename },
		"folder sync fails":  func(o *files) { o.sync = failedFolderSync },
	}
}

func plain(env string, serial int64) state.State {
	return state.State{FormatVersion: state.FormatVersion, Lineage: "l", Serial: serial, Project: "p", Environment: env, Deployment: 1}
}

// Whatever fails in writing a state, there is a whole state, the writer may try the same
// again, and then it is as if nothing had failed.
func TestWriteStateSurvivesFaults(t *testing.T) {
	for name, fail := range replaceFaults() {
		t.Run(name, func(t *testing.T) {
			b := faulty(t)
			require.NoError(t, b.WriteState(t.Context(), "e", plain("e", 1), 0))
			for range 2 { // a second try may fail as well
				fail(&b.files)
				err := b.WriteState(t.Context(), "e", plain("e", 2), 1)
				require.Error(t, err)
				require.NotErrorIs(t, err, state.ErrConflict, "the first try must not stand in its own way")
				s, err := b.ReadState(t.Context(), "e")
				require.NoError(t, err)
				require.Contains(t, []int64{1, 2}, s.Serial)
				requireNoTemporaries(t, b.root)
				b.files = systemFiles()
			}
			require.NoError(t, b.WriteState(t.Context(), "e", plain("e", 2), 1))
			require.NoError(t, b.WriteState(t.Context(), "e", plain("e", 3), 2))
		})
	}
}

// A write that is in place but not durable is this process's to end, and only while nobody
// has written since.
func TestUnsyncedStateIsNobodyElses(t *testing.T) {
	b := faulty(t)
	b.files.sync = failedFolderSync
	require.NoError(t, os.Mkdir(filepath.Join(b.root, "e"), folderMode))
	require.ErrorIs(t, b.WriteState(t.Context(), "e", plain("e", 1), 0), errUnsynced)

	other := Open(b.root, b.now)
	require.ErrorIs(t, other.WriteState(t.Context(), "e", plain("e", 1), 0), state.ErrConflict, "the same, but another's")
	require.NoError(t, other.WriteState(t.Context(), "e", plain("e", 2), 1))
	b.files = systemFiles()
	require.ErrorIs(t, b.WriteState(t.Context(), "e", plain("e", 1), 0), state.ErrConflict)
}

func requireNoTemporaries(t *testing.T, root string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(root, func(path string, _ os.DirEntry, err error) error {
		require.False(t, strings.HasSuffix(path, ".tmp"), path)
		return err
	}))
}

// Whatever fails in taking the lease, nobody has it then, and no number is given twice.
func TestAcquireSurvivesFaults(t *testing.T) {
	for name, fail := range replaceFaults() {
		t.Run(name, func(t *testing.T) {
			b := faulty(t)
			first, err := b.Acquire(t.Context(), "e", Self("ann", "apply"))
			require.NoError(t, err)
			require.NoError(t, b.Release(t.Context(), "e", first))
			fail(&b.files)
			_, err = b.Acquire(t.Context(), "e", Self("ann", "apply"))
			require.Error(t, err)
			require.NotErrorIs(t, err, state.ErrLocked)
			b.files = systemFiles()
			second, err := b.Acquire(t.Context(), "e", Self("ann", "apply"))
			require.NoError(t, err, "the failed try must not stand in the way")
			require.Greater(t, second.Number, first.Number)
		})
	}
}

// Whatever fails in renewing a lease, it is still held and may be renewed after.
func TestRenewSurvivesFaults(t *testing.T) {
	for name, fail := range replaceFaults() {
		t.Run(name, func(t *testing.T) {
			b := faulty(t)
			lease, err := b.Acquire(t.Context(), "e", Self("ann", "apply"))
			require.NoError(t, err)
			fail(&b.files)
			_, err = b.Renew(t.Context(), "e", lease)
			require.Error(t, err)
			require.NotErrorIs(t, err, state.ErrLeaseLost)
			b.files = systemFiles()
			_, err = b.Renew(t.Context(), "e", lease)
			require.NoError(t, err)
		})
	}
}

// appendFaults are the ways in which appending fails.
func appendFaults() map[string]func(*files) {
	return map[string]func(*files){
		"disk full":          func(o *files) { o.write = fullWrite },
		"short write":        func(o *files) { o.write = shortWrite },
		"silent short write": func(o *files) { o.write = silentWrite },
		"sync fails":         func(o *files) { o.sync = failedSync },
		"short write, cannot be cut off": func(o *files) {
			o.write, o.truncate = shortWrite, failedTruncate
		},
		"sync fails, cannot be cut off": func(o *files) {
			o.sync, o.truncate = failedSync, failedTruncate
		},
	}
}

func steps(names ...string) (records []state.Record) {
	for _, name := range names {
		records = append(records, state.Record{Type: state.Begin, Step: name, Time: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)})
	}
	return records
}

func names(records []state.Record) (all []string) {
	for _, r := range records {
		all = append(all, r.Step)
	}
	return all
}

// A failed append leaves nothing that hides or doubles what is appended later, however often
// it fails, and what was acknowledged stays.
func TestAppendSurvivesFaults(t *testing.T) {
	for name, fail := range appendFaults() {
		t.Run(name, func(t *testing.T) {
			b := faulty(t)
			w, _, err := b.OpenJournal(t.Context(), "e", 1)
			require.NoError(t, err)
			j := w.(*journal)
			require.NoError(t, j.Append(t.Context(), steps("a", "b")...))
			for range 3 {
				fail(&j.files)
				require.Error(t, j.Append(t.Context(), steps("c", "d")...))
			}
			j.files = systemFiles()
			require.NoError(t, j.Append(t.Context(), steps("c", "d")...))
			require.NoError(t, j.Append(t.Context(), steps("e")...))
			require.NoError(t, j.Close())
			records, err := b.ReadJournal(t.Context(), "e", 1)
			require.NoError(t, err)
			require.Equal(t, []string{"a", "b", "c", "d", "e"}, names(records))
		})
	}
}

// While what a failed append left cannot be cut off, nothing is written behind it; a process
// that starts then finds what was acknowledged and goes on.
func TestAppendIsRefusedBehindAHalfRecord(t *testing.T) {
	b := faulty(t)
	w, _, err := b.OpenJournal(t.Context(), "e", 1)
	require.NoError(t, err)
	j := w.(*journal)
	require.NoError(t, j.Append(t.Context(), steps("a")...))
	j.files.write, j.files.truncate = shortWrite, failedTruncate
	require.ErrorIs(t, j.Append(t.Context(), steps("b")...), syscall.ENOSPC)
	j.files.write = systemFiles().write
	require.ErrorContains(t, j.Append(t.Context(), steps("b")...), "cutting off what an earlier write left")
	require.NoError(t, j.Close())

	w, records, err := b.OpenJournal(t.Context(), "e", 1)
	require.NoError(t, err)
	require.Equal(t, []string{"a"}, names(records))
	require.NoError(t, w.Append(t.Context(), steps("b")...))
	require.NoError(t, w.Close())
	records, err = b.ReadJournal(t.Context(), "e", 1)
	require.NoError(t, err)
	require.Equal(t, []string{"a", "b"}, names(records))
}

// A journal is not gone on with unless what is in it is durable.
func TestOpenJournalMakesDurable(t *testing.T) {
	b := faulty(t)
	w, _, err := b.OpenJournal(t.Context(), "e", 1)
	require.NoError(t, err)
	require.NoError(t, w.Append(t.Context(), steps("a")...))
	require.NoError(t, w.Close())
	b.files.sync = failedSync
	_, _, err = b.OpenJournal(t.Context(), "e", 1)
	require.ErrorIs(t, err, syscall.EIO)
}

// A plan that could not be kept is not there by half.
func TestPutPlanSurvivesFaults(t *testing.T) {
	for name, fail := range replaceFaults() {
		t.Run(name, func(t *testing.T) {
			b := faulty(t)
			require.NoError(t, b.PutPlan(t.Context(), "e", 1, []byte("former")))
			fail(&b.files)
			require.Error(t, b.PutPlan(t.Context(), "e", 1, []byte("the new one")))
			plan, err := b.GetPlan(t.Context(), "e", 1)
			require.NoError(t, err)
			require.Contains(t, []string{"former", "the new one"}, string(plan))
			requireNoTemporaries(t, b.root)
			b.files = systemFiles()
			require.NoError(t, b.PutPlan(t.Context(), "e", 1, []byte("the new one")))
		})
	}
}

// What is damaged, or a newer rel's, is named and left as it is.
func TestDamageIsLeftAlone(t *testing.T) {
	for name, c := range map[string]struct {
		file, content string
		is            error
		use           func(context.Context, *Backend) error
	}{
		"state": {stateFile, `{"format_version":"1.0"`, state.ErrDamaged, func(ctx context.Context, b *Backend) error {
			return b.WriteState(ctx, "e", plain("e", 1), 0)
		}},
		"newer state": {stateFile, `{"format_version":"1.1"}`, state.ErrUnknownFormat, func(ctx context.Context, b *Backend) error {
			return b.WriteState(ctx, "e", plain("e", 1), 0)
		}},
		"another environment's state": {stateFile, string(state.Encode(plain("staging", 1))), state.ErrDamaged, func(ctx context.Context, b *Backend) error {
			return b.WriteState(ctx, "e", plain("e", 2), 1)
		}},
		"lock": {lockFile, `{"format_version":"1.0","number":`, state.ErrDamaged, func(ctx context.Context, b *Backend) error {
			_, err := b.Acquire(ctx, "e", Self("ann", "apply"))
			return err
		}},
		"newer lock": {lockFile, `{"format_version":"2.0"}`, state.ErrUnknownFormat, func(ctx context.Context, b *Backend) error {
			return b.Break(ctx, "e", 1)
		}},
		"journal": {"deployments/1/journal", "hello\n", state.ErrDamaged, func(ctx context.Context, b *Backend) error {
			_, _, err := b.OpenJournal(ctx, "e", 1)
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			b := faulty(t)
			path := filepath.Join(b.root, "e", c.file)
			require.NoError(t, os.MkdirAll(filepath.Dir(path), folderMode))
			require.NoError(t, os.WriteFile(path, []byte(c.content), fileMode))
			err := c.use(t.Context(), b)
			require.ErrorIs(t, err, c.is)
			require.ErrorContains(t, err, path)
			left, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, c.content, string(left))
		})
	}
}
