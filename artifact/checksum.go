package artifact

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxSums bounds a list of checksums: 40,000 lines.
const maxSums = 4 << 20

// wanted is the digest that the checksum demands; "" where there is none and none is needed.
func (c *Cache) wanted(ctx context.Context, req Request, src source) (string, error) {
	switch {
	case req.Checksum == "" && req.Insecure:
		return "", nil
	case req.Checksum == "":
		return "", fmt.Errorf("%s has no checksum: add checksum = \"sha256:…\" or \"file:SHA256SUMS\", or insecure = true to trust whatever plan finds there", src)
	}
	if text, ok := strings.CutPrefix(req.Checksum, "sha256:"); ok {
		digest, err := digestOf(text)
		if err != nil {
			return "", fmt.Errorf("checksum %q: %w", req.Checksum, err)
		}
		return digest, nil
	}
	if list, ok := strings.CutPrefix(req.Checksum, "file:"); ok {
		return c.listed(ctx, list, req.Dir, src.name())
	}
	return "", fmt.Errorf("checksum %s: it begins with sha256: or file:", shortened(req.Checksum))
}

// listed looks the file up in a list of checksums.
func (c *Cache) listed(ctx context.Context, list, dir, name string) (string, error) {
	src, err := c.sumsSource(list, dir)
	if err != nil {
		return "", fmt.Errorf("checksum: %w", err)
	}
	text, err := readSums(ctx, src)
	if err != nil {
		return "", fmt.Errorf("checksum: %w", err)
	}
	sums, err := parseSums(text)
	if err != nil {
		return "", fmt.Errorf("checksum: %s: %w", src, err)
	}
	digest, err := findSum(sums, name)
	if err != nil {
		return "", fmt.Errorf("checksum: %s: %w", src, err)
	}
	return digest, nil
}

// sumsSource reads what follows "file:" in a checksum: an address, or a path as in a file: source.
func (c *Cache) sumsSource(list, dir string) (source, error) {
	if _, _, ok := cutScheme(list); ok {
		return c.source(list, dir)
	}
	return fileURL(list, dir)
}

func readSums(ctx context.Context, src source) (string, error) {
	body, _, err := src.open(ctx, "")
	if err != nil {
		return "", err
	}
	defer body.Close()
	text, err := io.ReadAll(io.LimitReader(body, maxSums+1))
	if err != nil {
		return "", fmt.Errorf("reading %s: %w", src, err)
	}
	if len(text) > maxSums {
		return "", fmt.Errorf("%s is larger than %s: it is no list of checksums", src, bytesText(maxSums))
	}
	return string(text), nil
}

// digestError is contents that are not those demanded.
type digestError struct{ want, got string }

func (e *digestError) Error() string        { return fmt.Sprintf("it is %s, not %s", e.got, e.want) }
func (e *digestError) Is(target error) bool { return target == ErrDigest }

// demand is put's check for contents that are in the cache already.
func demand(src source, want, got string) error {
	if want == "" || want == got {
		return nil
	}
	return fmt.Errorf("%s: %w", src, &digestError{want: want, got: got})
}

// explainChecksum says where the digest came from, and what the two ways out are.
func explainChecksum(err error, checksum string) error {
	if !errors.Is(err, ErrDigest) {
		return err
	}
	return fmt.Errorf("the checksum does not match (%s): %w; either the artifact was replaced or the checksum is of another file",
		redactedChecksum(checksum), err)
}

func redactedChecksum(checksum string) string {
	list, ok := strings.CutPrefix(checksum, "file:")
	if _, _, address := cutScheme(list); ok && address {
		return "file:" + redacted(list)
	}
	return checksum
}

func shortened(text string) string {
	if len(text) > 20 {
		return fmt.Sprintf("%q…", text[:20])
	}
	return fmt.Sprintf("%q", text)
}
