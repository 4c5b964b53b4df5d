package artifact

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
)

// near ends a message on a name that is not among names: "; nearest: …", or that there are none.
func near(want string, names []string) string {
	if len(names) == 0 {
		return "; it is empty"
	}
	if found := nearest(want, names); len(found) > 0 {
		return "; nearest: " + strings.Join(found, ", ")
	}
	return ""
}

// nearest gives at most three names: those in another folder first, then those with a slip in the spelling.
func nearest(want string, names []string) []string {
	type candidate struct {
		name string
		cost int
	}
	limit := max(2, len(want)/3)
	var found []candidate
	for _, name := range names {
		cost := 0
		if path.Base(name) != path.Base(want) {
			cost = levenshtein.Distance(want, name, nil)
		}
		if cost <= limit {
			found = append(found, candidate{name, cost})
		}
	}
	slices.SortFunc(found, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.cost, b.cost), cmp.Compare(a.name, b.name))
	})
	var out []string
	for _, c := range slices.CompactFunc(found, func(a, b candidate) bool { return a.name == b.name }) {
		out = append(out, c.name)
	}
	return out[:min(3, len(out))]
}
