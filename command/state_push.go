package command

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"

	"rel/platform"
	"rel/state"
)

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
