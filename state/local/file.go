package local

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

const (
	fileMode   = 0o600
	folderMode = 0o700
)

// files are the operations through which a disk fails: fields, so that tests make each fail.
type files struct {
	write    func(*os.File, []byte) (int, error)
	sync     func(*os.File) error
	truncate func(*os.File, int64) error
	rename   func(from, to string) error
}

func systemFiles() files {
	return files{write: (*os.File).Write, sync: (*os.File).Sync, truncate: (*os.File).Truncate, rename: os.Rename}
}

// errUnsynced: the new file is in place, but after a power cut the former may be there.
var errUnsynced = errors.New("it is in place, but not yet safe from a power cut")

// replace makes the file hold data, whole and durably. On an error the former file is there
// as it was, unless the error is errUnsynced. Only one process at a time may.
func (o files) replace(path string, data []byte) error {
	temp := path + ".tmp"
	if err := o.writeNew(temp, data); err != nil {
		return errors.Join(err, discard(temp))
	}
	if err := o.rename(temp, path); err != nil {
		return errors.Join(err, discard(temp))
	}
	if err := o.syncFolder(filepath.Dir(path)); err != nil {
		return fmt.Errorf("%s: %w: %w", path, errUnsynced, err)
	}
	return nil
}

func (o files) writeNew(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, fileMode)
	if err != nil {
		return err
	}
	return errors.Join(o.persist(f, data), f.Close())
}

// persist writes data at the end of what was written, and makes it durable.
func (o files) persist(f *os.File, data []byte) error {
	n, err := o.write(f, data)
	if err == nil && n < len(data) {
		err = io.ErrShortWrite
	}
	if err != nil {
		return err
	}
	return o.sync(f)
}

func discard(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (o files) syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(o.sync(f), f.Close())
}

// makeFolder makes a folder and those above it that are missing, durably.
func (o files) makeFolder(path string) error {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil
	}
	parent := filepath.Dir(path)
	if err := o.makeFolder(parent); err != nil {
		return err
	}
	if err := os.Mkdir(path, folderMode); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return o.syncFolder(parent)
}
