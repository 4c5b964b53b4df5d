package local

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"rel/platform"
)

// Logs copies what the slot's process wrote, across its files, and with Follow goes on.
func (d *Driver) Logs(ctx context.Context, w io.Writer, a platform.Address, slot string, o platform.LogOptions) error {
	i, err := d.instance(a)
	if err != nil {
		return err
	}
	p, err := i.place(slot)
	if err != nil {
		return err
	}
	files, err := openLogs(p.logsWanted(o))
	if err != nil {
		return fmt.Errorf("opening the log of %s, slot %s: %w", a, slot, err)
	}
	defer func() { _ = closeAll(files) }()
	if err := copyLast(w, files, o.Lines); err != nil {
		return fmt.Errorf("reading the log of %s, slot %s: %w", a, slot, err)
	}
	if !o.Follow {
		return nil
	}
	follower := follower{path: p.log(), poll: d.Poll, w: w}
	if n := len(files); n > 0 && files[n-1].Name() == p.log() {
		follower.f, files = files[n-1], files[:n-1]
	}
	return follower.follow(ctx)
}

// logsWanted are the log files to read, oldest first: each activation begins a new one.
func (p place) logsWanted(o platform.LogOptions) []string {
	if o.Latest {
		return []string{p.log()}
	}
	return p.logs()
}

// copyLast copies the last lines of the files, taken as one text; all where lines is negative.
func copyLast(w io.Writer, files []*os.File, lines int) error {
	if lines >= 0 {
		left := lines
		for n := len(files) - 1; n >= 0; n-- {
			var err error
			if left, err = seekLast(files[n], left); err != nil {
				return err
			}
		}
	}
	for _, f := range files {
		if _, err := io.Copy(withoutZeros{w}, f); err != nil {
			return err
		}
	}
	return nil
}

// seekLast seeks to where the file's last lines begin, and gives how many it had too few. The
// text may end without a newline: that is a line as well.
func seekLast(f *os.File, lines int) (wanting int, err error) {
	start, err := f.Seek(0, io.SeekCurrent)
	if err != nil {
		return 0, err
	}
	end, err := f.Seek(0, io.SeekEnd)
	if err != nil || lines == 0 || start == end {
		return lines, err
	}
	at, found, err := backOver(f, start, end-1, lines)
	if err != nil {
		return 0, err
	}
	_, err = f.Seek(at, io.SeekStart)
	return max(0, lines-found-1), err
}

// backOver goes back from end over so many newlines, at most to start; it gives where it is
// then, after the last of them, and how many there were.
func backOver(r io.ReaderAt, start, end int64, newlines int) (at int64, found int, err error) {
	chunk := make([]byte, 32<<10)
	for end > start {
		from := max(start, end-int64(len(chunk)))
		part := chunk[:end-from]
		if _, err := r.ReadAt(part, from); err != nil && !errors.Is(err, io.EOF) {
			return 0, 0, err
		}
		for n := bytes.LastIndexByte(part, '\n'); n >= 0; n = bytes.LastIndexByte(part[:n], '\n') {
			if found++; found == newlines {
				return from + int64(n) + 1, found, nil
			}
		}
		end = from
	}
	return start, found, nil
}

// withoutZeros leaves out what a log's given back front reads as.
type withoutZeros struct{ w io.Writer }

func (z withoutZeros) Write(b []byte) (int, error) {
	if _, err := z.w.Write(bytes.ReplaceAll(b, []byte{0}, nil)); err != nil {
		return 0, err
	}
	return len(b), nil
}

// follower goes on copying a log as it grows.
type follower struct {
	path string
	poll time.Duration
	w    io.Writer
	f    *os.File // what is read; nil: not there yet
}

// follow copies until ctx ends, and that is no error.
func (l *follower) follow(ctx context.Context) error {
	defer l.close()
	look := time.NewTicker(l.poll)
	defer look.Stop()
	for {
		if err := l.copyNew(); err != nil {
			return fmt.Errorf("following %s: %w", l.path, err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-look.C:
		}
	}
}

// copyNew copies what is new in the file and, where another has its name now, in that. The
// look at the name comes first: when it is another's, nobody writes to the old one any more.
func (l *follower) copyNew() error {
	named, err := os.Stat(l.path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := l.copyRest(); err != nil {
		return err
	}
	if named == nil || l.isOpen(named) {
		return nil
	}
	l.close()
	if l.f, err = os.Open(l.path); err != nil {
		l.f = nil
		return err
	}
	return l.copyRest()
}

func (l *follower) isOpen(named os.FileInfo) bool {
	if l.f == nil {
		return false
	}
	open, err := l.f.Stat()
	return err == nil && os.SameFile(open, named)
}

func (l *follower) copyRest() error {
	if l.f == nil {
		return nil
	}
	if err := l.backIfEmptied(); err != nil {
		return err
	}
	_, err := io.Copy(withoutZeros{l.w}, l.f)
	return err
}

// backIfEmptied goes back to the front of a file that has become shorter.
func (l *follower) backIfEmptied() error {
	at, err := l.f.Seek(0, io.SeekCurrent)
	if err != nil {
		return err
	}
	info, err := l.f.Stat()
	if err != nil || info.Size() >= at {
		return err
	}
	_, err = l.f.Seek(0, io.SeekStart)
	return err
}

func (l *follower) close() {
	if l.f != nil {
		_ = l.f.Close() // it was only read
	}
}
