package artifact

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// source is where an artifact, or a list of checksums, comes from: a file or an https address.
type source interface {
	fmt.Stringer  // for messages: without secrets
	name() string // file name
	key() string  // its place in the index
	remote() bool // it costs a download
	open(ctx context.Context, known string) (io.ReadCloser, stamp, error)
}

// errUnchanged is what open gives when the source still bears the stamp that the caller knows.
var errUnchanged = errors.New("unchanged")

// stamp changes whenever the contents of a source do. No tag: nothing is known.
type stamp struct {
	tag     string
	changed time.Time // when the source last changed; zero where the tag alone decides
}

func (c *Cache) source(text, dir string) (source, error) {
	scheme, rest, ok := cutScheme(text)
	switch {
	case text == "":
		return nil, errors.New("the artifact has no source: give a path or an https:// address")
	case !ok:
		return fileSource(below(dir, text)), nil
	case scheme == "file":
		return fileURL(rest, dir)
	case scheme == "https":
		return c.httpsURL(text)
	case scheme == "http":
		return nil, fmt.Errorf("the source %s is not encrypted: use https://", redacted(text))
	}
	return nil, fmt.Errorf("the source %s: %s is not supported; give a path, file: or https://", redacted(text), scheme)
}

// cutScheme tells an address from a path: "file:" and "name://" begin addresses.
func cutScheme(text string) (scheme, rest string, ok bool) {
	scheme, rest, ok = strings.Cut(text, ":")
	scheme = strings.ToLower(scheme)
	address := strings.HasPrefix(rest, "//") && !strings.ContainsAny(scheme, "/.\\")
	return scheme, rest, ok && (scheme == "file" || address)
}

// fileURL reads what follows "file:": a plain path, or //[localhost]/path in the escapes of an address.
func fileURL(rest, dir string) (source, error) {
	if !strings.HasPrefix(rest, "//") {
		if rest == "" {
			return nil, errors.New("the source file: has no path")
		}
		return fileSource(below(dir, rest)), nil
	}
	u, err := url.Parse("file:" + rest)
	if err != nil || (u.Host != "" && u.Host != "localhost") || u.Path == "" {
		return nil, fmt.Errorf("the source file:%s names no file on this machine: write file:PATH or file:///PATH", rest)
	}
	return fileSource(filepath.Clean(u.Path)), nil
}

func below(dir, name string) string {
	if filepath.IsAbs(name) {
		return filepath.Clean(name)
	}
	return filepath.Join(dir, name)
}

// fileSource is the path of a file on this machine.
type fileSource string

func (s fileSource) String() string { return string(s) }
func (s fileSource) name() string   { return filepath.Base(string(s)) }
func (s fileSource) remote() bool   { return false }

func (s fileSource) key() string {
	if abs, err := filepath.Abs(string(s)); err == nil {
		return "file " + abs
	}
	return "file " + string(s)
}

// open looks before it opens: a FIFO would block.
func (s fileSource) open(_ context.Context, known string) (io.ReadCloser, stamp, error) {
	info, err := os.Stat(string(s))
	if err != nil {
		return nil, stamp{}, s.explain(err)
	}
	if info.IsDir() {
		return nil, stamp{}, fmt.Errorf("%s is a folder: an artifact is one file, so pack it as a tar.gz, tar.zst or zip", s)
	}
	if !info.Mode().IsRegular() {
		return nil, stamp{}, fmt.Errorf("%s is not a regular file", s)
	}
	return s.openStamped(known)
}

func (s fileSource) openStamped(known string) (io.ReadCloser, stamp, error) {
	f, err := os.Open(string(s))
	if err != nil {
		return nil, stamp{}, s.explain(err)
	}
	mark, err := stampOf(f)
	if err == nil && mark.tag == known {
		err = errUnchanged
	}
	if err != nil {
		return nil, stamp{}, errors.Join(err, f.Close())
	}
	return &steadyFile{File: f, tag: mark.tag}, mark, nil
}

func (s fileSource) explain(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: there is no file %s", ErrNotFound, s)
	}
	return fmt.Errorf("reading an artifact: %w", err)
}

// steadyFile fails at its end if the file was written to while it was read: the digest would be of a mixture.
type steadyFile struct {
	*os.File
	tag string
}

func (f *steadyFile) Read(p []byte) (int, error) {
	n, err := f.File.Read(p)
	if err != io.EOF {
		return n, err
	}
	if mark, serr := stampOf(f.File); serr != nil || mark.tag != f.tag {
		return n, errors.Join(errors.New("the file changed while it was read: wait until it is complete, then try again"), serr)
	}
	return n, io.EOF
}
