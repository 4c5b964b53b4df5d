package artifact

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// testCache believes stamps at once: to it, whatever was written was written an hour ago.
func testCache(t testing.TB) *Cache {
	c := NewCache(filepath.Join(t.TempDir(), "cache"))
	c.now = func() time.Time { return time.Now().Add(time.Hour) }
	return c
}

var shopItems = []item{{name: "bin/shop", body: "ELF", mode: 0o755}, {name: "etc/shop.toml", body: "x = 1"}, {name: "etc/a[1].toml"}}

// project is a folder with a shop.tar.gz.
func project(t testing.TB) (dir string, data []byte) {
	dir, data = t.TempDir(), pack(t, KindTarGz, shopItems...)
	write(t, filepath.Join(dir, "shop.tar.gz"), data)
	return dir, data
}

// Every way to name a file leads to the same artifact, whose source stays as written: a plan must not depend on
// where its project is checked out.
func TestResolveFile(t *testing.T) {
	dir, data := project(t)
	for _, source := range []string{"shop.tar.gz", "./shop.tar.gz", "file:shop.tar.gz", "FILE:shop.tar.gz", filepath.Join(dir, "shop.tar.gz"), "file://" + dir + "/shop.tar.gz", "file://localhost" + dir + "/shop%2Etar.gz"} {
		t.Run(source, func(t *testing.T) {
			got, err := Resolve(t.Context(), testCache(t), Request{Source: source, Checksum: digest(data), Dir: dir})
			require.NoError(t, err)
			require.Equal(t, Artifact{Source: source, Name: "shop.tar.gz", Digest: digest(data), Size: int64(len(data)), Kind: KindTarGz}, got)
		})
	}
}

func TestResolveSourceErrors(t *testing.T) {
	dir, _ := project(t)
	require.NoError(t, unix.Mkfifo(filepath.Join(dir, "pipe"), 0o600))
	for source, message := range map[string]string{
		"":                                "has no source",
		"gone.tar.gz":                     "there is no file " + dir + "/gone.tar.gz",
		".":                               "is a folder: an artifact is one file, so pack it",
		"pipe":                            "is not a regular file",
		"file:":                           "has no path",
		"file://host/x":                   "names no file on this machine",
		"http://user:pw@host/x?sig=pw":    "http://host/x?… is not encrypted: use https://",
		"s3://bucket/x":                   "s3 is not supported",
		"https://user:pw@host/x.tgz":      "https://host/x.tgz has a user or password in its address",
		"https://user:pw/@host/x":         "https://… is not an address",
		"https:///x":                      "is not an address",
		"https://host/":                   "ends in no file name",
		"https://host/a/..?pw":            "https://host/a/..?… ends in no file name",
		"https://host:port/x?token=pw#pw": "https://… is not an address",
	} {
		_, err := Resolve(t.Context(), testCache(t), Request{Source: source, Insecure: true, Dir: dir})
		require.ErrorContains(t, err, message, source)
		require.NotContains(t, err.Error(), "pw", source)
		require.Equal(t, source == "gone.tar.gz", isNotFound(err), source)
	}
}

func TestResolveChecksum(t *testing.T) {
	dir, data := project(t)
	sum := strings.TrimPrefix(digest(data), "sha256:")
	lists := map[string]string{"good": sum + " *shop.tar.gz\n", "other": hexA + "  shop.tar.gz", "without": hexA + "  shop.tar.xz", "page": "<html>"}
	for name, text := range lists {
		write(t, filepath.Join(dir, name), []byte(text))
	}
	write(t, filepath.Join(dir, "huge"), make([]byte, maxSums+1))
	cases := []struct{ checksum, message string }{
		{"sha256:" + sum, ""},
		{"sha256:" + strings.ToUpper(sum), ""},
		{"file:good", ""},
		{"file:" + filepath.Join(dir, "good"), ""},
		{"file:file://" + filepath.Join(dir, "good"), ""},
		{"", "shop.tar.gz has no checksum: add"},
		{sum, "begins with sha256: or file:"},
		{"sha256:12", "64 hexadecimal digits"},
		{"md5:12", "begins with sha256: or file:"},
		{"file:other", "is sha256:" + sum + ", not sha256:" + hexA},
		{"sha256:" + hexB, "the checksum does not match (sha256:" + hexB},
		{"file:without", "it does not list shop.tar.gz; nearest: shop.tar.xz"},
		{"file:page", dir + "/page: line 1: not a line"},
		{"file:gone", "there is no file " + dir + "/gone"},
		{"file:", "has no path"},
		{"file:http://host/SUMS", "is not encrypted"},
		{"file:huge", "is larger than 4.0 MiB"},
	}
	for _, c := range cases {
		t.Run(c.checksum, func(t *testing.T) {
			cache := testCache(t)
			_, err := Resolve(t.Context(), cache, Request{Source: "shop.tar.gz", Checksum: c.checksum, Dir: dir})
			if c.message == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.message)
			require.NoFileExists(t, cache.blob(digest(data)), "contents that were not demanded are not kept")
		})
	}
}

// A wrong digest is told from every other failure, in a file that the index knows too.
func TestResolveWrongDigest(t *testing.T) {
	dir, _ := project(t)
	cache := testCache(t)
	for range 2 {
		_, err := Resolve(t.Context(), cache, Request{Source: "shop.tar.gz", Checksum: "sha256:" + hexA, Dir: dir})
		require.ErrorIs(t, err, ErrDigest)
		_, err = Resolve(t.Context(), cache, Request{Source: "shop.tar.gz", Insecure: true, Dir: dir})
		require.NoError(t, err)
	}
}

func TestResolveContains(t *testing.T) {
	dir, _ := project(t)
	for want, message := range map[string]string{
		"bin/shop":       "",
		"./bin/shop":     "",
		"bin":            "",
		"etc/":           "",
		"*/shop.toml":    "",
		"etc/[a-z]*":     "",
		"etc/a[1].toml":  "", // the very name, though as a glob it is another
		"bin/shopp":      "shop.tar.gz does not contain\n  bin/shopp; nearest: bin/shop",
		"shop":           "\n  shop; nearest: bin/shop",
		"top/bin/shop":   "nearest: bin/shop",
		"migrations/1.*": "\n  migrations/1.*",
		"*/*/*":          "\n  */*/*",
		"/bin/shop":      "give a path inside the artifact",
		"../bin/shop":    "give a path inside the artifact",
		"bin/[":          "syntax error in pattern",
	} {
		_, err := Resolve(t.Context(), testCache(t), Request{Source: "shop.tar.gz", Insecure: true, Contains: []string{"bin/*", want}, Dir: dir})
		if message == "" {
			require.NoError(t, err, want)
		} else {
			require.ErrorContains(t, err, message, want)
		}
	}
}

// All that is missing is said at once.
func TestResolveContainsAll(t *testing.T) {
	dir, _ := project(t)
	_, err := Resolve(t.Context(), testCache(t), Request{Source: "shop.tar.gz", Insecure: true, Contains: []string{"bin/shoq", "etc/shop.tom"}, Dir: dir})
	require.ErrorContains(t, err, "\n  bin/shoq; nearest: bin/shop\n  etc/shop.tom; nearest: etc/shop.toml")
}

// The contents decide the kind; a name has a say only where it promises an archive, or a zip is run as it is.
func TestResolveKind(t *testing.T) {
	files := map[string]struct {
		name, kind, message string
		data                []byte
	}{
		"tar.gz without ending":  {name: "shop-1.5.0", data: pack(t, KindTarGz, shopItems...), kind: KindTarGz},
		"tar.zst named tar.gz":   {name: "shop.tar.gz", data: pack(t, KindTarZst, shopItems...), kind: KindTarZst},
		"tar":                    {name: "shop", data: pack(t, KindTar, shopItems...), kind: KindTar},
		"zip":                    {name: "SHOP.ZIP", data: pack(t, KindZip, shopItems...), kind: KindZip},
		"jar":                    {name: "shop.jar", data: pack(t, KindZip, shopItems...), kind: KindBinary},
		"binary":                 {name: "shop", data: []byte("\x7fELF"), kind: KindBinary},
		"one byte":               {name: "shop", data: []byte("x"), kind: KindBinary},
		"a packed file, no tar":  {name: "words.gz", data: gz(t, []byte("words")), kind: KindBinary},
		"zstd, no tar":           {name: "words.zst", data: zst(t, []byte("words")), kind: KindBinary},
		"a page":                 {name: "shop.tar.gz", data: []byte("<!DOCTYPE html><html>"), message: `shop.tar.gz: it is named like an archive, but it is no tar, tar.gz, tar.zst or zip`},
		"gzip of a page":         {name: "shop.tgz", data: gz(t, []byte("<html>")), message: "named like an archive"},
		"cut off in the header":  {name: "shop.tar.gz", data: pack(t, KindTarGz, shopItems...)[:20], message: "shop.tar.gz: it is truncated or damaged"},
		"cut off":                {name: "shop.tar.gz", data: pack(t, KindTarGz, shopItems...)[:150], message: "shop.tar.gz: it is truncated or damaged"},
		"cut off, zst":           {name: "shop.tar.zst", data: pack(t, KindTarZst, shopItems...)[:30], message: "shop.tar.zst: it is truncated or damaged"},
		"cut off, zip":           {name: "shop.zip", data: pack(t, KindZip, shopItems...)[:90], message: "shop.zip: it is truncated or damaged"},
		"cut off, any file":      {name: "words.gz", data: gz(t, []byte("words"))[:12], kind: KindBinary},
		"empty":                  {name: "shop", message: "the file is empty"},
		"empty tar":              {name: "shop.tar", data: pack(t, KindTar), message: "it holds no files"},
		"empty zip":              {name: "shop.zip", data: pack(t, KindZip), message: "it holds no files"},
		"unsafe: found at plan":  {name: "shop.zip", data: pack(t, KindZip, item{name: "../x"}), message: `shop.zip: member "../x": refused`},
		"a name to be afraid of": {name: "a\x1b[2Jb", data: []byte("x"), message: "control character"},
	}
	for name, c := range files {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, filepath.Join(dir, c.name), c.data)
			got, err := Resolve(t.Context(), testCache(t), Request{Source: c.name, Checksum: digest(c.data), Dir: dir})
			if c.message != "" {
				require.ErrorContains(t, err, c.message)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.kind, got.Kind)
		})
	}
}

// What plan resolved can be unpacked, whatever its kind.
func TestResolveOpenUnpack(t *testing.T) {
	for _, kind := range append([]string{KindBinary}, archiveKinds...) {
		dir, cache := t.TempDir(), testCache(t)
		data := []byte("\x7fELF")
		if kind != KindBinary {
			data = pack(t, kind, shopItems...)
		}
		write(t, filepath.Join(dir, "shop"), data)
		a, err := Resolve(t.Context(), cache, Request{Source: "shop", Checksum: digest(data), Dir: dir})
		require.NoError(t, err)
		require.Equal(t, kind, a.Kind)

		require.NoError(t, os.Remove(filepath.Join(dir, "shop")), "the source is not needed any more")
		blob, err := cache.Open(t.Context(), a, dir)
		require.NoError(t, err)
		defer blob.Close()
		into := filepath.Join(dir, "into")
		require.NoError(t, Unpack(t.Context(), blob, a, into, cache.Limits))
		if kind == KindBinary {
			require.Equal(t, map[string]string{"shop": "-rwxr-xr-x \x7fELF"}, tree(t, into))
		} else {
			require.Equal(t, "-rwxr-xr-x ELF", tree(t, into)["bin/shop"])
		}
	}
}

func TestResolveTooLarge(t *testing.T) {
	dir, _ := project(t)
	cache := testCache(t)
	cache.MaxSize = 10
	_, err := Resolve(t.Context(), cache, Request{Source: "shop.tar.gz", Insecure: true, Dir: dir})
	require.ErrorContains(t, err, "larger than the limit of 10 B")
}
