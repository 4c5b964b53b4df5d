package command

import (
	"context"
	"errors"
	"fmt"

	"rel/executor"
	"rel/planner"
	"rel/state"
)

// way is how a deployment goes on, and how it is gone back from: the commands that people are
// told, and that mean just that.
type way struct{ on, back string }

// wayOf a plan, where former was the live deployment before it. A rollback goes on by the same
// command; the way back from it names where it came from.
func wayOf(plan *planner.Plan, file string, former int) way {
	rollback := "rel rollback -env " + plan.World.Environment
	w := way{on: "rel apply -env " + plan.World.Environment, back: rollback}
	if plan.Mode == planner.Rollback {
		w = way{on: rollback, back: fmt.Sprintf("%s -to %d", rollback, former)}
	}
	if file != "" {
		w.on = "rel apply " + file
	}
	return w
}

// wayOn is the way of an unfinished deployment as it stands: one that waits for a person goes
// on by rel promote.
func (w workspace) wayOn(ctx context.Context, r run) (way, error) {
	env := r.plan.Plan.World.Environment
	way := wayOf(r.plan.Plan, "", r.former)
	records, err := w.backend.ReadJournal(ctx, env, r.deployment)
	if err != nil && !errors.Is(err, state.ErrNotFound) { // killed before it wrote the first record
		return way, fmt.Errorf("reading the journal of deployment %d of %s: %w", r.deployment, env, err)
	}
	core, err := executor.NewCore(r.plan.Plan, records)
	if err != nil {
		return way, fmt.Errorf("deployment %d of %s: %w", r.deployment, env, err)
	}
	if core.Waiting() != "" && !core.Undoing() {
		way.on = "rel promote -env " + env
	}
	return way, nil
}
