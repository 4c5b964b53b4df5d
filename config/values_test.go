package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// write makes a project of files in a new folder.
func write(t testing.TB, files map[string]string) string {
	dir := t.TempDir()
	for name, text := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	return dir
}

// oneTarget is a project whose environment's target shows the value of an expression as its root.
func oneTarget(expression, more string) string {
	return `rel { project = "shop" }
environment "staging" {
  target "local" "web" { root = "/${` + expression + `}" }
}
` + more
}

func root(p *Project) string { return p.Environments[0].Targets[0].Root }

// Values come from six places, and the later in this order wins: each case takes the strongest source away.
func TestTheStrongestSourceOfAVariableWins(t *testing.T) {
	dir := write(t, map[string]string{
		"shop.rel.hcl":      oneTarget("var.x", `variable "x" { default = "default" }`),
		"a.auto.vars.hcl":   `x = "auto a"`,
		"b.auto.vars.hcl":   `x = "auto b"`,
		"unread.vars.hcl":   `x = "not an auto file"`,
		"first.vars.hcl":    `x = "first file"`,
		"second.vars.hcl":   `x = "second file"`,
		"c.auto.vars.hcl.x": `x = "not a vars file"`,
	})
	withoutFiles := write(t, map[string]string{"shop.rel.hcl": oneTarget("var.x", `variable "x" { default = "default" }`)})
	environ := map[string]string{"REL_VAR_x": "environment", "REL_VAR_other": "of another program"}
	files := []string{filepath.Join(dir, "first.vars.hcl"), filepath.Join(dir, "second.vars.hcl")}
	for want, c := range map[string]struct {
		dir string
		in  Inputs
	}{
		"/second flag": {dir, Inputs{Environ: environ, VarFiles: files, Vars: []string{"x=first flag", "x=second flag"}}},
		"/second file": {dir, Inputs{Environ: environ, VarFiles: files}},
		"/auto b":      {dir, Inputs{Environ: environ}},
		"/environment": {withoutFiles, Inputs{Environ: environ}},
		"/default":     {withoutFiles, Inputs{}},
	} {
		project, diags := Load(c.dir, c.in)
		require.False(t, diags.HasErrors(), render(project, diags))
		require.Equal(t, want, root(project))
	}
}

// Text from flags and the environment is a string as it stands, but for variables of another type.
func TestTextIsAnExpressionUnlessTheVariableIsAString(t *testing.T) {
	for _, c := range []struct{ declaration, expression, text, want string }{
		{`type = string`, `var.x`, `[1, 2]`, "/[1, 2]"},
		{`type = string`, `var.x`, `a=b`, "/a=b"},
		{`type = string`, `var.x`, ``, "/"},
		{`description = "no type"`, `var.x`, `1.5.0`, "/1.5.0"},
		{`type = number`, `var.x + 1`, `41`, "/42"},
		{`type = list(string)`, `join("-", var.x)`, `["a", "b"]`, "/a-b"},
		{`type = any`, `var.x.a`, `{ a = "b" }`, "/b"},
	} {
		dir := write(t, map[string]string{"shop.rel.hcl": oneTarget(c.expression, "variable \"x\" {\n"+c.declaration+"\n}")})
		for _, in := range []Inputs{{Vars: []string{"x=" + c.text}}, {Environ: map[string]string{"REL_VAR_x": c.text}}} {
			project, diags := Load(dir, in)
			require.False(t, diags.HasErrors(), render(project, diags))
			require.Equal(t, c.want, root(project))
		}
	}
}

// null stands for the default where a variable cannot be null, and is a value where it can.
func TestNullValues(t *testing.T) {
	for declaration, want := range map[string]string{
		"nullable = false\ndefault = \"d\"": "/d",
		"default = \"d\"":                   "/null",
	} {
		dir := write(t, map[string]string{
			"shop.rel.hcl":    oneTarget(`var.x == null ? "null" : var.x`, "variable \"x\" {\n"+declaration+"\n}"),
			"a.auto.vars.hcl": "x = null",
		})
		project, diags := Load(dir, Inputs{})
		require.False(t, diags.HasErrors(), render(project, diags))
		require.Equal(t, want, root(project))
	}
}

// A value for a variable that is not there is a mistake, but for the environment, which other programs share.
func TestMistakesInValues(t *testing.T) {
	const declarations = `variable "level" { default = "info" }
variable "size" {
  type    = number
  default = 1
}`
	for name, c := range map[string]struct {
		values string
		vars   []string
		want   []string
	}{
		"unknown in a file": {"levl = 1", nil, []string{
			"on values.vars.hcl line 1:\n   1: levl = 1\n", `The file gives a value for variable "levl", but there is no such variable. Did you mean "level"?`}},
		"unknown flag":       {"", []string{"levl=1"}, []string{`The option -var gives a value for variable "levl"`, `Did you mean "level"?`}},
		"no equals sign":     {"", []string{"level"}, []string{"not of the form NAME=VALUE"}},
		"type in a file":     {"size = [1]", nil, []string{"on values.vars.hcl line 1", `The value of variable "size" does not fit its type, number: number required, but have tuple.`}},
		"type in a flag":     {"", []string{`size="ten"`}, []string{`on -var for variable "size" line 1`, `1: "ten"`, "a number is required"}},
		"syntax in a flag":   {"", []string{"size=1 +"}, []string{`on -var for variable "size" line 1`, "1: 1 +"}},
		"syntax in a file":   {"size = ", nil, []string{"on values.vars.hcl line 1", "Missing expression"}},
		"reference in file":  {"size = var.level", nil, []string{`There is nothing named "var" here.`}},
		"depth in a flag":    {"", []string{"size=" + strings.Repeat("[", 500)}, []string{"The value is nested too deeply."}},
		"block in a file":    {"size {}", nil, []string{"A file of values holds arguments alone"}},
		"two things at once": {"size = \"a\"\nlevl = 1", []string{"siz=1"}, []string{`"levl"`, `"siz"`, "does not fit its type"}},
	} {
		dir := write(t, map[string]string{"shop.rel.hcl": oneTarget("var.level", declarations), "values.vars.hcl": c.values})
		t.Chdir(dir)
		project, diags := Load(".", Inputs{VarFiles: []string{"values.vars.hcl"}, Vars: c.vars})
		require.True(t, diags.HasErrors(), name)
		for _, want := range c.want {
			require.Contains(t, render(project, diags), want, name)
		}
	}
}

func TestAMissingFileOfValuesIsAMistake(t *testing.T) {
	dir := write(t, map[string]string{"shop.rel.hcl": oneTarget(`"a"`, "")})
	project, diags := Load(dir, Inputs{VarFiles: []string{filepath.Join(dir, "gone.vars.hcl")}})
	require.True(t, diags.HasErrors())
	require.Contains(t, render(project, diags), "no such file")
}

// Whatever is wrong with it, a sensitive value is in no message, from whichever source it comes.
func TestNoMessageShowsASensitiveValue(t *testing.T) {
	const secret = "hunter2-sesame"
	const declaration = `variable "pw" {
  sensitive = true
  %TYPE%
}
variable "other" { default = 1 }`
	for name, c := range map[string]struct{ kind, expression, text string }{
		"reaches a plan":     {"type = string", `var.pw`, secret},
		"not its type":       {"type = number", `var.pw`, `"` + secret + `"`},
		"not an expression":  {"type = number", `var.pw`, secret + " ("},
		"error in function":  {"type = string", `parseint(var.pw, 10)`, secret},
		"derived":            {"type = string", `parseint(trimspace(" ${var.pw}"), 10)`, secret},
		"loop":               {"type = list(string)", `[for s in var.pw : s + 1][0]`, `["` + secret + `"]`},
		"loop over keys":     {"type = map(string)", `{for k, v in var.pw : k + 1 => v}`, `{"` + secret + `" = "x"}`},
		"duplicate key":      {"type = list(string)", `{for s in var.pw : s => 1}`, `["` + secret + `", "` + secret + `"]`},
		"index":              {"type = string", `{a = 1}[var.pw]`, secret},
		"inside an object":   {"type = object({ a = string })", `var.pw.a + 1`, `{ a = "` + secret + `" }`},
		"wrong element":      {"type = object({ a = number })", `var.pw.a`, `{ a = "` + secret + `" }`},
		"template file":      {"type = string", `templatefile("t.txt", { pw = var.pw })`, secret},
		"condition":          {"type = string", `var.pw ? "a" : "b"`, secret},
		"wrong path":         {"type = string", `file(var.pw)`, secret},
		"wrong count":        {"type = string", `range(var.pw)`, secret},
		"json":               {"type = string", `jsondecode(var.pw)`, secret},
		"through a template": {"type = string", "\"${var.pw}\" + 1", secret},
	} {
		declared := strings.ReplaceAll(declaration, "%TYPE%", c.kind)
		value := c.text
		if c.kind == "type = string" {
			value = `"` + c.text + `"`
		}
		dir := write(t, map[string]string{
			"shop.rel.hcl":  oneTarget(c.expression, declared),
			"pw.vars.hcl":   "other = 2\npw = " + value + "\n",
			"t.txt":         "${pw + 1}",
			"broken.vars.x": "pw = \"" + secret + "\n",
		})
		t.Chdir(dir)
		for _, in := range []Inputs{
			{Vars: []string{"pw=" + c.text}},
			{Environ: map[string]string{"REL_VAR_pw": c.text}},
			{VarFiles: []string{"pw.vars.hcl"}},
			{VarFiles: []string{"pw.vars.hcl", "broken.vars.x"}},
			{Vars: []string{"pw=" + c.text, secret}},
		} {
			project, diags := Load(".", in)
			require.True(t, diags.HasErrors(), name)
			require.NotContains(t, render(project, diags), secret, name)
			require.NotContains(t, string(encodeJSON(t, project)), secret, name)
			for _, file := range project.Files {
				require.NotContains(t, string(file.Bytes), secret, name)
			}
		}
	}
}
