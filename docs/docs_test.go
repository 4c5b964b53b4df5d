// Package docs_test keeps what users read true: the reference parts of the pages are generated
// from the tables that rel itself works by, every example of configuration is loaded as rel
// loads it, and every link leads somewhere.
//
//	go test ./docs -update    writes the generated parts anew
package docs_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the generated parts of the pages anew")

// A generated part stands between <!-- generated: NAME --> and <!-- end -->.
var generatedPart = regexp.MustCompile(`(?s)<!-- generated: ([^\n]+?) -->\n.*?<!-- end -->\n`)

// current holds a page's generated parts against what they should be, by name, and wants each
// of them to stand there once.
func current(t *testing.T, page string, parts map[string]string) {
	t.Helper()
	text := read(t, page)
	found := map[string]int{}
	want := generatedPart.ReplaceAllStringFunc(text, func(part string) string {
		name := generatedPart.FindStringSubmatch(part)[1]
		found[name]++
		content, known := parts[name]
		require.True(t, known, "%s has a generated part %q, which rel does not have any more: remove it", page, name)
		return "<!-- generated: " + name + " -->\n\n" + content + "\n<!-- end -->\n"
	})
	for name := range parts {
		require.Equal(t, 1, found[name], "%s must have <!-- generated: %s --> and <!-- end --> once", page, name)
	}
	if *update {
		require.NoError(t, os.WriteFile(page, []byte(want), 0o644))
		return
	}
	if text != want {
		line, is, shouldBe := firstDifference(text, want)
		t.Fatalf("%s:%d is not current: go test ./docs -update writes it anew\n  it is      %q\n  should be  %q", page, line, is, shouldBe)
	}
}

// firstDifference is where two texts part, so that a failure shows one line and not two pages.
func firstDifference(a, b string) (line int, inA, inB string) {
	linesA, linesB := strings.Split(a, "\n"), strings.Split(b, "\n")
	for len(linesA) > 0 && len(linesB) > 0 && linesA[0] == linesB[0] {
		line, linesA, linesB = line+1, linesA[1:], linesB[1:]
	}
	return line + 1, strings.Join(linesA[:min(1, len(linesA))], ""), strings.Join(linesB[:min(1, len(linesB))], "")
}

func read(t *testing.T, page string) string {
	t.Helper()
	b, err := os.ReadFile(page)
	require.NoError(t, err)
	return string(b)
}

// pages are all that users read.
func pages(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob("*.md")
	require.NoError(t, err)
	require.Greater(t, len(found), 5)
	return append(found, filepath.Join("..", "README.md"))
}

// link is a Markdown link to a file or a heading of this repository.
var link = regexp.MustCompile(`\]\(([^)\s]+)\)`)

// TestLinks protects readers from links that lead nowhere.
func TestLinks(t *testing.T) {
	for _, page := range pages(t) {
		for _, m := range link.FindAllStringSubmatch(withoutCode(read(t, page)), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			file, anchor, _ := strings.Cut(m[1], "#")
			to := page
			if file != "" {
				to = filepath.Join(filepath.Dir(page), file)
			}
			require.FileExists(t, to, "%s links to %s", page, m[1])
			if anchor != "" {
				require.Contains(t, anchors(read(t, to)), anchor, "%s links to %s", page, m[1])
			}
		}
	}
}

// notInAnchor is what GitHub leaves out of a heading's anchor.
var notInAnchor = regexp.MustCompile(`[^\p{L}\p{N}_ -]`)

// anchors are those of a page's headings.
func anchors(page string) []string {
	var all []string
	for line := range strings.Lines(withoutCode(page)) {
		if title, ok := strings.CutPrefix(strings.TrimLeft(line, "#"), " "); ok && strings.HasPrefix(line, "#") {
			plain := notInAnchor.ReplaceAllString(strings.ToLower(strings.TrimSpace(title)), "")
			all = append(all, strings.ReplaceAll(plain, " ", "-"))
		}
	}
	return all
}

// withoutCode is a page without what stands between fences.
func withoutCode(page string) string {
	var b strings.Builder
	code := false
	for line := range strings.Lines(page) {
		if strings.HasPrefix(line, "```") {
			code = !code
		} else if !code {
			b.WriteString(line)
		}
	}
	return b.String()
}
