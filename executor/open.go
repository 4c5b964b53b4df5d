package executor

import (
	"context"
	"errors"
	"fmt"

	"rel/planner"
	"rel/platform"
	"rel/state"
)

// deployment is one that this process has taken up: it has a number and a journal.
type deployment struct {
	Options
	number  int
	lease   state.Lease
	state   state.State // as it stands in the backend
	journal state.JournalWriter
	records []state.Record // all that the journal holds
	core    *Core
	log     []string // the last lines of the service that failed first

	interrupted bool // the first interrupt has come
}

// openDeployment reads the state, refuses what must not be applied, and begins the deployment
// or takes up what an earlier process left. early ends at an interrupt; what is written is not
// cut off by one.
func openDeployment(ctx, early context.Context, o Options, lease state.Lease) (*deployment, error) {
	d := &deployment{Options: o, lease: lease}
	err := d.readState(early)
	if err != nil {
		return nil, err
	}
	if d.state.Unfinished == nil {
		err = d.begin(ctx, early)
	} else {
		err = d.takeUp(ctx, early)
	}
	if err != nil {
		d.close()
		return nil, err
	}
	d.Sink(Began{At: d.Clock.Now(), Deployment: d.number, Fence: lease.Number, Digest: d.Digest, Plan: d.Plan,
		Done: d.core.Done(), HadBegun: d.core.Begun(), Undoing: d.core.Undoing()})
	return d, nil
}

func (d *deployment) close() {
	if d.journal != nil {
		d.journal.Close()
	}
}

func (d *deployment) readState(ctx context.Context) error {
	env, project := d.environment(), d.Plan.World.Project
	s, err := d.Backend.ReadState(ctx, env)
	switch {
	case errors.Is(err, state.ErrNotFound):
		s = state.State{FormatVersion: state.FormatVersion, Lineage: newLineage(), Project: project, Environment: env}
	case err != nil:
		return fmt.Errorf("reading the state of %s, nothing was changed: %w", env, err)
	case s.Project != project || s.Environment != env:
		return fmt.Errorf("%w: the plan is for %s of the project %s, the state is of %s of %s; nothing was changed",
			ErrOtherState, env, project, s.Environment, s.Project)
	}
	d.state = s
	return nil
}

// begin makes sure that the plan still fits and takes a number.
func (d *deployment) begin(ctx, early context.Context) error {
	if d.Intent != Deploy {
		return fmt.Errorf("%w in %s; nothing was changed", ErrNoneUnfinished, d.environment())
	}
	d.number = d.state.Deployment + 1
	if err := d.refuseForeign(early); err != nil {
		return err
	}
	if err := d.refuseStale(early); err != nil {
		return err
	}
	sick, err := findSick(early, d.Options)
	if err != nil {
		return err
	}
	if err := early.Err(); err != nil {
		return err
	}
	if err := d.takeNumber(ctx); err != nil {
		return err
	}
	if err := d.openJournal(ctx); err != nil {
		return err
	}
	if err := d.write(ctx, d.opening(), state.Record{Type: state.Sick, Slots: sick}); err != nil {
		return err
	}
	d.core, err = NewCore(d.Plan, d.records)
	return err
}

// refuseForeign finds a history that is ahead of the state, as after the loss of a state: its
// plan and journal must not be written over.
func (d *deployment) refuseForeign(ctx context.Context) error {
	_, err := d.Backend.ReadJournal(ctx, d.environment(), d.number)
	switch {
	case errors.Is(err, state.ErrNotFound):
		return nil
	case err != nil:
		return fmt.Errorf("looking for a journal of deployment %d, nothing was changed: %w", d.number, err)
	}
	return fmt.Errorf("%w: there is a journal of deployment %d already, which the state of %s does not know; nothing was changed",
		ErrOtherState, d.number, d.environment())
}

// refuseStale: what the plan was made from has moved since. Where it was this plan that moved
// it, that is said. That it is live is no reason alone: what fails twice in the same way, as by
// two reboots, gets the same plan twice.
func (d *deployment) refuseStale(ctx context.Context) error {
	facts, err := observe(ctx, d.Plan, d.Drivers)
	if err != nil {
		return fmt.Errorf("observing what the plan touches, nothing was changed: %w", err)
	}
	if err := facts.unreachable(d.Plan.Objects); err != nil {
		return fmt.Errorf("observing what the plan touches, nothing was changed: %w", err)
	}
	moved := compare(d.Plan.Objects, facts)
	switch {
	case len(moved) == 0:
		return nil
	case d.planIsLive(ctx):
		return fmt.Errorf("%w: this plan is live in %s, as deployment %d; nothing was changed", ErrApplied, d.environment(), d.state.Live)
	default:
		return &StaleError{Moved: moved}
	}
}

// planIsLive: what is live was made by this plan. What cannot be read does not say so.
func (d *deployment) planIsLive(ctx context.Context) bool {
	if d.state.Live == 0 {
		return false
	}
	records, err := d.Backend.ReadJournal(ctx, d.environment(), d.state.Live)
	return err == nil && len(records) > 0 && records[0].Opened != nil && records[0].Opened.PlanDigest == d.Digest
}

// takeNumber keeps the plan and writes the state that says: this deployment has begun. From
// here on only this plan can be applied.
func (d *deployment) takeNumber(ctx context.Context) error {
	if err := d.Backend.PutPlan(ctx, d.environment(), d.number, d.File); err != nil {
		return fmt.Errorf("%w: keeping the plan of deployment %d; nothing was changed: %w", ErrState, d.number, err)
	}
	next := state.Fold(d.state, []state.Record{d.opening()})
	if err := d.Backend.WriteState(ctx, d.environment(), next, d.state.Serial); err != nil {
		return fmt.Errorf("%w: taking the number %d; nothing was changed: %w", ErrState, d.number, err)
	}
	d.state = next
	return nil
}

func (d *deployment) openJournal(ctx context.Context) (err error) {
	d.journal, d.records, err = d.Backend.OpenJournal(ctx, d.environment(), d.number)
	if err != nil {
		return fmt.Errorf("%w: opening that of deployment %d; nothing was changed: %w", ErrJournal, d.number, err)
	}
	return nil
}

// opening is the journal's first record.
func (d *deployment) opening() state.Record {
	o := &state.Opening{
		Deployment: d.number, PlanDigest: d.Digest, Lineage: d.state.Lineage, Mode: string(d.Plan.Mode),
		RollbackTo: d.Plan.RollbackTo, Former: d.Plan.Former, FormerLive: d.state.Live,
		Versions: map[string]string{}, Strategies: map[string]string{},
		Operator: d.Operator, Reason: d.Reason, GitCommit: d.GitCommit, RelVersion: d.RelVersion,
	}
	if d.Plan.Mode == planner.Rollback {
		o.RollbackOf = d.state.Live
	}
	for _, r := range d.Plan.World.Releases {
		o.Versions[r.Name], o.Strategies[r.Name] = r.Version, r.Strategy.Type
	}
	return state.Record{Type: state.Opened, Opened: o}
}

// fence is the proof that hosts ask for.
func (d *deployment) fence() platform.Fence {
	return platform.Fence{Lineage: d.state.Lineage, Number: d.lease.Number}
}
