package artifact

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
)

func (c contents) readZip(_ string, each func(member) error) error {
	// archive/zip holds the whole directory of a zip in memory, so that must have a limit too.
	bounded := &boundedReaderAt{r: readerAtContext{c}, left: directoryLimit(c.limits)}
	z, err := zip.NewReader(bounded, c.size)
	if err != nil {
		return err
	}
	bounded.left = -1
	if len(z.File) > c.limits.Files {
		return tooMany(c.limits.Files)
	}
	for _, f := range z.File {
		if err := c.readZipped(f, each); err != nil {
			return err
		}
	}
	return nil
}

// readZipped reads to the end, since only there the checksum is verified.
func (c contents) readZipped(f *zip.File, each func(member) error) error {
	body, err := openZipped(f)
	if err != nil {
		return fmt.Errorf("member %q: %w", f.Name, err)
	}
	defer body.Close()
	m := member{name: f.Name, what: zipType(f.Mode()), mode: f.Mode(), size: int64(f.UncompressedSize64), time: f.Modified, body: body}
	if m.what == aLink {
		target, err := io.ReadAll(io.LimitReader(body, int64(c.limits.Name)+1))
		if err != nil {
			return fmt.Errorf("member %q: %w", f.Name, err)
		}
		m.target = string(target)
	}
	if err := each(m); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, body); err != nil {
		return fmt.Errorf("member %q: %w", f.Name, err)
	}
	return nil
}

func openZipped(f *zip.File) (io.ReadCloser, error) {
	const encrypted = 1
	if f.Flags&encrypted != 0 {
		return nil, errors.New("it is encrypted, which rel cannot read")
	}
	body, err := f.Open()
	if errors.Is(err, zip.ErrAlgorithm) {
		return nil, fmt.Errorf("it is packed with method %d; rel reads store and deflate", f.Method)
	}
	return body, err
}

func zipType(mode fs.FileMode) memberType {
	switch mode.Type() {
	case 0:
		return aFile
	case fs.ModeDir:
		return aFolder
	case fs.ModeSymlink:
		return aLink
	case fs.ModeNamedPipe:
		return "FIFO"
	case fs.ModeSocket:
		return "socket"
	}
	return "device"
}

// directoryLimit is what the directory of a zip may take, with 256 bytes a member: more than names mostly need.
func directoryLimit(l Limits) int64 { return int64(l.Files)*256 + 128<<10 }

// boundedReaderAt gives no more than left bytes in all; less than none left at the start means no bound.
type boundedReaderAt struct {
	r    io.ReaderAt
	left int64
}

func (b *boundedReaderAt) ReadAt(p []byte, off int64) (int, error) {
	if b.left < 0 {
		return b.r.ReadAt(p, off)
	}
	if b.left -= int64(len(p)); b.left < 0 {
		b.left = 0
		return 0, fmt.Errorf("%w: its directory is too large", ErrUnsafe)
	}
	return b.r.ReadAt(p, off)
}

// readerAtContext ends reading when the context does.
type readerAtContext struct{ c contents }

func (r readerAtContext) ReadAt(p []byte, off int64) (int, error) {
	if r.c.ctx.Err() != nil {
		return 0, context.Cause(r.c.ctx)
	}
	return r.c.ReadAt(p, off)
}
