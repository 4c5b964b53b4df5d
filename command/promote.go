package command

import (
	"context"
	"flag"
	"fmt"

	"rel/executor"
)

// promoteCommand lets a canary that waits for a person go on.
func promoteCommand() command {
	var (
		o   runOptions
		env projectFlags
		out outputFlags
	)
	return command{
		name:     "promote",
		synopsis: "Let a canary that waits for a person go on",
		usage:    "rel promote [options]",
		about: `
A canary with auto_promote = false waits, at the weight of its last step, for a person.
rel promote records the consent and goes on with the deployment. rel rollback takes it
back instead.`,
		flags: func(fs *flag.FlagSet) { env.register(fs); out.register(fs); o.register(fs) },
		run: func(ctx context.Context, p process, args []string) (err error) {
			if err := want(args, 0, "rel promote [options]"); err != nil {
				return err
			}
			events, err := openStream(p, o.events, out)
			if err != nil {
				return err
			}
			defer func() { err = events.close(err) }()
			return runPromote(ctx, p, env, o, out, events)
		},
	}
}

func runPromote(ctx context.Context, p process, env projectFlags, o runOptions, out outputFlags, events *stream) error {
	w, err := openWorkspace(p, env)
	if err != nil {
		return err
	}
	name, err := w.environment(ctx, p, env)
	if err != nil {
		return err
	}
	r, found, err := w.unfinished(ctx, name, executor.Promote)
	if err != nil {
		return err
	}
	if !found {
		return fmt.Errorf("%w in %s, so there is nothing to promote", executor.ErrNoneUnfinished, name)
	}
	return r.execute(ctx, p, o, out, events)
}
