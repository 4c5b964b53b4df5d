package artifact

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
)

func isNotFound(err error) bool { return errors.Is(err, ErrNotFound) }

func resolveShop(t testing.TB, c *Cache, dir string) Artifact {
	a, err := Resolve(t.Context(), c, Request{Source: "shop.tar.gz", Insecure: true, Dir: dir})
	require.NoError(t, err)
	return a
}

// A plan without a change does not read the file: it believes the index, even where that says something else.
func TestIndexSparesReading(t *testing.T) {
	dir, _ := project(t)
	cache := testCache(t)
	resolveShop(t, cache, dir)

	write(t, filepath.Join(dir, "other.tar.gz"), pack(t, KindTarGz, item{name: "other"}))
	other, err := Resolve(t.Context(), cache, Request{Source: "other.tar.gz", Insecure: true, Dir: dir})
	require.NoError(t, err)
	key := fileSource(filepath.Join(dir, "shop.tar.gz")).key()
	f, ok := cache.recall(key)
	require.True(t, ok)
	f.Digest = other.Digest
	require.NoError(t, writeJSON(cache.indexed(key), f))

	require.Equal(t, other.Digest, resolveShop(t, cache, dir).Digest)
}

// Every change of a file is seen: its size, its contents under the old time, another file in its place.
func TestIndexSeesChanges(t *testing.T) {
	dir, _ := project(t)
	path := filepath.Join(dir, "shop.tar.gz")
	old := time.Now().Add(-time.Hour)
	require.NoError(t, os.Chtimes(path, old, old))
	cache := testCache(t)
	first := resolveShop(t, cache, dir)

	changes := map[string]func([]byte){
		"in place, time set back": func(data []byte) { write(t, path, data) },
		"replaced, time set back": func(data []byte) { write(t, path+".new", data); require.NoError(t, os.Rename(path+".new", path)) },
	}
	n := byte('0')
	for name, change := range changes {
		n++
		data := pack(t, KindTarGz, item{name: "bin/shop", body: "EL" + string(n), mode: 0o755}, shopItems[1], shopItems[2])
		change(data)
		require.NoError(t, os.Chtimes(path, old, old))
		got := resolveShop(t, cache, dir)
		require.Equal(t, digest(data), got.Digest, name)
		require.NotEqual(t, first.Digest, got.Digest)
	}
}

// A file that was written a moment ago can be written again within the same tick of the file system's clock.
func TestIndexDistrustsFreshFiles(t *testing.T) {
	dir, _ := project(t)
	cache := testCache(t)
	cache.now = time.Now
	resolveShop(t, cache, dir)
	_, ok := cache.recall(fileSource(filepath.Join(dir, "shop.tar.gz")).key())
	require.False(t, ok)
}

// Damage to what the cache knows costs time, never a wrong answer.
func TestCacheDamage(t *testing.T) {
	damage := map[string]func(path string) error{
		"gone":      os.Remove,
		"truncated": func(path string) error { return os.Truncate(path, 3) },
		"flipped": func(path string) error {
			data, err := os.ReadFile(path)
			if err == nil {
				data[len(data)/2] ^= 1
				err = os.WriteFile(path, data, 0o600)
			}
			return err
		},
	}
	for name, do := range damage {
		t.Run(name, func(t *testing.T) {
			dir, data := project(t)
			cache := testCache(t)
			want := resolveShop(t, cache, dir)
			for _, folder := range []string{blobFolder, memberFolder, indexFolder} {
				files, err := filepath.Glob(filepath.Join(cache.dir, folder, "*"))
				require.NoError(t, err)
				require.NotEmpty(t, files)
				for _, f := range files {
					require.NoError(t, do(f))
				}
				require.Equal(t, want, resolveShop(t, cache, dir), folder)
			}
			require.NoError(t, do(cache.blob(want.Digest)))
			require.Equal(t, data, open(t, cache, want, dir))
			require.NoError(t, os.Remove(filepath.Join(dir, "shop.tar.gz")))
			require.Equal(t, data, open(t, cache, want, dir), "and it was repaired")
		})
	}
}

func open(t testing.TB, c *Cache, a Artifact, dir string) []byte {
	f, err := c.Open(t.Context(), a, dir)
	require.NoError(t, err)
	defer f.Close()
	data, err := io.ReadAll(f)
	require.NoError(t, err)
	return data
}

// What was reviewed is what runs: a source that holds something else by now is refused, and so is one that is gone.
func TestOpenFromChangedSource(t *testing.T) {
	dir, _ := project(t)
	cache := testCache(t)
	a := resolveShop(t, cache, dir)
	require.NoError(t, os.RemoveAll(cache.dir))

	write(t, filepath.Join(dir, "shop.tar.gz"), []byte("something else"))
	f, err := cache.Open(t.Context(), a, dir)
	require.Nil(t, f)
	require.ErrorIs(t, err, ErrDigest)
	require.ErrorContains(t, err, "artifact shop.tar.gz was replaced since it was resolved")
	require.ErrorContains(t, err, "it is "+digest([]byte("something else"))+", not "+a.Digest)

	require.NoError(t, os.Remove(filepath.Join(dir, "shop.tar.gz")))
	_, err = cache.Open(t.Context(), a, dir)
	require.ErrorIs(t, err, ErrNotFound)
	require.ErrorContains(t, err, "artifact shop.tar.gz is not in the cache: not found: there is no file")
}

// The digest names a file in the cache, so it must be one.
func TestOpenRefusesOtherDigests(t *testing.T) {
	for _, d := range []string{"", "sha256:", "sha256:../../x", "md5:" + hexA, "sha256:" + hexA + "/..", "SHA256:" + hexA} {
		_, err := testCache(t).Open(t.Context(), Artifact{Name: "shop", Digest: d}, "")
		require.ErrorContains(t, err, "is no digest", d)
	}
}

// Many at once, some of them damaging what the others made: each gets the right bytes or none.
func TestCacheRaces(t *testing.T) {
	dir, data := project(t)
	cacheDir := filepath.Join(t.TempDir(), "cache")
	var group errgroup.Group
	for i := range 8 {
		group.Go(func() error {
			cache := NewCache(cacheDir) // as if each were a process
			for range 10 {
				a, err := Resolve(t.Context(), cache, Request{Source: "shop.tar.gz", Checksum: digest(data), Contains: []string{"bin/shop"}, Dir: dir})
				if err != nil {
					return err
				}
				f, err := cache.Open(t.Context(), a, dir)
				if err != nil {
					return err
				}
				got, err := io.ReadAll(f)
				if err := errors.Join(err, f.Close()); err != nil {
					return err
				}
				if digest(got) != a.Digest {
					return errors.New("wrong bytes: " + digest(got))
				}
				if i == 0 {
					if err := os.Remove(cache.blob(a.Digest)); err != nil && !errors.Is(err, os.ErrNotExist) {
						return err
					}
				}
			}
			return nil
		})
	}
	require.NoError(t, group.Wait())
	temps, err := filepath.Glob(filepath.Join(cacheDir, "*", tempPrefix+"*"))
	require.NoError(t, err)
	require.Empty(t, temps)
}

func TestPrune(t *testing.T) {
	dir, _ := project(t)
	cache := testCache(t)
	require.NoError(t, cache.Prune(time.Now()), "nothing there yet")
	kept := resolveShop(t, cache, dir)
	write(t, filepath.Join(dir, "shop.tar.gz"), pack(t, KindTarGz, item{name: "old"}))
	old := resolveShop(t, cache, dir)
	write(t, filepath.Join(cache.dir, blobFolder, tempPrefix+"crashed"), nil)

	require.NoError(t, cache.Prune(time.Now().Add(-time.Hour)))
	require.FileExists(t, cache.blob(old.Digest), "too young")

	require.NoError(t, cache.Prune(time.Now().Add(time.Hour), kept.Digest))
	require.NoFileExists(t, cache.blob(old.Digest))
	require.FileExists(t, cache.blob(kept.Digest))
	left, err := os.ReadDir(filepath.Join(cache.dir, blobFolder))
	require.NoError(t, err)
	require.Len(t, left, 1)
	require.Equal(t, old, resolveShop(t, cache, dir), "what was pruned is had again")
}

// A digest over half of one build and half of the next is of nothing.
func TestFileChangesWhileRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shop")
	write(t, path, []byte("first"))
	body, _, err := fileSource(path).open(t.Context(), "")
	require.NoError(t, err)
	defer body.Close()
	write(t, path, []byte("second!"))
	_, err = io.ReadAll(body)
	require.ErrorContains(t, err, "changed while it was read")
}

// A cancelled plan or apply ends with the reason, and keeps nothing that is half.
func TestCacheCancelled(t *testing.T) {
	dir, _ := project(t)
	stop := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(stop)
	cache := testCache(t)
	_, err := Resolve(ctx, cache, Request{Source: "shop.tar.gz", Insecure: true, Dir: dir})
	require.ErrorIs(t, err, stop)
	left, err := os.ReadDir(filepath.Join(cache.dir, blobFolder))
	require.NoError(t, err)
	require.Empty(t, left)

	a := resolveShop(t, cache, dir)
	_, err = cache.Open(ctx, a, dir)
	require.ErrorIs(t, err, stop)
	_, err = cache.Open(t.Context(), a, dir)
	require.NoError(t, err, "the blob is as it was")
}

// A cache that cannot be written to says so, with its path.
func TestCacheNotWritable(t *testing.T) {
	dir, _ := project(t)
	file := filepath.Join(t.TempDir(), "file")
	write(t, file, nil)
	_, err := Resolve(t.Context(), NewCache(filepath.Join(file, "cache")), Request{Source: "shop.tar.gz", Insecure: true, Dir: dir})
	require.ErrorContains(t, err, "writing the artifact cache: mkdir "+file)
}

// Another limit or another name may mean another answer, so the list that was made before is not taken.
func TestInventoryHoldsForItsLimits(t *testing.T) {
	dir, _ := project(t)
	cache := testCache(t)
	resolveShop(t, cache, dir)
	cache.Limits.Files = 2
	_, err := Resolve(t.Context(), cache, Request{Source: "shop.tar.gz", Insecure: true, Dir: dir})
	require.ErrorIs(t, err, ErrUnsafe)
}
