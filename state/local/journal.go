package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"rel/state"
)

// ReadJournal reads a deployment's journal, also while another process appends to it.
func (b *Backend) ReadJournal(_ context.Context, env string, deployment int) ([]state.Record, error) {
	folder, err := b.deployment(env, deployment)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(folder, journalFile)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		err = state.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("reading the journal of deployment %d of environment %q: %w", deployment, env, err)
	}
	records, _, err := state.DecodeJournal(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return records, nil
}

// OpenJournal opens a deployment's journal for appending.
func (b *Backend) OpenJournal(_ context.Context, env string, deployment int) (state.JournalWriter, []state.Record, error) {
	folder, err := b.deployment(env, deployment)
	if err != nil {
		return nil, nil, err
	}
	j, records, err := b.openJournal(folder)
	if err != nil {
		return nil, nil, fmt.Errorf("opening the journal of deployment %d of environment %q: %w", deployment, env, err)
	}
	return j, records, nil
}

func (b *Backend) openJournal(folder string) (*journal, []state.Record, error) {
	if err := b.files.makeFolder(folder); err != nil {
		return nil, nil, err
	}
	f, err := os.OpenFile(filepath.Join(folder, journalFile), os.O_RDWR|os.O_CREATE|os.O_APPEND, fileMode)
	if err != nil {
		return nil, nil, err
	}
	j := &journal{files: b.files, file: f}
	records, err := j.load()
	if err == nil {
		err = b.files.syncFolder(folder)
	}
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return j, records, nil
}

// journal appends to a file. What is before end is whole and durable; after a write that
// failed, more may stand behind it, and is cut off before anything else is written.
type journal struct {
	files files
	file  *os.File

	mu     sync.Mutex
	end    int64 // bytes
	last   int64 // number of the last record
	failed bool  // the last write failed, and what it left was not cut off
}

// load reads what is there and cuts off what a crash left behind it.
func (j *journal) load() ([]state.Record, error) {
	data, err := os.ReadFile(j.file.Name())
	if err != nil {
		return nil, err
	}
	records, torn, err := state.DecodeJournal(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", j.file.Name(), err)
	}
	j.end, j.last = int64(len(data)-torn), int64(len(records))
	// Also where nothing was torn: whoever wrote it may have died before it was durable.
	j.failed = true
	return records, j.repair()
}

// Append writes the records in one write and makes them durable together.
func (j *journal) Append(_ context.Context, records ...state.Record) error {
	if len(records) == 0 {
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.append(records); err != nil {
		return fmt.Errorf("appending records %d to %d to %s, none of which counts: %w",
			j.last+1, j.last+int64(len(records)), j.file.Name(), err)
	}
	return nil
}

func (j *journal) append(records []state.Record) error {
	batch, err := encode(records, j.last+1)
	if err != nil {
		return err
	}
	if err := j.repair(); err != nil {
		return err
	}
	if err := j.checkAlone(); err != nil {
		return err
	}
	if err := j.files.persist(j.file, batch); err != nil {
		j.failed = true
		return errors.Join(err, j.repair())
	}
	j.end += int64(len(batch))
	j.last += int64(len(records))
	return nil
}

func encode(records []state.Record, first int64) (batch []byte, err error) {
	for i, r := range records {
		r.Seq = first + int64(i)
		if batch, err = state.AppendRecord(batch, r); err != nil {
			return nil, err
		}
	}
	return batch, nil
}

// repair cuts off what a write that failed left, so that it hides nothing that comes later.
func (j *journal) repair() error {
	if !j.failed {
		return nil
	}
	if err := j.files.truncate(j.file, j.end); err != nil {
		return fmt.Errorf("cutting off what an earlier write left: %w", err)
	}
	if err := j.files.sync(j.file); err != nil {
		return fmt.Errorf("cutting off what an earlier write left: %w", err)
	}
	j.failed = false
	return nil
}

// checkAlone finds another writer, which there can be only if the lease was lost.
func (j *journal) checkAlone() error {
	info, err := j.file.Stat()
	if err != nil {
		return err
	}
	if info.Size() != j.end {
		return fmt.Errorf("another process has written to it: %w", state.ErrLeaseLost)
	}
	return nil
}

// Close closes the file; what was appended is durable already.
func (j *journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.file.Close()
}
