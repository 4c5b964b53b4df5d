package embedded

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// copied gives the copy of the binary at a version, making it where it is this version's.
func (d *Driver) copied(version string) (string, error) {
	to := d.folder.program(version)
	if _, err := os.Stat(to); err == nil {
		return to, nil
	}
	if version != d.config.Version {
		return "", fmt.Errorf("the load balancer is to run rel %s, and there is no copy of it in %s; this is rel %s",
			version, filepath.Dir(to), d.config.Version)
	}
	if err := copyProgram(d.config.Executable, to); err != nil {
		return "", fmt.Errorf("copying rel's binary for the load balancer: %w", err)
	}
	return to, nil
}

func copyProgram(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.CreateTemp(filepath.Dir(to), ".copy-*")
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	err = errors.Join(err, out.Chmod(0o700), out.Sync(), out.Close())
	if err == nil {
		err = os.Rename(out.Name(), to)
	}
	if err != nil {
		return errors.Join(err, os.Remove(out.Name()))
	}
	return syncFolder(filepath.Dir(to))
}

// prune removes the copies of all versions but those kept.
func (d *Driver) prune(keep ...string) error {
	kept := map[string]bool{}
	for _, version := range keep {
		kept[d.folder.program(version)] = true
	}
	copies, err := filepath.Glob(filepath.Join(d.folder.path("bin"), "*"))
	for _, path := range copies {
		if !kept[path] {
			err = errors.Join(err, os.Remove(path))
		}
	}
	return err
}
