package command

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"reflect"
	"slices"

	"rel/executor"
	"rel/planner"
	"rel/state"
)

type rollbackOptions struct {
	project projectFlags
	out     outputFlags
	run     runOptions
	to      int
	file    string
}

const rollbackUsage = "rel rollback [options]"

// rollbackCommand goes back to what an earlier deployment left live: a plan like any other.
func rollbackCommand() command {
	var o rollbackOptions
	return command{
		name:     "rollback",
		synopsis: "Go back to what an earlier deployment left live",
		usage:    rollbackUsage,
		about: `
Plans the way back to what an earlier deployment left live, shows it, asks, and goes.
It needs the state and its history alone: not the configuration, nor the artifact's
source. By default it goes back to what the live deployment replaced; -to N names
another one of rel history.

Where a deployment is unfinished, rel rollback undoes that one; from its last barrier on,
when it had succeeded, it is finished first and then gone back from. An unfinished
rollback goes on by the same command; rel rollback -to N, with the N that it came from,
undoes it.`,
		flags: func(fs *flag.FlagSet) {
			o.project.register(fs)
			o.out.register(fs)
			o.run.register(fs)
			fs.IntVar(&o.to, "to", 0, "the `N`umber of the deployment to go back to")
			fs.StringVar(&o.file, "out", "", "save the plan in `FILE` and do nothing")
		},
		run: func(ctx context.Context, p process, args []string) (err error) {
			if err := want(args, 0, rollbackUsage); err != nil {
				return err
			}
			events, err := openStream(p, o.run.events, o.out)
			if err != nil {
				return err
			}
			defer func() { err = events.close(err) }()
			return runRollback(ctx, p, o, events)
		},
	}
}

func runRollback(ctx context.Context, p process, o rollbackOptions, events *stream) error {
	w, err := openWorkspace(p, o.project)
	if err != nil {
		return err
	}
	env, err := w.environment(ctx, p, o.project)
	if err != nil {
		return err
	}
	if undone, err := w.undoUnfinished(ctx, p, env, o, events); undone || err != nil {
		return err
	}
	m, err := w.planRollback(ctx, p, env, o.to)
	if err != nil {
		return err
	}
	if o.file == "" {
		return m.apply(ctx, p, o.run, o.out, events)
	}
	return m.present(p, planOptions{planInputs: planInputs{out: o.out}, file: o.file}, events)
}

// undoUnfinished takes back a deployment that has not ended. One that had succeeded already is
// finished instead, and then there is still something to go back from.
func (w workspace) undoUnfinished(ctx context.Context, p process, env string, o rollbackOptions, events *stream) (undone bool, err error) {
	r, found, err := w.unfinished(ctx, env, executor.GoBack)
	if err != nil || !found {
		return false, err
	}
	question := fmt.Sprintf("Undo deployment %d of %s, which is unfinished?", r.deployment, env)
	switch rollback := r.plan.Plan.Mode == planner.Rollback; {
	case o.file != "" || o.to != 0 && !(rollback && (o.to == r.former || o.to == r.plan.Plan.RollbackTo)):
		return false, fmt.Errorf("%w: deployment %d of %s. End it first: rel rollback -env %[3]s", executor.ErrUnfinished, r.deployment, env)
	case rollback && o.to != r.former: // the same command goes on
		r.intent = executor.Deploy
		question = fmt.Sprintf("Go on with deployment %d of %s, the rollback to %d?", r.deployment, env, r.plan.Plan.RollbackTo)
	}
	if err := o.run.approve(p, question); err != nil {
		return false, err
	}
	events.plan(r.plan.Plan, r.plan.Digest)
	if err := r.execute(ctx, p, o.run, o.out, events); err != nil {
		return false, err
	}
	s, err := w.read(ctx, env)
	return r.intent == executor.Deploy || s.Live != r.deployment, err
}

// planRollback plans from the state and the history alone.
func (w workspace) planRollback(ctx context.Context, p process, env string, to int) (made, error) {
	s, err := w.read(ctx, env)
	if err != nil {
		return made{}, err
	}
	live, err := w.world(ctx, env, s.Live)
	if err != nil {
		return made{}, err
	}
	if to == 0 {
		if to, err = w.replacedBy(ctx, env, s.Live, live); err != nil {
			return made{}, err
		}
	} else if err := w.checkTarget(ctx, env, to); err != nil {
		return made{}, err
	}
	world, err := w.world(ctx, env, to)
	if err != nil {
		return made{}, err
	}
	if live != nil {
		*world = world.WithStrategies(*live)
	}
	in := planner.Input{Mode: planner.Rollback, RollbackTo: to, World: *world, Observed: true}
	return w.compute(ctx, p, in, env, nil)
}

// errNothingBefore: there is no deployment to go back to.
var errNothingBefore = errors.New("there is nothing to go back to")

// replacedBy finds the deployment whose content the live one replaced: never one that was
// gone back from, and never one that left the same.
func (w workspace) replacedBy(ctx context.Context, env string, live int, world *planner.World) (int, error) {
	for n := live; n != 0; {
		opening, err := w.opening(ctx, env, n)
		if err != nil {
			return 0, err
		}
		if opening.RollbackTo != 0 { // what is live is that deployment's content
			n = opening.RollbackTo
			continue
		}
		n = opening.FormerLive
		before, err := w.world(ctx, env, n)
		if err != nil {
			return 0, err
		}
		if before != nil && !sameContent(*before, *world) {
			return w.content(ctx, env, n)
		}
	}
	if live == 0 {
		return 0, fmt.Errorf("%w: nothing is live in %s", errNothingBefore, env)
	}
	return 0, fmt.Errorf("%w: what deployment %d left live in %s is the first that was deployed there.\n"+
		"rel rollback -to N goes to another deployment of rel history; to take it away, remove it from the configuration and apply that", errNothingBefore, live, env)
}

// content is the deployment that a rollback brought back: itself for any other.
func (w workspace) content(ctx context.Context, env string, n int) (int, error) {
	for {
		opening, err := w.opening(ctx, env, n)
		if err != nil || opening.RollbackTo == 0 {
			return n, err
		}
		n = opening.RollbackTo
	}
}

// checkTarget refuses what left nothing live: a deployment that is not there, or was undone.
func (w workspace) checkTarget(ctx context.Context, env string, to int) error {
	numbers, err := w.backend.Deployments(ctx, env)
	if err != nil {
		return fmt.Errorf("listing the deployments of %s: %w", env, err)
	}
	if !slices.Contains(numbers, to) {
		return fmt.Errorf("%s has no deployment %d; rel history -env %[1]s lists them", env, to)
	}
	d, err := w.deployment(ctx, env, to)
	if err != nil {
		return err
	}
	if d.Outcome != state.Succeeded {
		return fmt.Errorf("deployment %d of %s left nothing live (%s); rel history -env %[2]s lists those that succeeded", to, env, d.End())
	}
	return nil
}

func (w workspace) opening(ctx context.Context, env string, n int) (state.Opening, error) {
	records, err := w.backend.ReadJournal(ctx, env, n)
	if err != nil {
		return state.Opening{}, fmt.Errorf("reading the journal of deployment %d of %s: %w", n, env, err)
	}
	opening, _ := ends(records)
	return opening, nil
}

// sameContent says that two worlds make the same live: how they go there, and where that
// stands in the configuration, does not matter.
func sameContent(a, b planner.World) bool {
	return reflect.DeepEqual(withoutManner(a), withoutManner(b))
}

func withoutManner(w planner.World) planner.World {
	w.Releases = slices.Clone(w.Releases)
	for i := range w.Releases {
		w.Releases[i].Source, w.Releases[i].Strategy = "", planner.Strategy{}
	}
	return w
}
