package config

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/stretchr/testify/require"
)

// Every file of testdata/error is a project with mistakes. On the line of each mistake stands `# error: …` (or
// `# warning: …`) with a part of what is said; `# error without a line: …` for what has none. All of them must be
// found, and no other: a new case is a new file.
func TestEveryMistakeIsFoundOnItsLine(t *testing.T) {
	files, err := filepath.Glob("testdata/error/*.rel.hcl")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			src, err := os.ReadFile(file)
			require.NoError(t, err)
			project, diags := loadSource(t, filepath.Base(file), src)
			unexpected, missing := compare(diags, annotations(string(src)))
			if len(unexpected)+len(missing) > 0 {
				t.Errorf("not said:\n%s\nsaid:\n%s", strings.Join(missing, "\n"), strings.Join(unexpected, "\n"))
			}
			require.NotPanics(t, func() { render(project, diags) })
		})
	}
}

// loadSource loads a project of one file.
func loadSource(t testing.TB, name string, src []byte) (*Project, hcl.Diagnostics) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, name), src, 0o600))
	return Load(dir, Inputs{Version: "0.1.0"})
}

var annotation = regexp.MustCompile(`# (error|warning)( without a line)?: `)

// annotations are what is expected, each "LINE SEVERITY TEXT".
func annotations(src string) []string {
	var all []string
	for i, line := range strings.Split(src, "\n") {
		starts := annotation.FindAllStringSubmatchIndex(line, -1)
		for j, m := range starts {
			end := len(line)
			if j+1 < len(starts) {
				end = starts[j+1][0]
			}
			number := i + 1
			if m[4] >= 0 {
				number = 0
			}
			all = append(all, fmt.Sprintf("%d %s %s", number, line[m[2]:m[3]], strings.TrimSpace(line[m[1]:end])))
		}
	}
	return all
}

// compare takes off one expectation for each diagnostic that has its line and severity, and holds its text.
func compare(diags hcl.Diagnostics, expected []string) (unexpected, missing []string) {
	missing = slices.Clone(expected)
	for _, d := range diags {
		severity := map[hcl.DiagnosticSeverity]string{hcl.DiagError: "error", hcl.DiagWarning: "warning"}[d.Severity]
		prefix := fmt.Sprintf("%d %s ", place(d).Start.Line, severity)
		said := d.Summary + "; " + d.Detail
		i := slices.IndexFunc(missing, func(want string) bool {
			text, ok := strings.CutPrefix(want, prefix)
			return ok && strings.Contains(said, text)
		})
		if i < 0 {
			unexpected = append(unexpected, prefix+said)
			continue
		}
		missing = slices.Delete(missing, i, i+1)
	}
	return unexpected, missing
}
