package command

import (
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"rel/executor"
	"rel/planner"
	"rel/state"
)

// It protects the help: every command in the table says what it does, how it is called, and what
// each of its options is for, in lines that fit.
func TestEveryCommandHelps(t *testing.T) {
	seen := map[string]bool{}
	for _, g := range commandGroups() {
		require.NotEmpty(t, g.title)
		for _, c := range g.commands {
			t.Run(c.name, func(t *testing.T) {
				require.False(t, seen[c.name], "there is another command of that name")
				seen[c.name] = true
				require.NotEmpty(t, c.synopsis)
				require.False(t, strings.HasSuffix(c.synopsis, "."), "a synopsis is no sentence")
				require.True(t, c.usage == "rel "+c.name || strings.HasPrefix(c.usage, "rel "+c.name+" "), c.usage)
				require.NotEmpty(t, strings.TrimSpace(c.about))
				require.NotNil(t, c.run)
				r := runner{command: c}
				r.flagSet().VisitAll(func(f *flag.Flag) { checkFlag(t, f) })
				for line := range strings.Lines(r.Help()) {
					require.LessOrEqual(t, utf8.RuneCountInString(strings.TrimRight(line, "\n")), 100, line)
				}
			})
		}
	}
}

func checkFlag(t *testing.T, f *flag.Flag) {
	require.NotEmptyf(t, strings.TrimPrefix(f.Usage, hiddenFlag), "-%s", f.Name)
	if !isBool(f) {
		require.Containsf(t, f.Usage, "`", "-%s does not name its value", f.Name)
	}
}

// It protects the overview: it lists every command, nested ones too.
func TestOverviewListsEveryCommand(t *testing.T) {
	text := overview(nil)
	for _, name := range commandNames() {
		require.Contains(t, text, "\n  "+name+" ")
	}
}

// sentinels are the errors that callers decide on, by package folder, with what they exit with.
var sentinels = map[string]map[string]struct {
	err  error
	code int
}{
	"../executor": {
		"ErrStale":          {executor.ErrStale, exitRefused},
		"ErrDigest":         {executor.ErrDigest, exitRefused},
		"ErrFormat":         {executor.ErrFormat, exitRefused},
		"ErrApplied":        {executor.ErrApplied, exitRefused},
		"ErrOtherState":     {executor.ErrOtherState, exitRefused},
		"ErrUnfinished":     {executor.ErrUnfinished, exitLocked},
		"ErrNoneUnfinished": {executor.ErrNoneUnfinished, exitError},
		"ErrNotWaiting":     {executor.ErrNotWaiting, exitError},
		"ErrJournal":        {executor.ErrJournal, exitNotSaved},
		"ErrState":          {executor.ErrState, exitNotSaved},
		"ErrInterrupted":    {executor.ErrInterrupted, exitInterrupted},
	},
	"../state": {
		"ErrLocked":        {state.ErrLocked, exitLocked},
		"ErrLeaseLost":     {state.ErrLeaseLost, exitLocked},
		"ErrNotFound":      {state.ErrNotFound, exitError},
		"ErrConflict":      {state.ErrConflict, exitError},
		"ErrDamaged":       {state.ErrDamaged, exitError},
		"ErrUnknownFormat": {state.ErrUnknownFormat, exitError},
	},
	"../planner": {
		"ErrDamaged": {planner.ErrDamaged, exitRefused},
		"ErrVersion": {planner.ErrVersion, exitRefused},
	},
}

// It protects the exit codes: each error that a caller can decide on has its own, however deep it
// is wrapped, and a new one cannot be forgotten.
func TestExitCodes(t *testing.T) {
	for folder, known := range sentinels {
		for _, name := range declaredErrors(t, folder) {
			require.Containsf(t, known, name, "%s of %s: decide its exit code in exit.go, and write it down here", name, folder)
		}
		for name, s := range known {
			require.Equal(t, s.code, exitCode(fmt.Errorf("doing it: %w", errors.Join(errors.New("other"), s.err))), name)
		}
	}
	require.Equal(t, exitDone, exitCode(nil))
	require.Equal(t, exitError, exitCode(errors.New("any other")))
	require.Equal(t, exitChanges, exitCode(shownError{errChanges}))
	require.Equal(t, exitRefused, exitCode(errOtherPlan))
	for outcome, code := range map[state.Outcome]int{state.Succeeded: exitDone, state.Aborted: exitError,
		state.RolledBack: exitUndone, state.Partial: exitPartial, "": exitInterrupted} {
		require.Equal(t, code, exitCode(shownError{outcomeError{executor.Result{Outcome: outcome}}}), outcome)
	}
}

// declaredErrors are the exported Err… variables of a package.
func declaredErrors(t *testing.T, folder string) (names []string) {
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	require.NoError(t, err)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		require.NoError(t, err)
		for _, d := range f.Decls {
			names = append(names, errorsOf(d)...)
		}
	}
	require.NotEmpty(t, names)
	return names
}

// errorsOf are the Err… variables of a declaration.
func errorsOf(d ast.Decl) (names []string) {
	vars, ok := d.(*ast.GenDecl)
	if !ok || vars.Tok != token.VAR {
		return nil
	}
	for _, spec := range vars.Specs {
		for _, name := range spec.(*ast.ValueSpec).Names {
			if strings.HasPrefix(name.Name, "Err") {
				names = append(names, name.Name)
			}
		}
	}
	return names
}

// It protects -chdir, which stands anywhere before a "--", and nothing that only looks like it.
func TestCutChdir(t *testing.T) {
	for _, c := range []struct{ args, dir, rest string }{
		{"plan", ".", "plan"},
		{"-chdir=a plan -out x", "a", "plan -out x"},
		{"-chdir a plan", "a", "plan"},
		{"plan --chdir=a/../b x", "b", "plan x"},
		{"plan -chdir a -- -chdir=b", "a", "plan -- -chdir=b"},
		{"plan chdir=a -chdirs=b", ".", "plan chdir=a -chdirs=b"},
		{"plan -out=-chdir=a", ".", "plan -out=-chdir=a"},
	} {
		dir, rest, err := cutChdir(strings.Fields(c.args))
		require.NoError(t, err, c.args)
		require.Equal(t, c.dir, dir, c.args)
		require.Equal(t, strings.Fields(c.rest), rest, c.args)
	}
	_, _, err := cutChdir([]string{"plan", "-chdir"})
	require.ErrorContains(t, err, "needs the folder")
}

// It protects flags that stand after arguments, and arguments that look like flags.
func TestParseInterleaved(t *testing.T) {
	for _, c := range []struct{ args, rest, value string }{
		{"a b", "a b", ""},
		{"-o=1 a", "a", "1"},
		{"a -o 1 b", "a b", "1"},
		{"a -- -o 1", "a -o 1", ""},
		{"a -o 1 -- -o", "a -o", "1"},
		{"-- -- a", "-- a", ""},
		{"- a", "- a", ""},
	} {
		fs := flag.NewFlagSet("x", flag.ContinueOnError)
		value := fs.String("o", "", "")
		rest, err := parseInterleaved(fs, strings.Fields(c.args))
		require.NoError(t, err, c.args)
		require.Equal(t, strings.Fields(c.rest), rest, c.args)
		require.Equal(t, c.value, *value, c.args)
	}
}

// It protects the demand for a digest: what is no digest, nothing above all, is refused and is
// not taken for none.
func TestDemandedDigest(t *testing.T) {
	const digits = "0123456789ab"
	for given, want := range map[string]string{
		"sha256:" + digits:    "sha256:" + digits,
		digits:                "sha256:" + digits,
		"":                    "",
		"sha256:":             "",
		digits[1:]:            "",
		"sha256:xyz" + digits: "",
	} {
		var digest string
		err := demanded{&digest}.Set(given)
		require.Equal(t, want == "", err != nil, "%q", given)
		require.Equal(t, want, digest, "%q", given)
	}
}

// It protects programs that read the result of an event stream.
func TestOutcomes(t *testing.T) {
	ended := func(o state.Outcome) error { return shownError{outcomeError{executor.Result{Outcome: o}}} }
	for _, c := range []struct {
		err     error
		changes int
		want    string
	}{
		{nil, 0, "noop"}, {nil, 2, "succeeded"}, {shownError{errChanges}, 2, "succeeded"},
		{ended(state.RolledBack), 2, "rolled_back"}, {ended(state.Partial), 2, "failed"}, {ended(state.Aborted), 2, "failed"},
		{ended(""), 2, "interrupted"}, {executor.ErrStale, 2, "refused"}, {state.ErrLocked, 2, "refused"},
		{executor.ErrJournal, 2, "failed"}, {errors.New("other"), 0, "failed"},
	} {
		require.Equal(t, c.want, outcomeOf(c.err, c.changes), "%v", c.err)
	}
}
