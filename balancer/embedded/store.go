package embedded

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// compactFrom is the size in bytes of added changes from which the file is written anew,
// unless the whole state is larger than that.
const compactFrom = 1 << 20

// store keeps a state in its file. A change is one line at the end, so that drains of
// thousands of servers cost the same each; the file is written anew by the first change of a
// process and when the lines outweigh the state.
type store struct {
	path  string
	state state

	file  *os.File // nil: the next change writes the file anew
	whole int64    // bytes of the first line
	added int64    // bytes of the lines after it
}

// readState reads a state file; one that is not there is the empty state.
func readState(path string) (state, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return state{}, nil
	}
	if err != nil {
		return state{}, fmt.Errorf("reading the state of the load balancer: %w", err)
	}
	s, err := decode(data)
	if err != nil {
		return s, fmt.Errorf("%s: %w; it was left as it is: remove the file, and the next apply sets the load balancer up anew", path, err)
	}
	return s, nil
}

func openStore(path string) (*store, error) {
	s, err := readState(path)
	if err != nil {
		return nil, err
	}
	return &store{path: path, state: s}, nil
}

// commit makes a change durable and then part of the state. After an error it is neither.
func (s *store) commit(c change) error {
	if c.empty() {
		return nil
	}
	if s.file == nil || s.added > max(compactFrom, s.whole) {
		return s.rewrite(c)
	}
	line, err := encode(c)
	if err != nil {
		return err
	}
	if err := writeSync(s.file, line); err != nil {
		s.leave() // it may end in half a line
		return fmt.Errorf("writing the state of the load balancer (nothing was changed): %w", err)
	}
	s.added += int64(len(line))
	s.state.apply(c)
	return nil
}

// rewrite replaces the file by one with the whole state and the change.
func (s *store) rewrite(c change) error {
	next := state{}
	next.apply(s.state.whole())
	next.apply(c)
	line, err := encode(next.whole())
	if err != nil {
		return err
	}
	s.leave()
	file, err := replaceFile(s.path, line)
	if err != nil {
		return fmt.Errorf("writing the state of the load balancer (nothing was changed): %w", err)
	}
	s.file, s.state, s.whole, s.added = file, next, int64(len(line)), 0
	return nil
}

// leave closes the file, so that the next change writes it anew.
func (s *store) leave() {
	if s.file != nil {
		_ = s.file.Close()
		s.file = nil
	}
}

// replaceFile writes a file durably beside path, renames it and leaves it open.
func replaceFile(path string, data []byte) (*os.File, error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return nil, err
	}
	err = writeSync(f, data)
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = f.Close()
		_ = os.Remove(f.Name())
		return nil, err
	}
	if err := syncFolder(filepath.Dir(path)); err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

func writeSync(f *os.File, data []byte) error {
	if _, err := f.Write(data); err != nil {
		return err
	}
	return f.Sync()
}

func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
