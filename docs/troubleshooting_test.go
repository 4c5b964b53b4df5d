package docs_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// quoted is a message that the page explains; … stands in it for what is another each time.
var quoted = regexp.MustCompile("(?m)^\\*\\*`([^`]+)`")

// TestMessages protects readers who search the page for what they saw: each message that it
// explains is one that rel has.
func TestMessages(t *testing.T) {
	program := source(t)
	messages := quoted.FindAllStringSubmatch(read(t, "troubleshooting.md"), -1)
	require.Greater(t, len(messages), 20)
	for _, m := range messages {
		for _, part := range strings.Split(m[1], "…") {
			require.Contains(t, program, strings.TrimSpace(part), "troubleshooting.md explains %q", m[1])
		}
	}
}

// source is what rel is made of, tests left out, with strings as they read.
func source(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		b, err := os.ReadFile(path)
		all.Write(b)
		return err
	})
	require.NoError(t, err)
	return strings.NewReplacer(`\"`, `"`, "\" +\n\t\t\t\"", "", "\"+\n\t\t\t\"", "").Replace(all.String())
}
