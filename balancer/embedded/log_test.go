package embedded

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// However much is logged, by two processes at once too, two files of bounded size remain.
func TestLogIsBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "proxy.log")
	a, err := openLog(path, 1000)
	require.NoError(t, err)
	b, err := openLog(path, 1000)
	require.NoError(t, err)
	for range 200 {
		for _, l := range []*logFile{a, b} {
			n, err := l.Write([]byte(strings.Repeat("x", 49) + "\n"))
			require.NoError(t, err)
			require.Equal(t, 50, n)
		}
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, entries, 2)
	for _, e := range entries {
		info, err := e.Info()
		require.NoError(t, err)
		require.LessOrEqual(t, info.Size(), int64(1100))
	}
}
