package local

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// syncTree makes all files below dir durable, in one call for its whole file system: one call
// a file would cost more for an artifact of many small files.
func syncTree(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(unix.Syncfs(int(f.Fd())), f.Close())
}
