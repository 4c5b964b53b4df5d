package artifact

import (
	"os"

	"golang.org/x/sys/unix"
)

// syncTree is one call for any number of files, where a call for each would take milliseconds a file. It flushes the
// whole file system that the folder is on.
func syncTree(root *os.Root) error {
	f, err := root.Open(".")
	if err != nil {
		return err
	}
	defer f.Close()
	if unix.Syncfs(int(f.Fd())) == nil {
		return nil
	}
	return syncEach(root)
}
