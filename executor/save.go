package executor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"rel/state"
)

const (
	journalTries = 5 // 15 seconds: well within a lease
	stateTries   = 8 // about a minute and a half
)

// write makes records durable, together; it tries again where it may.
func (d *deployment) write(ctx context.Context, records ...state.Record) error {
	if len(records) == 0 {
		return nil
	}
	for i := range records {
		records[i].Time = d.Clock.Now().UTC()
	}
	err := d.again(ctx, journalTries, state.ErrLeaseLost, func() error { return d.journal.Append(ctx, records...) })
	if errors.Is(err, state.ErrLeaseLost) {
		return err
	}
	if err != nil {
		return fmt.Errorf("%w of deployment %d; the same command goes on where it stands: %w", ErrJournal, d.number, err)
	}
	d.records = append(d.records, records...)
	return nil
}

// again calls f until it gives no error, or the one that trying again cannot help.
func (d *deployment) again(ctx context.Context, tries int, hopeless error, f func() error) error {
	for attempt := 0; ; attempt++ {
		err := f()
		if err == nil || attempt+1 >= tries || errors.Is(err, hopeless) || ctx.Err() != nil {
			return err
		}
		if d.Clock.Sleep(ctx, backoff(attempt)) != nil {
			return err
		}
	}
}

// save writes the state of a deployment that has ended, while the lock is still held. One
// that is unfinished changes nothing in it.
func (d *deployment) save(ctx context.Context, v Verdict) error {
	if v.Outcome == "" || v.Outcome == state.Partial {
		return nil
	}
	next := state.Fold(d.state, d.records)
	err := d.again(ctx, stateTries, state.ErrConflict, func() error {
		return d.Backend.WriteState(ctx, d.environment(), next, d.state.Serial)
	})
	if err != nil {
		return &StateError{State: state.Encode(next), Err: fmt.Errorf("deployment %d has ended (%s), and the state does not say so yet: %w", d.number, v.Outcome, err)}
	}
	d.state = next
	return nil
}

// result is what the caller gets to know.
func (d *deployment) result(v Verdict, took time.Duration) Result {
	return Result{
		Deployment: d.number, Outcome: v.Outcome, Waiting: v.Waiting, Interrupted: v.Interrupted,
		Failed: v.Failed, Reason: v.Reason, Log: d.log, Left: v.Left, Live: v.Live, Took: took,
	}
}
