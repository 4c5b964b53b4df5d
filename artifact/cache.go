package artifact

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Cache is a folder of contents by their digest, and what is known about sources and contents, so that a plan
// without a change reads and downloads nothing twice. Any number of rel processes may share one: files appear by
// rename, complete or not at all. Everything in it can be had again from the sources.
type Cache struct {
	Client  *http.Client // fetches https sources
	MaxSize int64        // bytes of one artifact, packed
	Limits  Limits       // of what an archive unpacks to, checked at plan

	dir string
	now func() time.Time
}

// settleTime is how long a file must have been at rest before its stamp is believed: file systems keep time in
// steps, and two writes in one step look the same.
const settleTime = 2 * time.Second

// NewCache is a cache in the folder, which is made when it is first written to.
func NewCache(dir string) *Cache {
	return &Cache{Client: newClient(), MaxSize: 4 << 30, Limits: DefaultLimits(), dir: dir, now: time.Now}
}

const (
	blobFolder   = "sha256"  // contents
	indexFolder  = "index"   // source or blob → fact
	memberFolder = "members" // digest → inventory
	tempPrefix   = ".new-"
)

func (c *Cache) blob(digest string) string {
	return filepath.Join(c.dir, blobFolder, strings.TrimPrefix(digest, "sha256:"))
}

// Open gives the contents of the artifact, every byte verified against its digest before it returns: from the
// cache, else from the source again, whose relative path is below dir. Nothing is given with an error; it is
// ErrDigest where the source now holds something else, ErrNotFound where it holds nothing.
func (c *Cache) Open(ctx context.Context, a Artifact, dir string) (*os.File, error) {
	if digest, err := digestOf(strings.TrimPrefix(a.Digest, "sha256:")); err != nil || digest != a.Digest {
		return nil, fmt.Errorf("opening artifact %s: %q is no digest", a.Name, a.Digest)
	}
	f, err := c.openBlob(ctx, a.Digest)
	if err == nil || ctx.Err() != nil {
		return f, err
	}
	return c.refetch(ctx, a, dir)
}

func (c *Cache) refetch(ctx context.Context, a Artifact, dir string) (*os.File, error) {
	src, err := c.source(a.Source, dir)
	if err != nil {
		return nil, err
	}
	body, _, err := src.open(ctx, "")
	if err != nil {
		return nil, fmt.Errorf("artifact %s is not in the cache: %w", a.Name, err)
	}
	defer body.Close()
	f, _, err := c.put(ctx, body, a.Digest)
	if errors.Is(err, ErrDigest) {
		return nil, fmt.Errorf("artifact %s was replaced since it was resolved: %s: %w; publish it again as it was, or plan again", a.Name, src, err)
	}
	if err != nil {
		return nil, fmt.Errorf("fetching %s: %w", src, err)
	}
	return f, nil
}

// openBlob hashes the contents first; what is damaged is as good as absent.
func (c *Cache) openBlob(ctx context.Context, digest string) (*os.File, error) {
	f, err := os.Open(c.blob(digest))
	if err != nil {
		return nil, err
	}
	got, err := hashOf(ctx, f)
	if err == nil && got.Digest != digest {
		err = &digestError{want: digest, got: got.Digest}
	}
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// intact gives the contents' own fact if the cache holds them, hashing them only if the index does not know the file.
func (c *Cache) intact(ctx context.Context, digest string) (fact, bool) {
	src := fileSource(c.blob(digest))
	known, _ := c.recall(src.key())
	body, mark, err := src.open(ctx, known.Stamp)
	if errors.Is(err, errUnchanged) {
		return known, known.Digest == digest
	}
	if err != nil {
		return fact{}, false
	}
	defer body.Close()
	got, err := hashOf(ctx, body)
	if err != nil || got.Digest != digest {
		return fact{}, false
	}
	got.Stamp = mark.tag
	// A fact that cannot be noted is learned again next time.
	_ = c.note(src.key(), got, mark.changed)
	return got, true
}

// put copies the contents into the cache and gives them open. Unless their digest is the wanted one ("" for any),
// nothing is kept.
func (c *Cache) put(ctx context.Context, r io.Reader, want string) (*os.File, fact, error) {
	var got fact
	sum := sha256.New()
	fill := func(w io.Writer) error {
		size, err := io.Copy(io.MultiWriter(w, sum), io.LimitReader(withContext(ctx, r), c.MaxSize+1))
		got = factOf(sum, size)
		switch {
		case err != nil:
			return err
		case size > c.MaxSize:
			return fmt.Errorf("it is larger than the limit of %s", bytesText(c.MaxSize))
		case want != "" && got.Digest != want:
			return &digestError{want: want, got: got.Digest}
		}
		return nil
	}
	name := func() string { return c.blob(got.Digest) }
	f, err := createDurably(filepath.Join(c.dir, blobFolder), fill, name)
	return f, got, err
}

// Prune removes what was last written before the given time, but never contents whose digest is in keep.
func (c *Cache) Prune(before time.Time, keep ...string) error {
	var errs []error
	for _, folder := range []string{blobFolder, memberFolder, indexFolder} {
		entries, err := os.ReadDir(filepath.Join(c.dir, folder))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
		for _, e := range entries {
			if info, err := e.Info(); err != nil || !info.ModTime().Before(before) || slices.Contains(keep, "sha256:"+e.Name()) {
				continue
			}
			if err := os.Remove(filepath.Join(c.dir, folder, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
				errs = append(errs, err)
			}
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("pruning the artifact cache: %w", err)
	}
	return nil
}

func hashOf(ctx context.Context, r io.Reader) (fact, error) {
	sum := sha256.New()
	size, err := io.Copy(sum, withContext(ctx, r))
	return factOf(sum, size), err
}

func factOf(sum hash.Hash, size int64) fact {
	return fact{Digest: "sha256:" + hex.EncodeToString(sum.Sum(nil)), Size: size}
}
