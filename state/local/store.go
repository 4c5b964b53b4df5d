package local

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"rel/state"
)

// ReadState reads the state of an environment.
func (b *Backend) ReadState(_ context.Context, env string) (state.State, error) {
	folder, err := b.folder(env)
	if err != nil {
		return state.State{}, err
	}
	return readState(filepath.Join(folder, stateFile), env)
}

func readState(path, env string) (state.State, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return state.State{}, fmt.Errorf("state of environment %q: %w", env, state.ErrNotFound)
	}
	if err != nil {
		return state.State{}, fmt.Errorf("reading the state of environment %q: %w", env, err)
	}
	s, err := state.Decode(data)
	if err != nil {
		return state.State{}, fmt.Errorf("%s: %w", path, err)
	}
	if s.Environment != env {
		return state.State{}, fmt.Errorf("%s is the state of environment %q: %w", path, s.Environment, state.ErrDamaged)
	}
	return s, nil
}

// WriteState replaces the state of an environment if its serial is still former.
func (b *Backend) WriteState(ctx context.Context, env string, s state.State, former int64) error {
	if err := state.CheckWrite(env, s, former); err != nil {
		return err
	}
	data := state.Encode(s)
	return b.exclusively(ctx, env, func(folder string) error {
		path := filepath.Join(folder, stateFile)
		if done, err := b.finishWrite(path, env, data); done {
			return err
		}
		if err := atSerial(path, env, former); err != nil {
			return err
		}
		return b.replaceState(path, env, data)
	})
}

func atSerial(path, env string, former int64) error {
	current, err := readState(path, env)
	if err != nil && !errors.Is(err, state.ErrNotFound) {
		return err
	}
	if current.Serial != former {
		return fmt.Errorf("state of environment %q has serial %d, and %d was expected: %w", env, current.Serial, former, state.ErrConflict)
	}
	return nil
}

func (b *Backend) replaceState(path, env string, data []byte) error {
	err := b.files.replace(path, data)
	if !errors.Is(err, errUnsynced) {
		data = nil
	}
	b.remember(env, data)
	if err != nil {
		return fmt.Errorf("writing the state of environment %q: %w", env, err)
	}
	return nil
}

// finishWrite ends an earlier write of the same state by this process that was put in place
// but not made durable. Without it the second try would be a conflict with the first.
func (b *Backend) finishWrite(path, env string, data []byte) (done bool, err error) {
	if !bytes.Equal(b.remembered(env), data) {
		return false, nil
	}
	current, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(current, data) {
		return false, nil // somebody else has written since: let the serials decide
	}
	if err := b.files.syncFolder(filepath.Dir(path)); err != nil {
		return true, fmt.Errorf("writing the state of environment %q: %w: %w", env, errUnsynced, err)
	}
	b.remember(env, nil)
	return true, nil
}

func (b *Backend) remember(env string, unsynced []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.unsynced[env] = unsynced
}

func (b *Backend) remembered(env string) []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.unsynced[env]
}

// Environments names the environments that have a state, sorted.
func (b *Backend) Environments(context.Context) ([]string, error) {
	entries, err := os.ReadDir(b.root)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("listing environments: %w", err)
	}
	var names []string
	for _, e := range entries {
		if _, err := os.Stat(filepath.Join(b.root, e.Name(), stateFile)); err == nil {
			names = append(names, e.Name())
		}
	}
	return names, nil
}
