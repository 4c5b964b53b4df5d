//go:build unix

package artifact

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// stampOf takes the change time in too: it moves even where somebody sets the modification time back.
func stampOf(f *os.File) (stamp, error) {
	conn, err := f.SyscallConn()
	if err != nil {
		return stamp{}, err
	}
	var st unix.Stat_t
	var statErr error
	if err := conn.Control(func(fd uintptr) { statErr = unix.Fstat(int(fd), &st) }); err != nil {
		return stamp{}, err
	}
	if statErr != nil {
		return stamp{}, &os.PathError{Op: "fstat", Path: f.Name(), Err: statErr}
	}
	tag := fmt.Sprintf("%d %d %d %d %d", st.Dev, st.Ino, st.Size, st.Mtim.Nano(), st.Ctim.Nano())
	return stamp{tag: tag, changed: time.Unix(0, st.Ctim.Nano())}, nil
}
