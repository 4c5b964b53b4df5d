package platform

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Expand fills in the placeholders of s, such as ${port}, from values; $${ stands for a
// literal ${. It is strict: a name that is not in values, or a ${ without its }, is an error.
func Expand(s string, values map[string]string) (string, error) {
	var b strings.Builder
	for rest := s; ; {
		before, after, found := strings.Cut(rest, "${")
		if !found {
			b.WriteString(rest)
			return b.String(), nil
		}
		if literal, escaped := strings.CutSuffix(before, "$"); escaped {
			b.WriteString(literal + "${")
			rest = after
			continue
		}
		name, tail, closed := strings.Cut(after, "}")
		if !closed {
			return "", fmt.Errorf("%q has a ${ without its }; a literal ${ is written $${", s)
		}
		value, known := values[name]
		if !known {
			return "", fmt.Errorf("%q has the unknown placeholder ${%s}; known are %s", s, name, placeholderNames(values))
		}
		b.WriteString(before + value)
		rest = tail
	}
}

func placeholderNames(values map[string]string) string {
	names := slices.Sorted(maps.Keys(values))
	for i, n := range names {
		names[i] = "${" + n + "}"
	}
	return strings.Join(names, ", ")
}
