package local

import (
	"io/fs"
	"path/filepath"
)

// syncTree makes all files below dir durable.
func syncTree(dir string) error {
	return filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !(e.IsDir() || e.Type().IsRegular()) {
			return err
		}
		return syncFolder(path) // a file is opened and synced just so
	})
}
