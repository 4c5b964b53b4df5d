package config

import (
	"fmt"
	"sort"

	"github.com/hashicorp/hcl/v2"
)

// mistake is an error at a place of the configuration.
func mistake(at hcl.Range, summary, format string, args ...any) *hcl.Diagnostic {
	return &hcl.Diagnostic{
		Severity: hcl.DiagError,
		Summary:  summary,
		Detail:   fmt.Sprintf(format, args...),
		Subject:  &at,
	}
}

// warning is like mistake for what works but may not be meant.
func warning(at hcl.Range, summary, format string, args ...any) *hcl.Diagnostic {
	d := mistake(at, summary, format, args...)
	d.Severity = hcl.DiagWarning
	return d
}

// unsupported is about a part of the language that this version does not enforce. What rel would ignore is an
// error, never a silence.
func unsupported(at hcl.Range, what string) *hcl.Diagnostic {
	return mistake(at, "Not supported", "%s is not supported by this version of rel.", what)
}

// didYouMean is the end of a message about an unknown name: empty where no known name is near.
func didYouMean(given string, known []string) string {
	if near := nearest(given, known); near != "" {
		return fmt.Sprintf(" Did you mean %q?", near)
	}
	return ""
}

// nearest is the known name with the fewest edits to the given one, if they are few; of equals the first by name.
func nearest(given string, known []string) string {
	const limit = 2
	sorted := append([]string{}, known...)
	sort.Strings(sorted)
	best, bestEdits := "", limit+1
	for _, name := range sorted {
		// a name of which nothing would be left is not near
		if edits := levenshtein(given, name); edits < bestEdits && edits < len(given) {
			best, bestEdits = name, edits
		}
	}
	return best
}

// levenshtein is how many characters must be inserted, removed or replaced to make b of a.
func levenshtein(a, b string) int {
	from, to := []rune(a), []rune(b)
	row := make([]int, len(to)+1)
	for j := range row {
		row[j] = j
	}
	for i, ca := range from {
		diagonal := row[0]
		row[0] = i + 1
		for j, cb := range to {
			change := diagonal
			if ca != cb {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(to)]
}

// tidy sorts diagnostics by place and says each once: a release is evaluated for each of its environments, and
// most mistakes are the same in all of them.
func tidy(diags hcl.Diagnostics) hcl.Diagnostics {
	seen := map[string]bool{}
	var once hcl.Diagnostics
	for _, d := range diags {
		key := fmt.Sprintf("%d %s %s %v", d.Severity, d.Summary, d.Detail, place(d))
		if !seen[key] {
			seen[key] = true
			once = append(once, d)
		}
	}
	sort.SliceStable(once, func(i, j int) bool { return before(place(once[i]), place(once[j])) })
	return once
}

func place(d *hcl.Diagnostic) hcl.Range {
	if d.Subject == nil {
		return hcl.Range{}
	}
	return *d.Subject
}

func before(a, b hcl.Range) bool {
	if a.Filename != b.Filename {
		return a.Filename < b.Filename
	}
	return a.Start.Byte < b.Start.Byte
}
