package embedded

import (
	"fmt"
	"os"
	"runtime/debug"
	"sync"
)

// logLimit is the size in bytes from which a log file becomes its former one.
const logLimit = 1 << 20

// logFile is a log of at most two files: the present and the former. It also gets the trace
// of a crash.
type logFile struct {
	path  string
	limit int64

	mu   sync.Mutex
	file *os.File
}

func openLog(path string, limit int64) (*logFile, error) {
	l := &logFile{path: path, limit: limit}
	return l, l.open()
}

func (l *logFile) open() error {
	f, err := os.OpenFile(l.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("opening the log: %w", err)
	}
	if l.file != nil {
		_ = l.file.Close()
	}
	l.file = f
	return debug.SetCrashOutput(f, debug.CrashOptions{})
}

// Write appends one entry.
func (l *logFile) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if info, err := l.file.Stat(); err == nil && info.Size()+int64(len(b)) > l.limit {
		l.rotate(info)
	}
	return l.file.Write(b)
}

// rotate goes on in a new file. A process that was replaced writes to the same log: where the
// other one has rotated already, this one only follows. Without a new file the old one is used.
func (l *logFile) rotate(open os.FileInfo) {
	if current, err := os.Stat(l.path); err == nil && os.SameFile(open, current) {
		_ = os.Rename(l.path, l.path+".1")
	}
	_ = l.open()
}
