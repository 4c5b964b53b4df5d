package artifact

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// limitFiles has every write beyond the size fail, as on a full disk, until the test ends. The size
// leaves room for what the go command has a test's process write: its list of opened files.
func limitFiles(t *testing.T, size uint64) {
	var old syscall.Rlimit
	require.NoError(t, syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old))
	require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: size, Max: old.Max}))
	t.Cleanup(func() { require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &old)) })
}

// A full disk leaves neither half a folder nor half a blob.
func TestDiskFull(t *testing.T) {
	dir := t.TempDir()
	large := strings.Repeat("x", 20<<20)
	write(t, filepath.Join(dir, "shop"), []byte(large))
	data := tarOf(t, item{name: "small", body: "x"}, item{name: "large", body: large})
	limitFiles(t, 16<<20)

	err := unpack(t, KindTar, data, filepath.Join(dir, "into"))
	require.ErrorIs(t, err, syscall.EFBIG)
	require.ErrorContains(t, err, `unpacking shop.tar: member "large": write`)
	require.NoDirExists(t, filepath.Join(dir, "into"))

	cache := testCache(t)
	_, err = Resolve(t.Context(), cache, Request{Source: "shop", Insecure: true, Dir: dir})
	require.ErrorIs(t, err, syscall.EFBIG)
	left, err := os.ReadDir(filepath.Join(cache.dir, blobFolder))
	require.NoError(t, err)
	require.Empty(t, left)
}

// Reading takes the same memory whatever the size: here 64 MiB, with buffers of some.
func TestMemoryStaysFlat(t *testing.T) {
	body := strings.Repeat("\x00", 64<<20)
	for _, kind := range archiveKinds {
		data := pack(t, kind, item{name: "zeros", body: body})
		c := contents{ReaderAt: bytes.NewReader(data), ctx: t.Context(), name: "shop", size: int64(len(data)), limits: DefaultLimits()}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		inv, err := takeInventory(c)
		runtime.ReadMemStats(&after)
		require.NoError(t, err)
		require.Equal(t, []string{"zeros"}, inv.Members)
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(24<<20), kind)
	}
}
