package artifact

import (
	"archive/tar"
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Whatever the bytes: what is outside the folder stays as it is; inside are only files, folders and links that
// lead nowhere else; and after an error there is nothing.
func FuzzUnpack(f *testing.F) {
	seeds := [][]item{
		{{name: "a/b", body: "x", mode: 0o755}, {name: "a/l", flag: tar.TypeSymlink, link: "../a/b"}},
		{{name: "a/up", flag: tar.TypeSymlink, link: ".."}, {name: "b", flag: tar.TypeSymlink, link: "a/up/a"}},
	}
	for _, c := range evil {
		seeds = append(seeds, c.items)
	}
	for i, items := range seeds {
		for n, kind := range archiveKinds {
			if kind != KindZip || i < len(seeds)-8 { // the last are for tar alone
				f.Add(byte(n), pack(f, kind, items...))
			}
		}
	}
	f.Fuzz(func(t *testing.T, n byte, data []byte) {
		home := t.TempDir()
		write(t, filepath.Join(home, "outside"), []byte("safe"))
		into := filepath.Join(home, "into")
		kind := archiveKinds[int(n)%len(archiveKinds)]
		err := unpack(t, kind, data, into, func(l *Limits) { *l = Limits{Bytes: 1 << 20, Files: 100, Name: 200, Memory: 1 << 20} })
		if err != nil {
			require.NoDirExists(t, into)
		} else {
			requireInside(t, into)
		}
		require.NoError(t, os.RemoveAll(into))
		require.Equal(t, map[string]string{"outside": "-rw-r--r-- safe"}, tree(t, home))

		name := "shop" + []string{"", ".tar.gz", ".zip", ".jar"}[int(n/4)%4]
		c := contents{ReaderAt: bytes.NewReader(data), ctx: t.Context(), name: name, size: int64(len(data)), limits: Limits{Bytes: 1 << 20, Files: 100, Name: 200, Memory: 1 << 20}}
		_, _ = takeInventory(c)
	})
}

func requireInside(t *testing.T, dir string) {
	dir, err := filepath.EvalSymlinks(dir)
	require.NoError(t, err)
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		require.NoError(t, err)
		info, err := d.Info()
		require.NoError(t, err)
		require.Zero(t, info.Mode()&(fs.ModeSetuid|fs.ModeSetgid|fs.ModeSticky|fs.ModeDevice|fs.ModeNamedPipe|fs.ModeSocket))
		if d.Type()&fs.ModeSymlink == 0 {
			return nil
		}
		end, err := filepath.EvalSymlinks(path)
		if err == nil { // else it dangles or goes in circles
			require.True(t, end == dir || strings.HasPrefix(end, dir+"/"), "%s leads to %s", path, end)
		}
		return nil
	}))
}
