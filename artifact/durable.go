package artifact

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// createDurably makes a file that is there complete, and still there after a power cut, or not there at all. Its
// path may hang on its contents, so it is asked for after filling. The file is open at its beginning: the caller
// has it even if somebody removes it meanwhile.
func createDurably(dir string, fill func(io.Writer) error, path func() string) (f *os.File, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("writing the artifact cache: %w", err)
	}
	temp, err := os.CreateTemp(dir, tempPrefix)
	if err != nil {
		return nil, fmt.Errorf("writing the artifact cache: %w", err)
	}
	if err := fill(temp); err != nil {
		return nil, errors.Join(err, discard(temp))
	}
	if err := commit(temp, path()); err != nil {
		return nil, errors.Join(fmt.Errorf("writing the artifact cache: %w", err), discard(temp))
	}
	return temp, nil
}

func writeDurably(dir string, fill func(io.Writer) error, path func() string) error {
	f, err := createDurably(dir, fill, path)
	if err != nil {
		return err
	}
	return f.Close()
}

// commit gives the file its name once its contents are on disk, then brings the name to disk.
func commit(temp *os.File, path string) error {
	if err := temp.Sync(); err != nil {
		return err
	}
	if _, err := temp.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if err := os.Rename(temp.Name(), path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// discard is for a file that may have its name by now; then there is nothing to remove.
func discard(temp *os.File) error {
	err := os.Remove(temp.Name())
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return errors.Join(temp.Close(), err)
}

func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// contextReader ends reading when the context does.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func withContext(ctx context.Context, r io.Reader) io.Reader { return contextReader{ctx, r} }

func (c contextReader) Read(p []byte) (int, error) {
	if c.ctx.Err() != nil {
		return 0, context.Cause(c.ctx)
	}
	return c.r.Read(p)
}
