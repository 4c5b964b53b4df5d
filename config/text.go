package config

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"
)

// upperFirst begins a sentence with what another package says.
func upperFirst(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[size:]
}

// quotedList is "a", "b" and "c".
func quotedList(names []string) string {
	quoted := make([]string, 0, len(names))
	for _, n := range names {
		quoted = append(quoted, fmt.Sprintf("%q", n))
	}
	if len(quoted) < 2 {
		return strings.Join(quoted, "")
	}
	last := len(quoted) - 1
	return strings.Join(quoted[:last], ", ") + " and " + quoted[last]
}

// formatPath is a place inside a value: ports.blue, command[2].
func formatPath(path cty.Path) string {
	var out strings.Builder
	for _, step := range path {
		switch s := step.(type) {
		case cty.GetAttrStep:
			out.WriteString("." + s.Name)
		case cty.IndexStep:
			out.WriteString(formatIndex(s.Key))
		}
	}
	return strings.TrimPrefix(out.String(), ".")
}

func formatIndex(key cty.Value) string {
	key, _ = key.Unmark()
	switch {
	case !key.IsKnown() || key.IsNull():
	case key.Type() == cty.String && namePattern.MatchString(key.AsString()):
		return "." + key.AsString()
	case key.Type() == cty.Number:
		return fmt.Sprintf("[%s]", key.AsBigFloat().Text('f', 0))
	}
	return "[…]" // a key of a sensitive map may be sensitive too
}
