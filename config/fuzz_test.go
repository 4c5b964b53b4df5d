package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/stretchr/testify/require"
	"github.com/zclconf/go-cty/cty"

	"rel/platform"
)

// Load answers to any text with a project or a mistake, never with neither, and its messages can be shown.
func FuzzLoad(f *testing.F) {
	for _, pattern := range []string{"testdata/error/*.rel.hcl", "testdata/valid/*/*.rel.hcl"} {
		addFiles(f, pattern)
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		project, diags := loadSource(t, "fuzz.rel.hcl", src)
		require.NotNil(t, project)
		render(project, diags)
		if !diags.HasErrors() {
			require.NotEmpty(t, project.Name)
			checkInvariants(t, project)
		}
	})
}

// checkInvariants are what the other packages rely on.
func checkInvariants(t *testing.T, p *Project) {
	for _, e := range p.Environments {
		for _, target := range e.Targets {
			require.Positive(t, target.Instances)
		}
		for _, r := range e.Releases {
			require.NotEmpty(t, r.Version)
			require.NotNil(t, r.Strategy)
			require.NotEmpty(t, r.Services)
			require.NotEmpty(t, r.Artifact.Source)
			for _, s := range r.Services {
				require.NotNil(t, e.target(s.Target))
				require.NotEmpty(t, s.Command)
				require.Contains(t, []int{0, 1, 2}, len(s.Ports))
				for _, c := range s.Command {
					_, err := platform.Expand(c, filled)
					require.NoError(t, err)
				}
			}
		}
	}
}

// Format changes spaces and nothing else, and formatting again changes nothing. What cannot be parsed comes back as it
// was.
func FuzzFormat(f *testing.F) {
	for _, pattern := range []string{"testdata/error/*.rel.hcl", "testdata/valid/*/*.rel.hcl"} {
		addFiles(f, pattern)
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		once, diags := Format(src, "fuzz.rel.hcl")
		if diags.HasErrors() {
			require.Equal(t, src, once)
			return
		}
		require.Equal(t, withoutSpaces(src), withoutSpaces(once))
		twice, diags := Format(once, "fuzz.rel.hcl")
		require.False(t, diags.HasErrors(), "%q became %q", src, once)
		require.Equal(t, string(once), string(twice))
	})
}

func withoutSpaces(src []byte) string {
	return strings.NewReplacer(" ", "", "\t", "").Replace(string(src))
}

// Whatever an expression that may hold placeholders gives, each of its strings can be expanded, or it was refused: no
// placeholder is lost in what is computed.
func FuzzPlaceholdersInExpressions(f *testing.F) {
	for _, s := range []string{
		`["a", ":${port}", slot]`, `concat(["a"], [instance.key])`, `[for p in ["a"] : "${p}${slot}"]`, `var.x ? [port] : []`,
		`flatten([[port], compact(["", slot])])`, `["$${port}", "$${"$"}"]`, `[upper(port)]`, `[port == "1" ? "a" : "b"]`,
		`["%{for p in [1]}${port}%{endfor}%{if true}${slot}%{endif}"]`, `{ a = port }["a"]`, `[substr("${port}", 0, 2)]`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		attr, ok := parsedAttribute(src)
		if !ok {
			return
		}
		var diags hcl.Diagnostics
		command, _ := serviceSpec.argument("command")
		b := &block{
			spec: blockSpec{args: []argSpec{command}}, args: map[string]*hclsyntax.Attribute{"command": attr},
			syntax: &hclsyntax.Block{},
		}
		global := scope{&hcl.EvalContext{
			Functions: pureFunctions(),
			Variables: map[string]cty.Value{"var": cty.ObjectVal(map[string]cty.Value{"x": cty.True})},
		}}
		r := reader{block: b, scope: global.withPlaceholders(true), report: func(d ...*hcl.Diagnostic) { diags = append(diags, d...) }}
		for _, s := range r.templates("command") {
			if _, err := platform.Expand(s, filled); err != nil {
				require.True(t, diags.HasErrors(), "%q from %q: %v", s, src, err)
			}
		}
	})
}

func parsedAttribute(src string) (*hclsyntax.Attribute, bool) {
	expr, diags := parseExpression([]byte(src), "fuzz")
	return &hclsyntax.Attribute{Name: "command", Expr: expr}, !diags.HasErrors()
}

func addFiles(f *testing.F, pattern string) {
	files, err := filepath.Glob(pattern)
	require.NoError(f, err)
	require.NotEmpty(f, files)
	for _, file := range files {
		src, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(src)
	}
}
