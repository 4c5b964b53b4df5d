package artifact

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"time"

	"github.com/klauspost/compress/zstd"
)

// contents are the bytes of an artifact with what is needed to read them.
type contents struct {
	io.ReaderAt
	ctx    context.Context
	name   string // file name
	size   int64
	limits Limits
}

// member is one entry of an archive, as it stands there: nothing in it is to be trusted before the guard saw it.
type member struct {
	name   string
	what   memberType
	mode   fs.FileMode // permissions and set-uid, set-gid, sticky; the type is in what
	size   int64
	target string    // of a link
	time   time.Time // zero: none
	body   io.Reader
}

// memberType is also how messages call it. The guard refuses all but these four.
type memberType string

const (
	aFile     memberType = "file"
	aFolder   memberType = "folder"
	aLink     memberType = "link"
	aHardLink memberType = "hard link"
)

// reader gives the members of one kind of artifact in order. What a member's body still holds when each returns is
// read too, for its checksum.
type reader func(c contents, kind string, each func(member) error) error

func readers() map[string]reader {
	return map[string]reader{
		KindTar:    contents.readTar,
		KindTarGz:  contents.readTar,
		KindTarZst: contents.readTar,
		KindZip:    contents.readZip,
		KindBinary: contents.readBinary,
	}
}

// walk goes through all members and to the very end, so that a truncated or damaged archive is noticed. It is the
// only way to the members: what plan lists is what apply unpacks.
func (c contents) walk(kind string, visit func(admitted) error) error {
	read, ok := readers()[kind]
	if !ok {
		return fmt.Errorf("%s: %q is no kind of artifact", c.name, kind)
	}
	guard := newGuard(c.limits)
	err := read(c, kind, func(m member) error {
		a, err := guard.admit(m)
		if err == nil {
			err = visit(a)
		}
		if err != nil {
			return fmt.Errorf("member %q: %w", m.name, err)
		}
		return nil
	})
	if err == nil && guard.files == 0 {
		err = errors.New("it holds no files")
	}
	if damaged(err) {
		err = fmt.Errorf("it is truncated or damaged: %w", err)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", c.name, err)
	}
	return nil
}

// damaged says whether the bytes are not as the packer wrote them.
func damaged(err error) bool {
	return slices.ContainsFunc([]error{
		io.ErrUnexpectedEOF, tar.ErrHeader, gzip.ErrHeader, gzip.ErrChecksum, zip.ErrFormat, zip.ErrChecksum, zstd.ErrCRCMismatch,
	}, func(known error) bool { return errors.Is(err, known) })
}

// stream reads the bytes from the first on.
func (c contents) stream() io.Reader {
	return withContext(c.ctx, io.NewSectionReader(c, 0, c.size))
}

// readBinary is the archive of one file.
func (c contents) readBinary(_ string, each func(member) error) error {
	return each(member{name: c.name, what: aFile, mode: 0o755, size: c.size, body: c.stream()})
}
