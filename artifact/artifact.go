// Package artifact brings what a release deploys from its source to a safe folder:
// source, digest, verified bytes, unpacked files.
//
// Resolve runs at plan: it fixes the digest, verifies the checksum and the members, and leaves the contents in
// the cache. Cache.Open runs at apply and gives exactly the bytes of that digest, or an error. Unpack writes
// them below a fresh folder and refuses whatever could reach outside it.
//
// What does not live here: where the folder goes and what becomes live (platform), and signatures.
package artifact

import (
	"context"
	"errors"
	"fmt"
)

// What callers decide on. Everything else is for the person who reads the message.
var (
	// ErrNotFound: the source answers, and has no such artifact or list of checksums.
	ErrNotFound = errors.New("not found")
	// ErrDigest: the contents are not those of the digest that was demanded.
	ErrDigest = errors.New("the digest differs")
	// ErrUnsafe: the archive holds something that rel does not unpack, or more than the limits allow.
	ErrUnsafe = errors.New("refused")
)

// Request is the artifact block of a release, evaluated.
type Request struct {
	Source   string   // a path, a file: or an https: address
	Checksum string   // "sha256:HEX", "file:PATH" or "file:https://…" of a SHA256SUMS file
	Insecure bool     // no checksum is needed: the digest that plan finds is what apply demands
	Contains []string // paths or globs that must be among the members
	Dir      string   // relative paths of files are below it
}

// Artifact is a source whose contents are fixed.
type Artifact struct {
	Source string // as in the request
	Name   string // file name: the last element of the source
	Digest string // "sha256:" and 64 lower case hexadecimal digits
	Size   int64  // bytes as fetched, packed
	Kind   string // one of KindTar, KindTarGz, KindTarZst, KindZip, KindBinary
}

// Resolve fixes the contents of the artifact. Afterwards they are in the cache, their checksum and all their
// members are verified, and Cache.Open needs the source no more. The error is ErrNotFound, ErrDigest or ErrUnsafe
// where it is one of these.
func Resolve(ctx context.Context, c *Cache, req Request) (Artifact, error) {
	src, err := c.source(req.Source, req.Dir)
	if err != nil {
		return Artifact{}, err
	}
	want, err := c.wanted(ctx, req, src)
	if err != nil {
		return Artifact{}, err
	}
	got, err := c.acquire(ctx, src, want)
	if err != nil {
		return Artifact{}, explainChecksum(err, req.Checksum)
	}
	a := Artifact{Source: req.Source, Name: src.name(), Digest: got.Digest, Size: got.Size}
	inv, err := c.inventory(ctx, a, req.Dir)
	if err != nil {
		return Artifact{}, err
	}
	a.Kind = inv.Kind
	return a, inv.contains(req.Contains)
}

// acquire gives the digest of what the source holds now, with the contents in the cache, reading no more than
// it has to: a digest that is known and cached needs no download, an unchanged file no reading.
func (c *Cache) acquire(ctx context.Context, src source, want string) (fact, error) {
	if src.remote() && want != "" {
		if got, ok := c.intact(ctx, want); ok {
			return got, nil
		}
	}
	known := c.known(ctx, src.key())
	body, mark, err := src.open(ctx, known.Stamp)
	if errors.Is(err, errUnchanged) {
		return known, demand(src, want, known.Digest)
	}
	if err != nil {
		return fact{}, err
	}
	defer body.Close()
	blob, got, err := c.put(ctx, body, want)
	if err != nil {
		return fact{}, fmt.Errorf("fetching %s: %w", src, err)
	}
	defer blob.Close()
	got.Stamp = mark.tag
	return got, c.note(src.key(), got, mark.changed)
}

// known is what the index says of a source, as long as the cache still holds it.
func (c *Cache) known(ctx context.Context, key string) fact {
	known, ok := c.recall(key)
	if ok {
		_, ok = c.intact(ctx, known.Digest)
	}
	if !ok {
		return fact{}
	}
	return known
}
