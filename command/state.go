package command

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"

	"rel/command/view"
	"rel/config"
	"rel/platform"
	"rel/state"
	"rel/state/local"
)

// stateListCommand lists the instances and load balancers that the state knows.
func stateListCommand() command {
	var o projectFlags
	return command{
		name:     "state list",
		synopsis: "List what the state knows",
		usage:    "rel state list [options]",
		about:    "Lists the addresses of all instances and load balancers that rel left in the environment.",
		flags:    o.register,
		run: func(ctx context.Context, p process, args []string) error {
			_, _, s, err := readState(ctx, p, o, args, 0, "rel state list [options]")
			if err != nil {
				return err
			}
			for _, a := range instanceAddresses(s) {
				fmt.Fprintln(p.Out, a)
			}
			for _, name := range sortedKeys(s.Balancers) {
				fmt.Fprintln(p.Out, name)
			}
			return nil
		},
	}
}

// stateShowCommand shows one of them.
func stateShowCommand() command {
	const usage = "rel state show [options] ADDRESS"
	var o projectFlags
	return command{
		name:     "state show",
		synopsis: "Show what the state knows of one instance or load balancer",
		usage:    usage,
		about: `
Shows, as JSON, how rel left an instance (shop.web["1"]) or a load balancer (edge).
rel status shows what is there now.`,
		flags: o.register,
		run: func(ctx context.Context, p process, args []string) error {
			_, env, s, err := readState(ctx, p, o, args, 1, usage)
			if err != nil {
				return err
			}
			if b, ok := s.Balancers[args[0]]; ok {
				return view.JSON(p.Out, b)
			}
			for a, i := range s.Instances {
				if a.String() == args[0] {
					return view.JSON(p.Out, i)
				}
			}
			return noSuchAddress(s, env, args[0])
		},
	}
}

func noSuchAddress(s state.State, env, wanted string) error {
	addresses := sortedKeys(s.Balancers)
	for _, a := range instanceAddresses(s) {
		addresses = append(addresses, a.String())
	}
	if near := config.Nearest(wanted, addresses); near != "" {
		return fmt.Errorf("the state of %s has no %s. Did you mean %s?", env, wanted, near)
	}
	return fmt.Errorf("the state of %s has no %s. rel state list lists what it has.", env, wanted)
}

// statePullCommand prints the state document.
func statePullCommand() command {
	var o projectFlags
	return command{
		name:     "state pull",
		synopsis: "Print the state document",
		usage:    "rel state pull [options]",
		about:    "Prints the environment's state as JSON, as it is kept. rel state push takes it back.",
		flags:    o.register,
		run: func(ctx context.Context, p process, args []string) error {
			_, _, s, err := readState(ctx, p, o, args, 0, "rel state pull [options]")
			if err != nil {
				return err
			}
			_, err = p.Out.Write(state.Encode(s))
			return err
		},
	}
}

// statePushCommand replaces the state, for example with the errored.relstate of an apply
// that could not save it.
func statePushCommand() command {
	const usage = "rel state push [options] FILE"
	var (
		o     projectFlags
		force bool
	)
	return command{
		name:     "state push",
		synopsis: "Replace the state document",
		usage:    usage,
		about: `
Replaces the environment's state with a document that rel state pull printed or that an
apply left as errored.relstate ("-": standard input). It is refused where the document is
of another project or lineage, or older than what is there; -force takes it also of
another lineage or older (rel state adopt then makes the hosts take that lineage). It
changes nothing but the state.`,
		flags: func(fs *flag.FlagSet) {
			o.register(fs)
			fs.BoolVar(&force, "force", false, "take it also where it is of another lineage, or older")
		},
		run: func(ctx context.Context, p process, args []string) error {
			return pushState(ctx, p, o, args, usage, force)
		},
	}
}

func pushState(ctx context.Context, p process, o projectFlags, args []string, usage string, force bool) error {
	if err := want(args, 1, usage); err != nil {
		return err
	}
	pushed, err := readStateFile(p, args[0])
	if err != nil {
		return err
	}
	if o.project == "" {
		o.project = pushed.Project
	}
	w, err := openWorkspace(p, o)
	if err != nil {
		return err
	}
	if o.env != "" && o.env != pushed.Environment || w.project != pushed.Project {
		return fmt.Errorf("%s is the state of %s %s; nothing was changed", args[0], pushed.Project, pushed.Environment)
	}
	return w.locked(ctx, p, pushed.Environment, "state push", func(ctx context.Context, _ platform.Fence) error {
		there, err := w.read(ctx, pushed.Environment)
		if err != nil {
			return err
		}
		if err := fits(pushed, there); err != nil && !force {
			return fmt.Errorf("%s: %w; nothing was changed. -force takes it all the same", args[0], err)
		}
		pushed.Serial = max(pushed.Serial, there.Serial) + 1
		return w.backend.WriteState(ctx, pushed.Environment, pushed, there.Serial)
	})
}

// fits says what keeps a state from taking the place of the one that is there.
func fits(pushed, there state.State) error {
	switch {
	case there.Lineage != "" && there.Lineage != pushed.Lineage:
		return fmt.Errorf("it has another lineage (%s) than the state that is there (%s)", pushed.Lineage, there.Lineage)
	case there.Serial > pushed.Serial:
		return fmt.Errorf("its serial is %d, older than that of the state that is there, %d", pushed.Serial, there.Serial)
	}
	return nil
}

func readStateFile(p process, name string) (state.State, error) {
	in := p.In
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return state.State{}, err
		}
		defer f.Close()
		in = f
	}
	b, err := io.ReadAll(io.LimitReader(in, 1<<30))
	if err != nil {
		return state.State{}, fmt.Errorf("reading %s: %w", name, err)
	}
	s, err := state.Decode(b)
	if err != nil {
		return state.State{}, fmt.Errorf("%s: %w", name, err)
	}
	return s, nil
}

// locked does something under the environment's lease.
func (w workspace) locked(ctx context.Context, p process, env, reason string, do func(context.Context, platform.Fence) error) error {
	lease, err := w.backend.Acquire(ctx, env, local.Self(operator(p), reason))
	if err != nil {
		return err
	}
	s, err := w.read(ctx, env)
	if err == nil {
		err = do(ctx, platform.Fence{Lineage: s.Lineage, Number: lease.Number})
	}
	return errors.Join(err, w.backend.Release(ctx, env, lease))
}

func readState(ctx context.Context, p process, o projectFlags, args []string, n int, usage string) (workspace, string, state.State, error) {
	if err := want(args, n, usage); err != nil {
		return workspace{}, "", state.State{}, err
	}
	w, err := openWorkspace(p, o)
	if err != nil {
		return w, "", state.State{}, err
	}
	env, err := w.environment(ctx, p, o)
	if err != nil {
		return w, "", state.State{}, err
	}
	s, err := w.read(ctx, env)
	return w, env, s, err
}

func instanceAddresses(s state.State) (addresses []platform.Address) {
	for a := range s.Instances {
		addresses = append(addresses, a)
	}
	slices.SortFunc(addresses, platform.CompareAddresses)
	return addresses
}
