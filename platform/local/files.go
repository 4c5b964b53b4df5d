package local

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"
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

// readFile reads a small file; nil where there is none.
func readFile(path string) ([]byte, error) {
	fd, err := openQuickly(path, 0)
	if fd < 0 || err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	content := make([]byte, 0, 1024)
	for {
		n, err := retry(func() (int, error) { return unix.Read(fd, content[len(content):cap(content)]) })
		if err != nil {
			return nil, &os.PathError{Op: "read", Path: path, Err: err}
		}
		content = content[:len(content)+n]
		if len(content) < cap(content) { // a read that is not filled is a regular file's last
			return content, nil
		}
		content = slices.Grow(content, cap(content))
	}
}

// namesIn lists a folder; nothing where it is not there.
func namesIn(dir string) ([]string, error) {
	fd, err := openQuickly(dir, unix.O_DIRECTORY)
	if fd < 0 || err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	var names []string
	for entries := make([]byte, 4096); ; {
		n, err := retry(func() (int, error) { return unix.ReadDirent(fd, entries) })
		if err != nil {
			return nil, &os.PathError{Op: "readdir", Path: dir, Err: err}
		}
		if n <= 0 {
			return names, nil
		}
		_, _, names = unix.ParseDirent(entries[:n], -1, names)
	}
}

// openQuickly opens without the calls by which os.Open prepares for files that may have to be
// waited for; -1 where there is nothing. Observing does little else than to open.
func openQuickly(path string, flags int) (int, error) {
	fd, err := retry(func() (int, error) { return unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC|flags, 0) })
	if errors.Is(err, os.ErrNotExist) {
		return -1, nil
	}
	if err != nil {
		return -1, &os.PathError{Op: "open", Path: path, Err: err}
	}
	return fd, nil
}

// retry repeats a call that a signal has cut short.
func retry(call func() (int, error)) (int, error) {
	for {
		n, err := call()
		if !errors.Is(err, unix.EINTR) {
			return n, err
		}
	}
}

func exists(path string) bool {
	var s unix.Stat_t
	return unix.Lstat(path, &s) == nil
}
