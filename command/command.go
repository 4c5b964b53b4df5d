package command

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/mitchellh/cli"
	"github.com/posener/complete"
)

// command is one command: options in, a view out.
type command struct {
	name     string
	synopsis string
	usage    string // what follows "Usage: "
	about    string // what it does, in full
	flags    func(*flag.FlagSet)
	run      func(ctx context.Context, p process, args []string) error
	predict  complete.Predictor // of arguments
}

// runner makes a command one of mitchellh/cli's.
type runner struct {
	command
	process process
}

func (r runner) Synopsis() string { return r.synopsis }

// Help is the command's text and its options as the flag set knows them.
func (r runner) Help() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Usage: %s\n\n%s\n", r.usage, strings.TrimSpace(r.about))
	var options strings.Builder
	r.flagSet().VisitAll(func(f *flag.Flag) {
		if !strings.HasPrefix(f.Usage, hiddenFlag) {
			fmt.Fprintf(&options, "  %s\n", optionHelp(f))
		}
	})
	if options.Len() > 0 {
		fmt.Fprintf(&b, "\nOptions:\n\n%s", options.String())
	}
	return strings.TrimRight(b.String(), "\n")
}

// Run parses flags, which may stand before or after arguments, and runs the command.
func (r runner) Run(args []string) int {
	fs := r.flagSet()
	rest, err := parseInterleaved(fs, args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintln(r.process.Out, r.Help())
		return 0
	case err != nil:
		return r.process.fail(fmt.Errorf("rel %s: %s\nrel %s -help lists the options.", r.name, flagMistake(fs, err), r.name))
	}
	if err := r.run(context.Background(), r.process, rest); err != nil {
		return r.process.fail(err)
	}
	return 0
}

// AutocompleteFlags and AutocompleteArgs answer shells.
func (r runner) AutocompleteFlags() complete.Flags {
	flags := complete.Flags{}
	r.flagSet().VisitAll(func(f *flag.Flag) {
		flags["-"+f.Name] = predictFlag(f)
	})
	return flags
}

func (r runner) AutocompleteArgs() complete.Predictor {
	if r.predict == nil {
		return complete.PredictNothing
	}
	return r.predict
}

func (r runner) flagSet() *flag.FlagSet {
	fs := flag.NewFlagSet(r.name, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Usage = func() {}
	if r.flags != nil {
		r.flags(fs)
	}
	return fs
}

// parseInterleaved parses flags wherever they stand; what follows "--" are arguments.
func parseInterleaved(fs *flag.FlagSet, args []string) (rest []string, err error) {
	for {
		if err := fs.Parse(args); err != nil {
			return nil, err
		}
		left := fs.Args()
		if parsed := args[:len(args)-len(left)]; len(parsed) > 0 && parsed[len(parsed)-1] == "--" {
			return append(rest, left...), nil
		}
		if len(left) == 0 {
			return rest, nil
		}
		rest, args = append(rest, left[0]), left[1:]
	}
}

// factories makes the table that mitchellh/cli wants. Help calls every factory, so they do
// and fail nothing.
func factories(p process) map[string]cli.CommandFactory {
	m := map[string]cli.CommandFactory{}
	for _, g := range commandGroups() {
		for _, c := range g.commands {
			m[c.name] = func() (cli.Command, error) { return runner{command: c, process: p}, nil }
		}
	}
	return m
}
