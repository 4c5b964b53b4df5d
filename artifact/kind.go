package artifact

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
)

// The kinds of artifact. The contents decide; the name has a say in two cases only, see detect.
const (
	KindTar    = "tar"
	KindTarGz  = "tar.gz"
	KindTarZst = "tar.zst"
	KindZip    = "zip"
	KindBinary = "binary" // one file, installed under its own name, executable
)

const magicSize = 4

// detect tells the kind from the first bytes. A gzip or zstd file without a tar in it is an ordinary file, and so is
// a zip that programs run as it is (a .jar). A file that is named like an archive and is none, is an error.
func detect(c contents) (string, error) {
	head := make([]byte, 16)
	n, err := c.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return "", err
	}
	if n == 0 {
		return "", errors.New("the file is empty")
	}
	kind := sniff(c, head[:n])
	if c.ctx.Err() != nil {
		return "", context.Cause(c.ctx)
	}
	if kind == KindBinary && namedArchive(c.name) {
		return "", fmt.Errorf("it is named like an archive, but it is no tar, tar.gz, tar.zst or zip: it begins with %q", head[:n])
	}
	if kind == KindZip && runAsZip(c.name) {
		kind = KindBinary
	}
	return kind, nil
}

func sniff(c contents, head []byte) string {
	switch string(head[:min(len(head), magicSize)]) {
	case "PK\x03\x04", "PK\x05\x06":
		return KindZip
	case "\x28\xb5\x2f\xfd":
		return ifTar(KindTarZst, c)
	}
	if bytes.HasPrefix(head, []byte("\x1f\x8b")) {
		return ifTar(KindTarGz, c)
	}
	return ifTar(KindTar, c)
}

// ifTar is the kind, if there is a tar in what it is packed with, else KindBinary. Where that cannot be told, because
// the packing is damaged or no member follows, the name decides, and walk will say what is wrong.
func ifTar(kind string, c contents) string {
	err := c.beginTar(kind)
	if err == nil || (err != tar.ErrHeader && namedArchive(c.name)) {
		return kind
	}
	return KindBinary
}

// beginTar reads the first header; tar.ErrHeader if what is there is no tar.
func (c contents) beginTar(kind string) error {
	stream, done, err := c.unpacked(kind)
	if err != nil {
		return err
	}
	defer done()
	block, err := io.ReadAll(io.LimitReader(stream, tarBlock))
	if err == nil && len(block) < tarBlock {
		err = tar.ErrHeader
	}
	if err == nil {
		_, err = tar.NewReader(io.MultiReader(bytes.NewReader(block), stream)).Next()
	}
	return err
}

func namedArchive(name string) bool {
	endings := []string{".tar", ".tar.gz", ".tgz", ".tar.zst", ".tzst", ".zip"}
	return slices.ContainsFunc(endings, func(e string) bool { return strings.HasSuffix(strings.ToLower(name), e) })
}

func runAsZip(name string) bool {
	return slices.Contains([]string{".jar", ".war", ".ear", ".whl", ".pyz", ".pex", ".nupkg"}, strings.ToLower(path.Ext(name)))
}
