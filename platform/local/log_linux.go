package local

import (
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// punch gives back a file's first n bytes. Its size stays, and reading them gives zeros.
func punch(f *os.File, n int64) error {
	err := unix.Fallocate(int(f.Fd()), unix.FALLOC_FL_PUNCH_HOLE|unix.FALLOC_FL_KEEP_SIZE, 0, n)
	if errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.ENOSYS) {
		return errNoHoles
	}
	return err
}

// dataStart is where a file's data begins, after what was given back.
func dataStart(f *os.File) int64 {
	at, err := f.Seek(0, unix.SEEK_DATA)
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil { // an empty file, or a file system that does not tell
		return 0
	}
	return at
}
