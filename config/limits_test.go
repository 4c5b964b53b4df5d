package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// HCL's parser and evaluator recurse; what would take the whole stack is a message instead.
func TestDeepNestingIsAMistake(t *testing.T) {
	const n = 20_000
	for name, value := range map[string]string{
		"lists":        strings.Repeat("[", n),
		"closed lists": strings.Repeat("[", n) + strings.Repeat("]", n),
		"parentheses":  strings.Repeat("(", n),
		"objects":      strings.Repeat("{a=", n),
		"templates":    strings.Repeat(`"${`, n),
		"not":          strings.Repeat("!", n) + "true",
		"minus":        strings.Repeat("-", n) + "1",
		"conditions":   strings.Repeat("true ? 1 : ", n) + "1",
		"calls":        strings.Repeat("abs(", n),
		"for":          strings.Repeat("[for a in ", n),
		"sums":         "1" + strings.Repeat(" + 1", n),
		"indexes":      "a" + strings.Repeat("[b]", n),
		"lines":        "(1" + strings.Repeat(" +\n1", n) + ")",
	} {
		project, diags := loadSource(t, "deep.rel.hcl", []byte("rel { project = \"a\" }\nlocals {\n  a = "+value+"\n}\n"))
		require.True(t, diags.HasErrors(), name)
		require.Contains(t, diags[0].Detail, "200 levels deep", name)
		require.NotNil(t, project, name)
	}
	blocks := strings.Repeat("a {\n", n)
	_, diags := loadSource(t, "deep.rel.hcl", []byte(blocks))
	require.Contains(t, diags[0].Detail, "200 levels deep")
}

// Long is not deep: many operators, elements and lines in a row are as good as few.
func TestLongFilesAreFine(t *testing.T) {
	var src strings.Builder
	src.WriteString("rel { project = \"a\" }\nlocals {\n")
	for i := range 1000 {
		fmt.Fprintf(&src, "  a%d = %d > 3 ? -1 : !true ? 0 : 1 # -1 %s\n", i, i, strings.Repeat("+", 20))
	}
	src.WriteString("  sum = 1" + strings.Repeat(" + 1", 3000) + "\n")
	src.WriteString("  minus = [" + strings.Repeat("-1, ", 1000) + "]\n}\n")
	project, diags := loadSource(t, "long.rel.hcl", []byte(src.String()))
	require.False(t, diags.HasErrors(), render(project, diags))
}

// A folder that is no project says which files make one.
func TestFoldersThatAreNoProject(t *testing.T) {
	empty := t.TempDir()
	_, diags := Load(empty, Inputs{})
	require.Len(t, diags, 1)
	require.Contains(t, diags[0].Detail, "no file whose name ends in .rel.hcl in the folder \""+empty)
	require.Contains(t, diags[0].Detail, `rel { project = "NAME" }`)

	_, diags = Load(filepath.Join(empty, "gone"), Inputs{})
	require.Len(t, diags, 1)
	require.Contains(t, diags[0].Detail, "no such file or directory")

	require.NoError(t, os.Mkdir(filepath.Join(empty, "folder.rel.hcl"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(empty, "shop.hcl"), nil, 0o600))
	_, diags = Load(empty, Inputs{})
	require.Contains(t, diags[0].Summary, "No configuration")
}

// A file that cannot be read as text is a message and no panic.
func TestFilesThatAreNoText(t *testing.T) {
	for name, src := range map[string]string{"binary": "\x00\x01\xff", "invalid UTF-8": "a = \"\xff\"", "byte order mark": "\xef\xbb\xbfrel {}", "empty": ""} {
		_, diags := loadSource(t, "a.rel.hcl", []byte(src))
		require.True(t, diags.HasErrors(), name)
	}
}

// rel must be able to tell what it requires when it knows its own version, and must not guess when it does not.
func TestRequiredVersion(t *testing.T) {
	for _, c := range []struct{ required, own, want string }{
		{">= 0.1.0", "0.1.0", ""},
		{">= 0.1.0", "0.1.0-dev", ""},
		{"~> 0.1", "0.9.3", ""},
		{">= 0.2.0-beta1", "0.2.0-beta2", ""},
		{">= 0.1.0, < 0.2.0", "0.2.0", "The project requires rel >= 0.1.0, < 0.2.0, but this is rel 0.2.0."},
		{">= 0.2.0", "0.1.0", "nothing else was checked"},
		{">= 0.2.0", "", "does not know its own version"},
		{"newest", "0.1.0", "not a constraint of versions"},
		{"", "0.1.0", "not a constraint of versions"},
	} {
		dir := write(t, map[string]string{
			"a.rel.hcl": "rel {\n  project = \"a\"\n  required_version = \"" + c.required + "\"\n}\n",
		})
		project, diags := Load(dir, Inputs{Version: c.own})
		if c.want == "" {
			require.False(t, diags.HasErrors(), render(project, diags))
			continue
		}
		require.Len(t, diags, 1)
		require.Contains(t, render(project, diags), c.want)
	}
}

// All files are one project, in whichever file a block stands, and the result does not depend on names or order.
func TestFilesHaveNoOrder(t *testing.T) {
	parts := []string{
		"rel { project = \"shop\" }\nlocals { a = local.b }\n",
		"environment \"staging\" {\n  target \"local\" \"web\" { instances = local.a }\n  strategy = strategy.fast\n}\n",
		"locals { b = var.n }\nstrategy \"rolling\" \"fast\" {}\n",
		"variable \"n\" { default = 2 }\n",
	}
	names := []string{"a.rel.hcl", "b.rel.hcl", "c.rel.hcl", "d.rel.hcl"}
	for shift := range parts {
		files := map[string]string{}
		for i, name := range names {
			files[name] = parts[(i+shift)%len(parts)]
		}
		project, diags := Load(write(t, files), Inputs{})
		require.False(t, diags.HasErrors(), render(project, diags))
		require.Equal(t, 2, project.Environments[0].Targets[0].Instances)
	}
}

// The same project gives the same messages in the same order, whatever the order of Go's maps.
func TestMessagesHaveOneOrder(t *testing.T) {
	src, err := os.ReadFile("testdata/error/services.rel.hcl")
	require.NoError(t, err)
	first := ""
	for range 20 {
		project, diags := loadSource(t, "a.rel.hcl", src)
		if first == "" {
			first = render(project, diags)
		}
		require.Equal(t, first, render(project, diags))
	}
}
