package command

import (
	"context"
	"errors"
	"flag"
	"fmt"

	"rel/command/view"
	"rel/state"
)

type historyOptions struct {
	project projectFlags
	out     outputFlags
	all     bool
}

// historyCommand lists the deployments of an environment, newest first.
func historyCommand() command {
	var o historyOptions
	return command{
		name:     "history",
		synopsis: "List the deployments of an environment",
		usage:    "rel history [options]",
		about: `
Lists the deployments of an environment, newest first: when, what, how, by whom, and
how each ended. rel rollback -to N goes back to what deployment N left live.`,
		flags: func(fs *flag.FlagSet) {
			o.project.register(fs)
			o.out.register(fs)
			fs.BoolVar(&o.all, "all", false, "all deployments, not the last 20")
		},
		run: func(ctx context.Context, p process, args []string) error {
			if err := want(args, 0, "rel history [options]"); err != nil {
				return err
			}
			return runHistory(ctx, p, o)
		},
	}
}

func runHistory(ctx context.Context, p process, o historyOptions) error {
	w, err := openWorkspace(p, o.project)
	if err != nil {
		return err
	}
	env, err := w.environment(ctx, p, o.project)
	if err != nil {
		return err
	}
	limit := 20
	if o.all {
		limit = -1
	}
	entries, err := w.history(ctx, env, limit)
	if err != nil {
		return err
	}
	if o.out.json {
		return view.HistoryJSON(p.Out, entries)
	}
	return view.HistoryText(p.outStyle(o.out), p.Out, entries, p.now())
}

// history reads the newest deployments (all: a negative limit), newest first.
func (w workspace) history(ctx context.Context, env string, limit int) ([]view.Deployment, error) {
	numbers, err := w.backend.Deployments(ctx, env)
	if err != nil {
		return nil, fmt.Errorf("listing the deployments of %s: %w", env, err)
	}
	s, err := w.read(ctx, env)
	if err != nil {
		return nil, err
	}
	var entries []view.Deployment
	for i := len(numbers) - 1; i >= 0 && limit != 0; i, limit = i-1, limit-1 {
		d, err := w.deployment(ctx, env, numbers[i])
		if err != nil {
			return nil, err
		}
		d.Live = numbers[i] == s.Live
		entries = append(entries, d)
	}
	return entries, nil
}

// deployment reads what is known of one deployment from its journal.
func (w workspace) deployment(ctx context.Context, env string, n int) (view.Deployment, error) {
	records, err := w.backend.ReadJournal(ctx, env, n)
	if errors.Is(err, state.ErrNotFound) {
		return view.Deployment{Number: n, Reason: "it never began"}, nil
	}
	if err != nil {
		return view.Deployment{}, fmt.Errorf("reading the journal of deployment %d: %w", n, err)
	}
	d := view.Deployment{Number: n}
	d.Opening, d.Ended = ends(records)
	if len(records) > 0 {
		d.Began = records[0].Time
	}
	for _, r := range records {
		switch r.Type {
		case state.Finished:
			d.Outcome = r.Outcome
		case state.Undoing, state.Halted:
			d.Reason = r.Error
		}
	}
	return d, nil
}
