package command

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"rel/command/view"
	"rel/planner"
)

type planOptions struct {
	planInputs
	file     string
	detailed bool
	events   eventFlags
}

const planUsage = "rel plan [options]"

// planCommand says exactly what an apply would do, and saves it.
func planCommand() command {
	var o planOptions
	return command{
		name:     "plan",
		synopsis: "Say exactly what an apply would do, and save it",
		usage:    planUsage,
		about: `
Compares what the configuration says should be live with what is, and shows every
change, how it will go, and what happens if it fails. It changes nothing and takes no
lock. With -out the plan is saved; rel apply FILE then does exactly that, or refuses
where the world has moved since.

Exits with 0, or with 1 on an error. With -detailed-exitcode: 0 no changes, 2 changes.`,
		flags: func(fs *flag.FlagSet) {
			o.register(fs)
			fs.StringVar(&o.file, "out", "", "`FILE` to save the plan in (usually NAME.relplan)")
			fs.BoolVar(&o.detailed, "detailed-exitcode", false, "exit with 2 where there are changes")
			o.events.register(fs)
		},
		run: func(ctx context.Context, p process, args []string) error {
			if err := want(args, 0, planUsage); err != nil {
				return err
			}
			return runPlan(ctx, p, o)
		},
	}
}

func (o *planInputs) register(fs *flag.FlagSet) {
	o.project.register(fs)
	o.vars.register(fs)
	o.out.register(fs)
	fs.BoolVar(&o.noRefresh, "no-refresh", false, "trust the recorded state, observe nothing (also -refresh=false)")
	fs.Var(negated{&o.noRefresh}, "refresh", hiddenFlag+"observe what is live")
}

func runPlan(ctx context.Context, p process, o planOptions) (err error) {
	events, err := openStream(p, o.events, o.out)
	if err != nil {
		return err
	}
	defer func() { err = events.close(err) }()
	d, err := desire(ctx, p, o.planInputs)
	if err != nil {
		return err
	}
	m, err := d.plan(ctx, p, o.planInputs)
	if err != nil {
		return err
	}
	return m.present(p, o, events)
}

// present saves the plan, shows it, and turns changes into the exit code.
func (m made) present(p process, o planOptions, events *stream) error {
	if err := m.save(o.file, p); err != nil {
		return err
	}
	events.plan(m.plan, m.digest)
	if !o.out.json {
		if err := view.Plan(p.outStyle(o.out), p.Out, m.shown()); err != nil {
			return err
		}
	}
	if !o.out.json {
		view.PlanSaved(p.outStyle(o.out), p.Out, m.shown(), o.file)
	}
	if o.detailed && !m.plan.Empty() {
		return shownError{errChanges}
	}
	return nil
}

// shown is the plan as views draw it.
func (m made) shown() view.PlanData {
	d := view.PlanData{Plan: m.plan, Digest: m.digest, Observed: m.observed}
	if m.state.Unfinished != nil {
		d.Unfinished = m.state.Unfinished.Deployment
	}
	return d
}

// saveFile writes a file whole or not at all.
func saveFile(name string, write func(io.Writer) error) error {
	temp, err := os.CreateTemp(filepath.Dir(name), ".rel-*")
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name()) // nothing is there once it has its name
	b := bufio.NewWriter(temp)
	err = errors.Join(write(b), b.Flush(), temp.Chmod(0o644), temp.Close())
	if err != nil {
		return err
	}
	return os.Rename(temp.Name(), name)
}

// readPlanFile reads a plan file, with its bytes as they are.
func readPlanFile(name string) (*planner.File, []byte, error) {
	content, err := os.ReadFile(name)
	if err != nil {
		return nil, nil, fmt.Errorf("reading the plan: %w", err)
	}
	f, err := decodePlan(content)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	return f, content, nil
}
