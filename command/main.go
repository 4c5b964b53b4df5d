// Package command is rel's command line: one file a command (options in, a view out), the
// tables of commands and drivers, and the exit codes. What a plan holds and what a step does
// live in planner and executor; what people see is drawn by command/view.
package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/mitchellh/cli"

	"rel/command/view"
)

// Version is rel's own version.
const Version = "0.1.0"

// Streams are what a command reads and writes. Data goes to Out, progress and diagnostics to Err.
type Streams struct {
	In  io.Reader
	Out io.Writer
	Err io.Writer
}

// process is what a command may use of the process that it runs in.
type process struct {
	Streams
	getenv     func(string) string
	environ    func() []string
	now        func() time.Time
	executable func() (string, error)
}

// Main runs one command line and returns the exit code. It changes the working folder where
// -chdir says so, and nothing else of the process.
func Main(args []string, s Streams) int {
	p := process{Streams: s, getenv: os.Getenv, environ: os.Environ, now: time.Now, executable: os.Executable}
	if len(args) > 0 && processes[args[0]] != nil {
		if err := processes[args[0]](context.Background(), args[1:]); err != nil {
			return p.fail(err)
		}
		return exitDone
	}
	keepInherited()
	dir, args, err := cutChdir(args)
	if err == nil && dir != "" {
		err = os.Chdir(dir)
	}
	if err != nil {
		return p.fail(fmt.Errorf("-chdir: %w", err))
	}
	line := &cli.CLI{
		Name: "rel", Version: "rel " + Version, Args: args,
		Commands:     factories(p),
		HelpFunc:     overview,
		HelpWriter:   s.Out,
		ErrorWriter:  s.Err,
		Autocomplete: true,
	}
	// cli answers help, versions and shells' questions itself; an unknown command it would
	// answer with 127, which rel never exits with.
	if name := unknown(line, args); name != "" && p.getenv("COMP_LINE") == "" {
		return p.fail(unknownCommand(name))
	}
	code, err := line.Run()
	if err != nil {
		return p.fail(err)
	}
	if code > exitNotSaved {
		return exitError
	}
	return code
}

// fail shows an error and gives its exit code.
func (p process) fail(err error) int {
	var shown shownError
	if !errors.As(err, &shown) {
		view.Error(p.errorStyle(), p.Err, err)
	}
	return exitCode(err)
}

// cutChdir takes -chdir=DIR or -chdir DIR out of args, wherever it stands before a "--".
func cutChdir(args []string) (dir string, rest []string, err error) {
	for i := 0; i < len(args); i++ {
		name, value, given := strings.Cut(strings.TrimPrefix(args[i], "-"), "=")
		switch {
		case args[i] == "--":
			return dir, append(rest, args[i:]...), nil
		case name != "-chdir" && name != "chdir" || !strings.HasPrefix(args[i], "-"):
			rest = append(rest, args[i])
		case given:
			dir = value
		case i+1 == len(args):
			return "", nil, errors.New("needs the folder to work in")
		default:
			i++
			dir = args[i]
		}
	}
	return filepath.Clean(dir), rest, nil
}

// overview is what `rel` and `rel -help` print.
func overview(map[string]cli.CommandFactory) string {
	var b strings.Builder
	b.WriteString("Usage: rel [-chdir=DIR] COMMAND [options] [arguments]\n\n" +
		"rel plans and applies releases: what should be live, what is, and every step between.\n")
	for _, group := range commandGroups() {
		fmt.Fprintf(&b, "\n%s\n", group.title)
		for _, d := range group.commands {
			fmt.Fprintf(&b, "  %-14s %s\n", d.name, d.synopsis)
		}
	}
	b.WriteString("\nrel COMMAND -help tells more of each. Docs: docs/ beside the source.")
	return b.String()
}

// unknown is the command that was asked for and is not there, with the group it would be in;
// empty where there is one, or none was asked for.
func unknown(line *cli.CLI, args []string) string {
	name, names := line.Subcommand(), commandNames()
	switch {
	case len(args) == 0 || line.IsHelp() || line.IsVersion() || slices.Contains(names, name):
		return ""
	case name == "":
		return args[0]
	case !slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(n, name+" ") }):
		return name
	}
	if rest := line.SubcommandArgs(); len(rest) > 0 && !strings.HasPrefix(rest[0], "-") {
		return name + " " + rest[0]
	}
	return ""
}

func unknownCommand(name string) error {
	if near := nearest(name, commandNames()); near != "" {
		return fmt.Errorf("rel has no command %q. Did you mean %q?", name, near)
	}
	return fmt.Errorf("rel has no command %q. rel -help lists them.", name)
}
