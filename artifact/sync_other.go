//go:build !linux

package artifact

import "os"

func syncTree(root *os.Root) error { return syncEach(root) }
