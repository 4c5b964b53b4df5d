package local

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// writeFile replaces a file so that a reader, or a crash, sees the former or the new one whole.
func writeFile(path string, content []byte, mode os.FileMode) error {
	temp := path + ".new"
	if err := writeThrough(temp, content, mode); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return renameDurably(temp, path)
}

func writeThrough(path string, content []byte, mode os.FileMode) error {
	if err := removeFile(path); err != nil { // a leftover could have another mode
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Sync(), f.Close())
}

func renameDurably(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(to))
}

// syncFolder makes the names in a folder durable.
func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// removeFile removes a file; one that is not there counts as removed.
func removeFile(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// readFile reads a file; nil where there is none.
func readFile(path string) ([]byte, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	return b, err
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
