package main

import (
	"go/build"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// arrows is the layout as a table: which of rel's packages a folder may import. A folder
// below another has its parent's arrows, and may import its parent. Arrows go one way:
// command → executor → planner → config.
var arrows = map[string][]string{
	".":                   {"command"},
	"command":             {"command/view", "config", "planner", "executor", "artifact", "platform", "balancer", "state", "platform/local", "balancer/embedded", "state/local"},
	"command/view":        {"planner", "executor", "state", "platform", "balancer"},
	"config":              {},
	"planner":             {"config", "state", "platform", "balancer"},
	"executor":            {"planner", "platform", "balancer", "state"},
	"executor/simulation": {"planner", "platform", "platform/simulated", "balancer", "balancer/simulated", "state"},
	"artifact":            {},
	"platform":            {},
	"balancer":            {"platform"},
	"balancer/simulated":  {"platform/simulated"},
	"state":               {"platform", "balancer"},
	"fixtures":            {},
	"fixtures/demo":       {"fixtures/load"},
}

// forbidden are packages of the standard library that a pure package must not reach for.
var forbidden = map[string][]string{
	"planner":  {"os", "net", "net/http", "math/rand", "math/rand/v2", "log", "log/slog", "crypto/rand", "os/exec"},
	"config":   {"net/http", "math/rand", "math/rand/v2", "log", "log/slog", "crypto/rand", "os/exec"},
	"platform": {"os", "net", "net/http", "math/rand", "os/exec"},
	"balancer": {"os", "net", "net/http", "math/rand", "os/exec"},
	"state":    {"os", "net", "net/http", "math/rand", "os/exec"},
}

// only says that a library is known in one folder alone.
var only = map[string][]string{
	"github.com/mitchellh/cli": {"command"},
}

// It protects the layout: data flows one way, pure packages stay pure, and no core package
// names a driver.
func TestImports(t *testing.T) {
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != "." && (strings.HasPrefix(d.Name(), ".") || slices.Contains([]string{"tools", "testdata", "bin"}, d.Name())):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		checkImports(t, filepath.Dir(path), path)
		return nil
	})
	require.NoError(t, err)
}

func checkImports(t *testing.T, folder, file string) {
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
	require.NoError(t, err)
	for _, spec := range f.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		require.NoError(t, err)
		if own, ok := strings.CutPrefix(name, "rel/"); ok {
			require.Truef(t, mayImport(folder, own), "%s imports %s: no arrow goes from %s to it", file, name, folder)
		}
		require.NotContainsf(t, forbidden[folder], name, "%s must stay pure", file)
		if folders, ok := only[name]; ok {
			require.Containsf(t, folders, folder, "%s imports %s", file, name)
		}
	}
}

func mayImport(from, to string) bool {
	for folder := from; ; folder = filepath.Dir(folder) {
		if to == folder || slices.Contains(arrows[folder], to) {
			return true
		}
		if folder == "." || filepath.Dir(folder) == "." {
			return false
		}
	}
}

// It protects newcomers: each folder with code is in the table, and says what lives there.
func TestEveryPackageSaysWhatItIs(t *testing.T) {
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if path != "." && (strings.HasPrefix(d.Name(), ".") || slices.Contains([]string{"tools", "testdata", "bin"}, d.Name())) {
			return filepath.SkipDir
		}
		pkg, err := build.ImportDir(path, 0)
		if _, none := err.(*build.NoGoError); none {
			return nil
		}
		require.NoError(t, err)
		if len(pkg.GoFiles) == 0 { // tests alone
			return nil
		}
		require.NotEmptyf(t, pkg.Doc, "%s has no package comment", path)
		return nil
	})
	require.NoError(t, err)
}
