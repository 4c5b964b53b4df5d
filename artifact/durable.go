package artifact

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// writeDurably makes a file that is there complete, and still there after a power cut, or not there at all. Its
// path may hang on its contents, so it is asked for after filling.
func writeDurably(dir string, fill func(io.Writer) error, path func() string) (err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("writing the artifact cache: %w", err)
	}
	temp, err := os.CreateTemp(dir, tempPrefix)
	if err != nil {
		return fmt.Errorf("writing the artifact cache: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(temp.Name()))
		}
	}()
	if err := fill(temp); err != nil {
		return errors.Join(err, temp.Close())
	}
	if err := errors.Join(temp.Sync(), temp.Close()); err != nil {
		return fmt.Errorf("writing the artifact cache: %w", err)
	}
	if err := os.Rename(temp.Name(), path()); err != nil {
		return fmt.Errorf("writing the artifact cache: %w", err)
	}
	return syncFolder(filepath.Dir(path()))
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
	if err := c.ctx.Err(); err != nil {
		return 0, context.Cause(c.ctx)
	}
	return c.r.Read(p)
}
