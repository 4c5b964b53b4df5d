package artifact

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"
)

// item is a member to be packed: a file unless flag says otherwise.
type item struct {
	name, body, link string
	mode             int64
	flag             byte
}

var packed = time.Date(2024, 5, 6, 7, 8, 9, 500e6, time.UTC)

func tarOf(t testing.TB, items ...item) []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, it := range items {
		h := &tar.Header{Name: it.name, Linkname: it.link, Mode: it.mode, Typeflag: it.flag, Size: int64(len(it.body)), ModTime: packed}
		if it.flag == 0 {
			h.Typeflag = tar.TypeReg
		}
		if utf8.ValidString(it.name) {
			h.Format = tar.FormatPAX // keeps parts of a second
		}
		if it.flag == tar.TypeXGlobalHeader {
			*h = tar.Header{Typeflag: it.flag, PAXRecords: map[string]string{"comment": it.body}}
		}
		require.NoError(t, w.WriteHeader(h))
		if it.flag == 0 {
			_, err := w.Write([]byte(it.body))
			require.NoError(t, err)
		}
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

func gz(t testing.TB, data []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write(data)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

func zst(t testing.TB, data []byte, opts ...zstd.EOption) []byte {
	var b bytes.Buffer
	w, err := zstd.NewWriter(&b, opts...)
	require.NoError(t, err)
	_, err = w.Write(data)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

func zipOf(t testing.TB, items ...item) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, it := range items {
		h := &zip.FileHeader{Name: it.name, Method: zip.Deflate, Modified: packed}
		body := it.body
		h.SetMode(fs.FileMode(it.mode & 0o777))
		if it.flag == tar.TypeSymlink {
			h.SetMode(fs.ModeSymlink | 0o777)
			body = it.link
		}
		if it.flag == tar.TypeFifo {
			h.SetMode(fs.ModeNamedPipe | 0o644)
		}
		if it.flag == tar.TypeChar {
			h.SetMode(fs.ModeDevice | fs.ModeCharDevice | 0o644)
		}
		h.ExternalAttrs |= uint32(it.mode&0o7000) << 16
		h.CreatorVersion = 3 << 8 // Unix
		f, err := w.CreateHeader(h)
		require.NoError(t, err)
		if it.flag != tar.TypeDir {
			_, err = f.Write([]byte(body))
			require.NoError(t, err)
		}
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

// pack gives the same members in each kind of archive.
func pack(t testing.TB, kind string, items ...item) []byte {
	switch kind {
	case KindTar:
		return tarOf(t, items...)
	case KindTarGz:
		return gz(t, tarOf(t, items...))
	case KindTarZst:
		return zst(t, tarOf(t, items...))
	}
	return zipOf(t, items...)
}

var archiveKinds = []string{KindTar, KindTarGz, KindTarZst, KindZip}

func unpack(t testing.TB, kind string, data []byte, dir string, change ...func(*Limits)) error {
	limits := DefaultLimits()
	for _, c := range change {
		c(&limits)
	}
	a := Artifact{Name: "shop." + kind, Kind: kind, Size: int64(len(data))}
	return Unpack(t.Context(), bytes.NewReader(data), a, dir, limits)
}

// tree is what is below a folder: path → type, mode and contents.
func tree(t testing.TB, dir string) map[string]string {
	out := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil || name == "." {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		out[name] = describe(t, path, info)
		return nil
	}))
	return out
}

func describe(t testing.TB, path string, info fs.FileInfo) string {
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		target, err := os.Readlink(path)
		require.NoError(t, err)
		return "link " + target
	case info.IsDir():
		return info.Mode().String()
	}
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return info.Mode().String() + " " + string(data)
}

func digest(data []byte) string { return fmt.Sprintf("sha256:%x", sha256.Sum256(data)) }

func write(t testing.TB, path string, data []byte) {
	require.NoError(t, os.WriteFile(path, data, 0o644))
}
