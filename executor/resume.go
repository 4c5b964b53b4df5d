package executor

import (
	"context"
	"fmt"

	"rel/state"
)

// takeUp goes on with the unfinished deployment, if it is of this plan.
func (d *deployment) takeUp(ctx, early context.Context) error {
	d.number = d.state.Deployment
	if d.state.Unfinished.PlanDigest != d.Digest {
		return fmt.Errorf("%w: deployment %d of %s has begun with another plan, %s; go on with it or undo it with rel rollback; nothing was changed",
			ErrUnfinished, d.number, d.environment(), d.state.Unfinished.PlanDigest)
	}
	if err := d.openJournal(ctx); err != nil {
		return err
	}
	if err := d.checkOpening(); err != nil {
		return err
	}
	var err error
	if d.core, err = NewCore(d.Plan, d.records); err != nil {
		return fmt.Errorf("%w: deployment %d, nothing was changed: %w", ErrOtherState, d.number, err)
	}
	if d.Intent == Promote && (d.core.Waiting() == "" || d.core.Undoing()) {
		return fmt.Errorf("%w: deployment %d of %s; nothing was changed", ErrNotWaiting, d.number, d.environment())
	}
	moved, err := d.moved(early)
	if err != nil {
		return err
	}
	if err := d.writeResumed(ctx, early); err != nil {
		return err
	}
	d.follow(moved)
	return nil
}

// checkOpening holds the journal against state and plan. A crash between the state that takes
// a number and the journal leaves no record: then it is opened now.
func (d *deployment) checkOpening() error {
	if len(d.records) == 0 {
		return nil
	}
	o := d.records[0].Opened
	switch {
	case o == nil:
		return fmt.Errorf("%w: the journal of deployment %d does not begin with what opens it", ErrOtherState, d.number)
	case o.PlanDigest != d.Digest:
		return fmt.Errorf("%w: the journal of deployment %d is of the plan %s, not of %s", ErrOtherState, d.number, o.PlanDigest, d.Digest)
	case o.Lineage != d.state.Lineage:
		return fmt.Errorf("%w: the journal of deployment %d has lineage %s, the state %s", ErrOtherState, d.number, o.Lineage, d.state.Lineage)
	}
	return nil
}

// writeResumed records that another process goes on, and what an earlier one could not record
// before it ended.
func (d *deployment) writeResumed(ctx, early context.Context) error {
	if d.core.over() {
		return nil
	}
	var records []state.Record
	if len(d.records) == 0 {
		records = append(records, d.opening())
	}
	if !d.knowsSick() {
		sick, err := findSick(early, d.Options)
		if err != nil {
			return err
		}
		records = append(records, state.Record{Type: state.Sick, Slots: sick})
	}
	records = append(records, state.Record{Type: state.Resumed, By: d.Operator})
	if err := d.write(ctx, records...); err != nil {
		return err
	}
	var err error
	d.core, err = NewCore(d.Plan, d.records)
	return err
}

func (d *deployment) knowsSick() bool {
	for _, r := range d.records {
		if r.Type == state.Sick {
			return true
		}
	}
	return false
}

// follow tells the core what the person wants, and what happened while nobody looked.
func (d *deployment) follow(moved []Moved) {
	switch d.Intent {
	case Promote:
		d.core.Handle(Consent{Step: d.core.Waiting(), By: d.Operator})
	case GoBack:
		d.core.Handle(Rollback{Reason: "rel rollback was asked for by " + d.Operator})
	}
	if len(moved) > 0 {
		d.core.Handle(Rollback{Reason: "changed while rel did not run:\n" + list(moved)})
	}
}

// moved compares the world with what the journal says the deployment has left of it, and for
// what it has not touched yet with what was planned from. On the way back, and once it has
// succeeded, that decides nothing.
func (d *deployment) moved(ctx context.Context) ([]Moved, error) {
	if d.Intent == GoBack || d.core.Undoing() || d.core.Succeeded() || d.core.over() {
		return nil, nil
	}
	facts, err := observe(ctx, d.Plan, d.Drivers)
	if err != nil {
		return nil, fmt.Errorf("observing what the plan touches, nothing was changed: %w", err)
	}
	return compare(expectedNow(d.Plan, d.records, d.core), facts), nil
}
