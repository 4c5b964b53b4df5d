package local

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// A slot's service writes to its log file itself, always at the end of it. So a file can only
// be exchanged when the service is (re)started: at each activation, and where it has grown. What a service writes beyond the limit between
// two starts is given back from the front of its file: the oldest output goes, the file keeps
// its name, no line that is written meanwhile is lost and the service notices nothing.

// errNoHoles: the file system cannot give back a part of a file.
var errNoHoles = errors.New("the file system cannot give back a part of a file")

const block = 4096 // file systems give back whole blocks

// rotate exchanges a log file that has grown to limit; three are kept. Nobody writes to it.
func (p place) rotate(limit int64) error {
	info, err := os.Stat(p.log())
	if errors.Is(err, os.ErrNotExist) || err == nil && info.Size() < limit {
		return nil
	}
	if err != nil {
		return err
	}
	return p.shift()
}

// shift renames the newest log file to the second and that to the third.
func (p place) shift() error {
	files := p.logs()
	for n := range files[1:] {
		if err := renameIfThere(files[n+1], files[n]); err != nil {
			return err
		}
	}
	return nil
}

// trimLog keeps the log of a running service to the limit. It is tried again at the next look,
// so an error is nothing to end a service for.
func (v *supervision) trimLog() { _ = v.at.trim(v.LogBytes, punch) }

// trim gives back the front of a log file that holds more than limit, down to half of it.
func (p place) trim(limit int64, punch func(*os.File, int64) error) error {
	f, err := os.OpenFile(p.log(), os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.Size()-dataStart(f) <= limit {
		return nil
	}
	err = punch(f, (info.Size()-limit/2)/block*block)
	if errors.Is(err, errNoHoles) {
		return p.copyAway(f)
	}
	return err
}

// copyAway makes a copy of the log its second file and empties it. Lines that are written
// between the two are lost: it is for file systems that cannot do better.
func (p place) copyAway(f *os.File) error {
	temp := p.log() + ".new"
	to, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, f)
	if err := errors.Join(err, to.Close()); err != nil {
		return fmt.Errorf("copying the log: %w", err)
	}
	if err := os.Truncate(p.log(), 0); err != nil {
		return err
	}
	files := p.logs()
	return errors.Join(renameIfThere(files[1], files[0]), os.Rename(temp, files[1]))
}

func renameIfThere(from, to string) error {
	if err := os.Rename(from, to); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// openLogs opens those of the log files that are there, each where its data begins.
func openLogs(paths []string) ([]*os.File, error) {
	var files []*os.File
	for _, path := range paths {
		f, err := os.Open(path)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err == nil {
			_, err = f.Seek(dataStart(f), io.SeekStart)
			files = append(files, f)
		}
		if err != nil {
			return nil, errors.Join(err, closeAll(files))
		}
	}
	return files, nil
}

func closeAll(files []*os.File) error {
	var errs []error
	for _, f := range slices.Backward(files) {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}
