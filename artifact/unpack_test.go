package artifact

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"
)

// Each kind brings back files, folders, links and the executable bit, and only these.
func TestUnpackRoundTrip(t *testing.T) {
	items := []item{
		{name: "./", flag: tar.TypeDir, mode: 0o777},
		{name: "bin/", flag: tar.TypeDir, mode: 0o700},
		{name: "bin/shop", body: "ELF", mode: 0o711},
		{name: "./etc/deep/er/shop.toml", body: "x = 1", mode: 0o666},
		{name: "current", flag: tar.TypeSymlink, link: "bin/shop"},
		{name: "etc/deep/up", flag: tar.TypeSymlink, link: "../../bin"},
		{name: "dangling", flag: tar.TypeSymlink, link: "not/there"},
		{name: "bin/", flag: tar.TypeDir, mode: 0o755},
		{name: "empty", mode: 0o600},
	}
	want := map[string]string{
		"bin": "drwxr-xr-x", "bin/shop": "-rwxr-xr-x ELF",
		"etc": "drwxr-xr-x", "etc/deep": "drwxr-xr-x", "etc/deep/er": "drwxr-xr-x", "etc/deep/er/shop.toml": "-rw-r--r-- x = 1",
		"current": "link bin/shop", "etc/deep/up": "link ../../bin", "dangling": "link not/there",
		"empty": "-rw-r--r-- ",
	}
	for _, kind := range archiveKinds {
		t.Run(kind, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "new")
			require.NoError(t, unpack(t, kind, pack(t, kind, items...), dir))
			require.Equal(t, want, tree(t, dir))

			info, err := os.Stat(filepath.Join(dir, "bin/shop"))
			require.NoError(t, err)
			require.Equal(t, packed.Truncate(time.Second), info.ModTime().UTC(), "the time is the archive's, in whole seconds")
		})
	}
}

// What only a tar can hold: hard links to earlier files, and the comment that `git archive` writes.
func TestUnpackTarOnly(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	data := tarOf(t,
		item{flag: tar.TypeXGlobalHeader, body: "0123abc"},
		item{name: "a/one", body: "1", mode: 0o644},
		item{name: "two", flag: tar.TypeLink, link: "./a//one"},
		item{name: "three", flag: tar.TypeLink, link: "two"},
	)
	require.NoError(t, unpack(t, KindTar, data, dir))
	require.Equal(t, map[string]string{"a": "drwxr-xr-x", "a/one": "-rw-r--r-- 1", "two": "-rw-r--r-- 1", "three": "-rw-r--r-- 1"}, tree(t, dir))
}

// A plain file gets its own name and can be run.
func TestUnpackBinary(t *testing.T) {
	dir := t.TempDir()
	a := Artifact{Name: "shop-1.5.0", Kind: KindBinary, Size: 3}
	require.NoError(t, Unpack(t.Context(), strings.NewReader("ELF"), a, dir, DefaultLimits()))
	require.Equal(t, map[string]string{"shop-1.5.0": "-rwxr-xr-x ELF"}, tree(t, dir))
}

// A strict umask of whoever runs rel does not take the service's right to read.
func TestUnpackIgnoresUmask(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0o077))
	dir := filepath.Join(t.TempDir(), "new")
	require.NoError(t, unpack(t, KindTar, tarOf(t, item{name: "bin/shop", mode: 0o755}), dir))
	require.Equal(t, map[string]string{"bin": "drwxr-xr-x", "bin/shop": "-rwxr-xr-x "}, tree(t, dir))
	info, err := os.Stat(dir)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o755), info.Mode().Perm())
}

// evil are members that reach outside, or turn into more than a file, each with a piece of the message.
var evil = []struct {
	name    string
	items   []item
	message string
	tarOnly bool
}{
	{name: "absolute path", items: []item{{name: "/etc/passwd"}}, message: `member "/etc/passwd": refused: its path leads out`},
	{name: "parent", items: []item{{name: "../outside"}}, message: "its path leads out"},
	{name: "parent inside", items: []item{{name: "a/../../outside"}}, message: "its path leads out"},
	{name: "parent at the end", items: []item{{name: "a/.."}}, message: "its path leads out"},
	{name: "parent as folder", items: []item{{name: "../made/", flag: tar.TypeDir}}, message: "its path leads out"},
	{name: "backslashes", items: []item{{name: `..\outside`}}, message: "backslash"},
	{name: "drive", items: []item{{name: `C:\outside`}}, message: "backslash"},
	{name: "line break", items: []item{{name: "a\nb"}}, message: "control character"},
	{name: "terminal escape", items: []item{{name: "a\x1b[2Jb"}}, message: "control character"},
	{name: "not UTF-8", items: []item{{name: "a\xffb"}}, message: "UTF-8"},
	{name: "file for the top", items: []item{{name: "."}}, message: "already"},
	{name: "absolute link", items: []item{{name: "l", flag: tar.TypeSymlink, link: "/etc"}}, message: "absolute"},
	{name: "link to the parent", items: []item{{name: "l", flag: tar.TypeSymlink, link: ".."}}, message: "lead out"},
	{name: "link out from below", items: []item{{name: "a/l", flag: tar.TypeSymlink, link: "../../outside"}}, message: "lead out"},
	{name: "link that dips", items: []item{{name: "a/l", flag: tar.TypeSymlink, link: "b/../../../outside"}}, message: "lead out"},
	{name: "link with slashes", items: []item{{name: "l", flag: tar.TypeSymlink, link: "..//outside"}}, message: "lead out"},
	{name: "link with a dot first", items: []item{{name: "a/l", flag: tar.TypeSymlink, link: "./../x"}}, message: "lead out"},
	{name: "link with backslashes", items: []item{{name: "l", flag: tar.TypeSymlink, link: `..\outside`}}, message: "backslash"},
	{name: "link without target", items: []item{{name: "l", flag: tar.TypeSymlink}}, message: "empty"},
	// Alone each looks fine; together the second would end above the folder.
	{name: "two links that add up", items: []item{
		{name: "a/b/top", flag: tar.TypeSymlink, link: "../.."},
		{name: "out", flag: tar.TypeSymlink, link: "a/b/top/../outside"},
	}, message: "lead out"},
	{name: "file through a link", items: []item{
		{name: "real/x"}, {name: "l", flag: tar.TypeSymlink, link: "real"}, {name: "l/y"},
	}, message: "goes through"},
	{name: "file over a link", items: []item{
		{name: "l", flag: tar.TypeSymlink, link: "x"}, {name: "l", body: "over"},
	}, message: "already"},
	{name: "folder over a link", items: []item{
		{name: "l", flag: tar.TypeSymlink, link: "x"}, {name: "l/", flag: tar.TypeDir},
	}, message: "already"},
	{name: "link over a folder", items: []item{
		{name: "d/x"}, {name: "d", flag: tar.TypeSymlink, link: "y"},
	}, message: "already"},
	{name: "the same file twice", items: []item{{name: "x", body: "1"}, {name: "./x", body: "2"}}, message: "already"},
	{name: "file below a file", items: []item{{name: "x"}, {name: "x/y"}}, message: "goes through"},
	{name: "set-uid", items: []item{{name: "su", mode: 0o4755}}, message: "set-uid"},
	{name: "set-gid", items: []item{{name: "sg", mode: 0o2755}}, message: "set-uid"},
	{name: "sticky folder", items: []item{{name: "tmp/", flag: tar.TypeDir, mode: 0o1777}}, message: "sticky"},
	{name: "FIFO", items: []item{{name: "pipe", flag: tar.TypeFifo}}, message: "a FIFO"},
	{name: "device", items: []item{{name: "null", flag: tar.TypeChar}}, message: "a device"},
	{name: "long name", items: []item{{name: strings.Repeat("n", 256)}}, message: "longer than 255"},
	{name: "long path", items: []item{{name: strings.Repeat("n/", 512) + "x"}}, message: "longer than 1024"},
	{name: "long target", items: []item{{name: "l", flag: tar.TypeSymlink, link: strings.Repeat("n/", 512) + "x"}}, message: "longer than 1024"},
	{name: "block device", items: []item{{name: "sda", flag: tar.TypeBlock}}, message: "a device", tarOnly: true},
	{name: "hard link out", items: []item{{name: "h", flag: tar.TypeLink, link: "../outside"}}, message: "leads out", tarOnly: true},
	{name: "absolute hard link", items: []item{{name: "h", flag: tar.TypeLink, link: "/etc/passwd"}}, message: "leads out", tarOnly: true},
	{name: "hard link to nothing", items: []item{{name: "h", flag: tar.TypeLink, link: "later"}, {name: "later"}}, message: "no file before it", tarOnly: true},
	{name: "hard link to a link", items: []item{
		{name: "l", flag: tar.TypeSymlink, link: "x"}, {name: "h", flag: tar.TypeLink, link: "l"},
	}, message: "no file before it", tarOnly: true},
	{name: "hard link over a file", items: []item{
		{name: "x"}, {name: "y"}, {name: "x", flag: tar.TypeLink, link: "y"},
	}, message: "already", tarOnly: true},
}

// Nothing of a refused archive stays, and nothing outside the folder is touched.
func TestUnpackRefuses(t *testing.T) {
	for _, c := range evil {
		for _, kind := range archiveKinds {
			if c.tarOnly && kind == KindZip {
				continue
			}
			t.Run(c.name+" in "+kind, func(t *testing.T) {
				home := t.TempDir()
				write(t, filepath.Join(home, "outside"), []byte("safe"))
				require.NoError(t, os.Mkdir(filepath.Join(home, "into"), 0o755))
				before := tree(t, home)

				items := append([]item{{name: "good", body: "first"}}, c.items...)
				err := unpack(t, kind, pack(t, kind, items...), filepath.Join(home, "into"))
				require.ErrorIs(t, err, ErrUnsafe)
				require.ErrorContains(t, err, "unpacking shop."+kind+": member ")
				require.ErrorContains(t, err, c.message)
				require.Equal(t, before, tree(t, home))
			})
		}
	}
}

// Whoever checks "a\x00b" and whoever opens it may mean two files. In a tar a name ends at NUL.
func TestUnpackNUL(t *testing.T) {
	data := bytes.ReplaceAll(zipOf(t, item{name: "a#b"}), []byte("a#b"), []byte("a\x00b"))
	require.ErrorIs(t, unpack(t, KindZip, data, filepath.Join(t.TempDir(), "new")), ErrUnsafe)
}

// A target that has become a link leads somewhere else, and a folder with something in it is somebody's.
func TestUnpackNeedsFreshFolder(t *testing.T) {
	home := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(home, "real"), 0o755))
	require.NoError(t, os.Symlink("real", filepath.Join(home, "link")))
	require.NoError(t, os.Mkdir(filepath.Join(home, "used"), 0o755))
	write(t, filepath.Join(home, "used", "kept"), []byte("mine"))
	write(t, filepath.Join(home, "file"), []byte("mine"))
	before := tree(t, home)

	data := tarOf(t, item{name: "x"})
	for name, message := range map[string]string{
		"link": "is not a folder", "file": "is not a folder", "used": "is not empty", "none/below": "no such file",
	} {
		require.ErrorContains(t, unpack(t, KindTar, data, filepath.Join(home, name)), message, name)
	}
	require.Equal(t, before, tree(t, home))
}

func TestUnpackLimits(t *testing.T) {
	zeros := item{name: "zeros", body: strings.Repeat("\x00", 4<<20)}
	cases := []struct {
		name    string
		items   []item
		change  func(*Limits)
		message string
	}{
		{"a bomb", []item{zeros}, func(l *Limits) { l.Bytes = 1 << 20 }, "more than the limit of 1.0 MiB"},
		{"together too large", []item{{name: "a", body: "12345678"}, {name: "b", body: "12345678"}}, func(l *Limits) { l.Bytes = 15 }, "more than the limit of 15 B"},
		{"too many", []item{{name: "a"}, {name: "b"}, {name: "c"}}, func(l *Limits) { l.Files = 2 }, "more than 2 files"},
		{"too many folders between", []item{{name: "a/b/c/d"}}, func(l *Limits) { l.Files = 3 }, "more than 3 files"},
		{"long path", []item{{name: "abc/def"}}, func(l *Limits) { l.Name = 6 }, "longer than 6 bytes"},
	}
	for _, c := range cases {
		for _, kind := range archiveKinds {
			t.Run(c.name+" in "+kind, func(t *testing.T) {
				dir := filepath.Join(t.TempDir(), "new")
				err := unpack(t, kind, pack(t, kind, c.items...), dir, c.change)
				require.ErrorIs(t, err, ErrUnsafe)
				require.ErrorContains(t, err, c.message)
				require.NoDirExists(t, dir)
			})
		}
	}
}

// What follows the end of a tar is read for the checksum; it must not go on for ever.
func TestUnpackLimitsWhatFollowsTheEnd(t *testing.T) {
	data := gz(t, append(tarOf(t, item{name: "x"}), make([]byte, 4<<20)...))
	require.ErrorIs(t, unpack(t, KindTarGz, data, filepath.Join(t.TempDir(), "new"), func(l *Limits) { l.Bytes = 1 << 20 }), ErrUnsafe)
}

// A zstd window decides how much memory reading takes, so a small file can ask for gigabytes.
func TestUnpackLimitsWindow(t *testing.T) {
	body := tarOf(t, item{name: "x", body: strings.Repeat("0123456789abcdef", 1<<17)})
	data := zst(t, body, zstd.WithWindowSize(8<<20), zstd.WithSingleSegment(false))
	err := unpack(t, KindTarZst, data, filepath.Join(t.TempDir(), "new"), func(l *Limits) { l.Memory = 1 << 20 })
	require.ErrorIs(t, err, ErrUnsafe)
	require.ErrorContains(t, err, "--long")
}

// The directory of a zip lies in memory, so a large one is refused before it is read.
func TestUnpackLimitsZipDirectory(t *testing.T) {
	var items []item
	for i := range 3000 {
		items = append(items, item{name: strings.Repeat("n", 200) + string(rune('a'+i%26)) + strings.Repeat("x", i%50)})
	}
	err := unpack(t, KindZip, zipOf(t, items...), filepath.Join(t.TempDir(), "new"), func(l *Limits) { l.Files = 10 })
	require.ErrorIs(t, err, ErrUnsafe)
	require.ErrorContains(t, err, "directory is too large")
}

// An archive that is cut off anywhere is an error, at a boundary between members too, and leaves nothing.
func TestUnpackTruncated(t *testing.T) {
	items := []item{{name: "a", body: strings.Repeat("a", 700)}, {name: "zeros", body: strings.Repeat("\x00", 1024)}, {name: "c"}}
	for _, kind := range archiveKinds {
		t.Run(kind, func(t *testing.T) {
			data := pack(t, kind, items...)
			end := len(data)
			if kind == KindTar {
				end -= tarBlock // one of its two last blocks is enough
			}
			for cut := range end {
				if kind == KindTar && cut%tarBlock > 1 || kind != KindTar && cut%5 > 0 && cut < end-20 {
					continue // as good as the one before
				}
				dir := filepath.Join(t.TempDir(), "new")
				require.Error(t, unpack(t, kind, data[:cut], dir), "cut at %d of %d", cut, len(data))
				require.NoDirExists(t, dir)
			}
		})
	}
}

// One wrong byte in the packed contents does not pass as a file.
func TestUnpackDamaged(t *testing.T) {
	body := strings.Repeat("some text that is packed. ", 50)
	for _, kind := range []string{KindTarGz, KindTarZst, KindZip} {
		data := pack(t, kind, item{name: "a", body: body})
		data[len(data)/2] ^= 0x10
		dir := filepath.Join(t.TempDir(), "new")
		require.Error(t, unpack(t, kind, data, dir), kind)
		require.NoDirExists(t, dir)
	}
}

func TestUnpackEmptyArchive(t *testing.T) {
	for _, kind := range archiveKinds {
		err := unpack(t, kind, pack(t, kind), filepath.Join(t.TempDir(), "new"))
		require.ErrorContains(t, err, "it holds no files", kind)
	}
}

func TestUnpackUnknownKind(t *testing.T) {
	require.ErrorContains(t, unpack(t, "rar", nil, filepath.Join(t.TempDir(), "new")), `"rar" is no kind`)
}

// An encrypted member would be unpacked as noise.
func TestUnpackEncryptedZip(t *testing.T) {
	data := zipOf(t, item{name: "a", body: "secret"})
	for _, signature := range []string{"PK\x03\x04", "PK\x01\x02"} {
		at := bytes.Index(data, []byte(signature)) + map[string]int{"PK\x03\x04": 6, "PK\x01\x02": 8}[signature]
		data[at] |= 1
	}
	require.ErrorContains(t, unpack(t, KindZip, data, filepath.Join(t.TempDir(), "new")), "encrypted")
}

// Cancelling ends unpacking between two reads and leaves nothing behind.
func TestUnpackCancelled(t *testing.T) {
	stop := errors.New("interrupted")
	for _, kind := range append([]string{KindBinary}, archiveKinds...) {
		data := []byte("binary")
		if kind != KindBinary {
			data = pack(t, kind, item{name: "a", body: strings.Repeat("a", 1<<20)})
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(stop)
		dir := filepath.Join(t.TempDir(), "new")
		err := Unpack(ctx, bytes.NewReader(data), Artifact{Name: "shop", Kind: kind, Size: int64(len(data))}, dir, DefaultLimits())
		require.ErrorIs(t, err, stop, kind)
		require.NoDirExists(t, dir)
	}
}

// Where the one call for a whole file system is not to be had, each file is synced.
func TestSyncEach(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	require.NoError(t, unpack(t, KindTar, tarOf(t, item{name: "a/b"}, item{name: "l", flag: tar.TypeSymlink, link: "gone"}), dir))
	root, err := os.OpenRoot(dir)
	require.NoError(t, err)
	defer root.Close()
	require.NoError(t, syncEach(root))
}
