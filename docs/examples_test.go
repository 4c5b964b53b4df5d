package docs_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"rel/command"
	"rel/config"
)

// An example of configuration is a whole project where it has a rel block. Else a comment
// before it says where it belongs:
//
//	<!-- hcl: PLACE -->              a key of places
//	<!-- hcl: PLACE, error: TEXT --> there, and rel's answer holds TEXT
var example = regexp.MustCompile("(?s)(?:<!-- hcl: ([a-z ]+?)(?:, error: ([^\n]+?))? -->\n+)?```hcl\n(.*?)\n```")

var isProject = regexp.MustCompile(`(?m)^rel \{`)

// places are projects in which a fragment can stand, at the %s.
var places = map[string]string{
	"project":     "%s",
	"file":        base("", "", "", "") + "\n%s",
	"environment": base("%s", "", "", ""),
	"release":     base("target \"local\" \"web\" { instances = 2 }\ntarget \"local\" \"jobs\" {}", "%s", "", ""),
	"service":     base("", "", "%s", ""),
	"artifact":    base("", "", "", "%s"),
	"strategy":    base("", "", "", "") + "\nstrategy \"rolling\" \"other\" {\n%s\n}\n",
}

// base is a small project with something more in its blocks.
func base(environment, release, service, artifact string) string {
	return fmt.Sprintf(`
rel { project = "base" }

environment "base" {
  target "local" "main" {
    instances     = 2
    load_balancer = load_balancer.front
  }
  load_balancer "embedded" "front" { bind = ":9000" }
  %s
}

release "base" {
  artifact {
    source   = "base.tar.gz"
    checksum = "file:SHA256SUMS"
    %s
  }
  service "main" {
    command = ["bin/base"]
    port    = 9001
    %s
  }
  deploy "base" { version = "1" }
  %s
}
`, environment, artifact, service, release)
}

// TestExamples protects readers from examples that rel would not take.
func TestExamples(t *testing.T) {
	for _, page := range pages(t) {
		for n, m := range example.FindAllStringSubmatch(read(t, page), -1) {
			t.Run(fmt.Sprintf("%s %d", page, n+1), func(t *testing.T) { load(t, m[1], m[2], m[3]) })
		}
	}
}

func load(t *testing.T, place, mistake, text string) {
	t.Helper()
	if place == "" && isProject.MatchString(text) {
		place = "project"
	}
	if place == "values" {
		loadValues(t, text)
		return
	}
	around, known := places[place]
	require.True(t, known, "the example is in no known place, %q: begin it with <!-- hcl: PLACE -->\n%s", place, text)
	answer := problems(t, fmt.Sprintf(around, text), "")
	if mistake != "" {
		require.Contains(t, answer, mistake)
		return
	}
	require.Empty(t, answer, "%s", text)
	formatted, diags := config.Format([]byte(text), "example.rel.hcl")
	require.False(t, diags.HasErrors())
	require.Equal(t, string(formatted), text, "rel fmt lays it out like this")
}

// loadValues loads an example of a *.vars.hcl file: it sets variables of any type.
func loadValues(t *testing.T, text string) {
	t.Helper()
	project := places["file"]
	for _, m := range regexp.MustCompile(`(?m)^(\w+) *=`).FindAllStringSubmatch(text, -1) {
		project += fmt.Sprintf("\nvariable %q {}", m[1])
	}
	require.Empty(t, problems(t, fmt.Sprintf(project, ""), text))
}

// problems are rel's answer to a project, in its words; empty where it takes it.
func problems(t *testing.T, project, values string) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "project.rel.hcl"), []byte(project), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "app.toml"), []byte("a file of the project\n"), 0o644))
	if values != "" {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "values.auto.vars.hcl"), []byte(values+"\n"), 0o644))
	}
	_, diags := config.Load(dir, config.Inputs{Version: command.Version})
	var all []string
	for _, d := range diags {
		all = append(all, d.Summary+": "+d.Detail)
	}
	return strings.Join(all, "\n")
}

// unfenced is an example that the test above would not see.
var unfenced = regexp.MustCompile("(?m)^ +```hcl|^```(HCL|terraform|tf)")

// TestEveryExampleIsSeen protects the test above from examples written in another way.
func TestEveryExampleIsSeen(t *testing.T) {
	for _, page := range pages(t) {
		require.NotRegexp(t, unfenced, read(t, page), page)
		require.Len(t, example.FindAllString(read(t, page), -1), strings.Count(read(t, page), "```hcl"), page)
	}
}

// functionName is a function as the language page lists it.
var functionName = regexp.MustCompile("`([a-z0-9]+)`")

// TestFunctions protects the list of functions from naming one that is not there.
func TestFunctions(t *testing.T) {
	_, list, found := strings.Cut(read(t, "language.md"), "<!-- functions -->")
	require.True(t, found)
	list, _, found = strings.Cut(list, "<!-- end of functions -->")
	require.True(t, found)
	var calls strings.Builder
	for _, m := range functionName.FindAllStringSubmatch(list, -1) {
		fmt.Fprintf(&calls, "  %s_ = %[1]s()\n", m[1])
	}
	require.NotEmpty(t, calls.String())
	answer := problems(t, fmt.Sprintf(places["file"], "locals {\n"+calls.String()+"}"), "")
	require.NotContains(t, answer, "no function named")
}
