package command

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/posener/complete"

	"rel/command/view"
	"rel/executor"
	"rel/planner"
)

type applyOptions struct {
	planInputs
	run    runOptions
	expect string
}

const applyUsage = "rel apply [options] [FILE]"

// applyCommand runs exactly a saved plan, or plans, shows, asks and then runs that.
func applyCommand() command {
	var o applyOptions
	return command{
		name:     "apply",
		synopsis: "Do exactly what a plan says",
		usage:    applyUsage,
		about: `
With a FILE that rel plan -out saved: does exactly what it says, or refuses where the
world has moved since. Without: plans, shows the plan, asks, and does it.

If a step fails, everything that has begun is undone. If rel is interrupted or killed,
the same command goes on where it was; rel rollback undoes it instead. The first Ctrl-C
lets running steps end, the second stops at once.

Exits with 0 applied or nothing to do, 1 failed before a live change, 3 failed and
undone, 4 a person must look, 5 refused (stale, already applied, wrong digest), 6 locked
or another deployment unfinished, 7 interrupted or waiting for rel promote, 8 the journal
or state could not be saved.`,
		flags: func(fs *flag.FlagSet) {
			o.register(fs)
			o.run.register(fs)
			fs.Var(demanded{&o.expect}, "expect-digest", "refuse any plan but the one with this `DIGEST` (or its first 12 digits)")
		},
		predict: complete.PredictFiles("*.relplan"),
		run: func(ctx context.Context, p process, args []string) error {
			if len(args) > 1 {
				return want(args, 1, applyUsage)
			}
			return runApply(ctx, p, o, strings.Join(args, ""))
		},
	}
}

func runApply(ctx context.Context, p process, o applyOptions, file string) (err error) {
	if file == "" && o.expect != "" {
		return errors.New("-expect-digest is for a saved plan: rel apply -expect-digest=DIGEST FILE")
	}
	events, err := openStream(p, o.run.events, o.out)
	if err != nil {
		return err
	}
	defer func() { err = events.close(err) }()
	if file != "" {
		return applyFile(ctx, p, o, file, events)
	}
	return applyConfigured(ctx, p, o, events)
}

// applyFile runs a saved plan. It needs nothing but the file and the state.
func applyFile(ctx context.Context, p process, o applyOptions, file string, events *stream) error {
	if len(o.vars.vars)+len(o.vars.files) > 0 {
		return fmt.Errorf("-var and -var-file cannot change a saved plan: %s holds the values that it was made with; nothing was changed", file)
	}
	f, content, err := readPlanFile(file)
	if err != nil {
		return err
	}
	if env := o.project.env; env != "" && env != f.Plan.World.Environment {
		return fmt.Errorf("%w: %s is for %s, not for %s; nothing was changed", errOtherPlan, file, f.Plan.World.Environment, env)
	}
	w, err := projectWorkspace(p, f.Plan.World.Project)
	if err != nil {
		return err
	}
	s, err := w.read(ctx, f.Plan.World.Environment)
	if err != nil {
		return err
	}
	events.plan(f.Plan, f.Digest)
	if f.Plan.Empty() {
		if out := o.out; !out.json {
			fmt.Fprintln(p.Out, "No changes: the plan has nothing to do.")
		}
		return nil
	}
	r := run{workspace: w, plan: f, content: content, file: file, expect: o.expect, intent: executor.Deploy, former: s.Live}
	return r.execute(ctx, p, o.run, o.out, events)
}

// applyConfigured plans what is configured and applies that. Where an unfinished deployment
// goes there already, it goes on with that one.
func applyConfigured(ctx context.Context, p process, o applyOptions, events *stream) error {
	d, err := desire(ctx, p, o.planInputs)
	if err != nil {
		return err
	}
	r, unfinished, err := d.workspace.unfinished(ctx, d.world.Environment, executor.Deploy)
	if err != nil {
		return err
	}
	if unfinished {
		return r.goOn(ctx, p, o, d.world, events)
	}
	m, err := d.plan(ctx, p, o.planInputs)
	if err != nil {
		return err
	}
	return m.apply(ctx, p, o.run, o.out, events)
}

// goOn continues an unfinished deployment, if it is one to the same world.
func (r run) goOn(ctx context.Context, p process, o applyOptions, world planner.World, events *stream) error {
	plan := r.plan.Plan
	if plan.Mode != planner.Normal || !sameContent(plan.World, world) {
		way := wayOf(plan, "", r.former)
		return fmt.Errorf("%w: deployment %d of %s, to something else than what is configured now; nothing was changed.\nGo on with it: %s\nGo back: %s",
			executor.ErrUnfinished, r.deployment, world.Environment, r.planFile(way), way.back)
	}
	fmt.Fprintf(p.Err, "Deployment %d of %s is unfinished: this goes on with it.\n", r.deployment, world.Environment)
	if err := o.run.approve(p, "Go on?"); err != nil {
		return err
	}
	events.plan(plan, r.plan.Digest)
	return r.execute(ctx, p, o.run, o.out, events)
}

// planFile is how to go on where the configuration has moved on: by the plan that the history
// keeps.
func (r run) planFile(way way) string {
	if r.plan.Plan.Mode == planner.Rollback {
		return way.on
	}
	return "rel apply " + filepath.Join(r.dir, r.plan.Plan.World.Environment, "deployments", strconv.Itoa(r.deployment), "plan.relplan")
}

// apply shows the plan that was made, asks, and runs it.
func (m made) apply(ctx context.Context, p process, o runOptions, out outputFlags, events *stream) error {
	if err := m.encode(p); err != nil {
		return err
	}
	events.plan(m.plan, m.digest)
	if !out.json {
		if err := view.Plan(p.outStyle(out), p.Out, m.shown()); err != nil {
			return err
		}
	}
	if m.plan.Empty() {
		return nil
	}
	if err := o.approve(p, fmt.Sprintf("Apply this to %s?", m.env)); err != nil {
		return err
	}
	f, err := decodePlan(m.content)
	if err != nil {
		return err
	}
	r := run{workspace: m.workspace, plan: f, content: m.content, intent: executor.Deploy, former: m.state.Live}
	return r.execute(ctx, p, o, out, events)
}
