package command

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strconv"

	"rel/state"
)

// forceUnlockCommand ends a lease whose holder is known to be gone.
func forceUnlockCommand() command {
	const usage = "rel force-unlock [options] NUMBER"
	var (
		o     projectFlags
		force bool
	)
	return command{
		name:     "force-unlock",
		synopsis: "End the lock of somebody who is gone",
		usage:    usage,
		about: `
Ends the lock with that number, which the refusal that you saw names. Do it only where
you know that its holder is gone: a holder that died on this machine is taken over
without it, and every lock ends by itself 30s after its last sign of life. A holder that
lives on after all cannot harm: hosts refuse its older number.`,
		flags: func(fs *flag.FlagSet) {
			o.register(fs)
			fs.BoolVar(&force, "force", false, "do not ask")
		},
		run: func(ctx context.Context, p process, args []string) error {
			w, env, _, err := readState(ctx, p, o, args, 1, usage)
			if err != nil {
				return err
			}
			number, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil {
				return fmt.Errorf("%q is not the number of a lock. Usage: %s", args[0], usage)
			}
			return forceUnlock(ctx, p, w, env, number, force)
		},
	}
}

func forceUnlock(ctx context.Context, p process, w workspace, env string, number int64, force bool) error {
	lease, err := w.backend.Lease(ctx, env)
	switch {
	case errors.Is(err, state.ErrNotFound):
		return fmt.Errorf("%s is not locked", env)
	case err != nil:
		return fmt.Errorf("reading the lock of %s: %w", env, err)
	case lease.Number != number:
		return fmt.Errorf("%s is locked with number %d by %s on %s, not with %d; nothing was changed",
			env, lease.Number, lease.Holder.Who, lease.Holder.Host, number)
	}
	if !force {
		question := fmt.Sprintf("End the lock of %s on %s (%s)?", lease.Holder.Who, lease.Holder.Host, lease.Holder.Reason)
		if err := confirm(p, question, "-force"); err != nil {
			return err
		}
	}
	if err := w.backend.Break(ctx, env, number); err != nil {
		return fmt.Errorf("ending the lock of %s: %w", env, err)
	}
	_, err = fmt.Fprintf(p.Out, "Lock %d of %s is ended.\n", number, env)
	return err
}
