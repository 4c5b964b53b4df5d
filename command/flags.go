package command

import (
	"errors"
	"flag"
	"fmt"
	"sort"
	"strconv"
	"strings"

	"github.com/posener/complete"
)

// list is a flag that may be given more than once.
type list []string

func (l *list) String() string { return strings.Join(*l, ", ") }

// Set appends.
func (l *list) Set(v string) error {
	*l = append(*l, v)
	return nil
}

// projectFlags say which project and environment a command is about.
type projectFlags struct {
	project, env string
}

func (o *projectFlags) register(fs *flag.FlagSet) {
	fs.StringVar(&o.env, "env", "", "`ENV` is the environment (or REL_ENV); not needed where there is one")
	fs.StringVar(&o.project, "project", "", "`NAME` of the project (or REL_PROJECT), where no configuration is at hand")
}

// variableFlags give values to the configuration's variables.
type variableFlags struct {
	vars, files list
}

func (o *variableFlags) register(fs *flag.FlagSet) {
	fs.Var(&o.vars, "var", "`NAME=VALUE` of a variable; may be given more than once")
	fs.Var(&o.files, "var-file", "`FILE` with values of variables; may be given more than once")
}

// outputFlags say how a command shows its results.
type outputFlags struct {
	json    bool
	noColor bool
}

func (o *outputFlags) register(fs *flag.FlagSet) {
	fs.BoolVar(&o.json, "json", false, "print JSON, for programs")
	o.registerColor(fs)
}

func (o *outputFlags) registerColor(fs *flag.FlagSet) {
	fs.BoolVar(&o.noColor, "no-color", false, "print without colour (as without a terminal, or with NO_COLOR set)")
}

// optionHelp is a flag's line in a command's help.
func optionHelp(f *flag.Flag) string {
	value, usage := flag.UnquoteUsage(f)
	name := "-" + f.Name
	if !isBool(f) {
		name += "=" + value
	}
	if f.DefValue != "" && !isBool(f) && f.DefValue != "0" && f.DefValue != "0s" {
		usage += fmt.Sprintf(" (%s by default)", f.DefValue)
	}
	if len(name) > 24 {
		return fmt.Sprintf("%s\n  %-24s %s", name, "", usage)
	}
	return fmt.Sprintf("%-24s %s", name, usage)
}

func isBool(f *flag.Flag) bool {
	b, ok := f.Value.(interface{ IsBoolFlag() bool })
	return ok && b.IsBoolFlag()
}

// flagMistake says what is wrong with the flags in rel's words, with the flag that was meant.
func flagMistake(fs *flag.FlagSet, err error) string {
	const undefined = "flag provided but not defined: -"
	name, unknown := strings.CutPrefix(err.Error(), undefined)
	if !unknown {
		return err.Error()
	}
	var known []string
	fs.VisitAll(func(f *flag.Flag) { known = append(known, f.Name) })
	if near := nearest(name, known); near != "" {
		return fmt.Sprintf("there is no option -%s. Did you mean -%s?", name, near)
	}
	return fmt.Sprintf("there is no option -%s.", name)
}

// predictFlag says what a shell may complete after a flag.
func predictFlag(f *flag.Flag) complete.Predictor {
	switch {
	case isBool(f):
		return complete.PredictNothing
	case strings.Contains(f.Usage, "`FILE`"):
		return complete.PredictFiles("*")
	case f.Name == "env":
		return complete.PredictFunc(environmentNames)
	default:
		return complete.PredictAnything
	}
}

// want checks the number of arguments of a command.
func want(args []string, n int, usage string) error {
	if len(args) > n {
		return fmt.Errorf("too many arguments: %s. Usage: %s", strings.Join(args[n:], " "), usage)
	}
	if len(args) < n {
		return fmt.Errorf("an argument is missing. Usage: %s", usage)
	}
	return nil
}

func sorted(names []string) []string {
	sort.Strings(names)
	return names
}

// hiddenFlag begins the usage of a flag that help leaves out.
const hiddenFlag = "hidden: "

// negated is a boolean flag that is the opposite of another: -refresh=false is -no-refresh.
type negated struct{ target *bool }

func (n negated) String() string   { return "" }
func (n negated) IsBoolFlag() bool { return true }

// Set reads true or false.
func (n negated) Set(v string) error {
	b, err := strconv.ParseBool(v)
	*n.target = !b
	return err
}

// demanded is a digest that a plan must have. An empty one, as of a variable of the shell that
// is not set, would demand nothing: it is refused.
type demanded struct{ digest *string }

func (d demanded) String() string { return "" }

// Set takes sha256:HEX, its first 12 digits, or those digits alone.
func (d demanded) Set(v string) error {
	digits := strings.TrimPrefix(v, "sha256:")
	if len(digits) < 12 || strings.Trim(digits, "0123456789abcdef") != "" {
		return errors.New("a digest is sha256: and 12 to 64 digits, as rel plan prints it")
	}
	*d.digest = "sha256:" + digits
	return nil
}
