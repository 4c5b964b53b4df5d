package planner

import (
	"encoding/json"
	"fmt"
	"strings"
)

// render is a plan as the golden files have it: a line a step, with what it needs and what
// undoes it.
func render(p *Plan) string {
	var b strings.Builder
	for n := range p.Steps {
		s := &p.Steps[n]
		fmt.Fprintf(&b, "%-8s %-8s %s", s.Phase, s.Kind, s.ID)
		if s.Hold {
			b.WriteString(" hold")
		}
		if s.OnFailure != OnFailureRollback {
			fmt.Fprintf(&b, " %s", s.OnFailure)
		}
		if len(s.Needs) > 0 {
			fmt.Fprintf(&b, "\n    needs %s", strings.Join(s.Needs, ", "))
		}
		if s.Kind != KindBarrier {
			fmt.Fprintf(&b, "\n    does  %s", brief(s.Args))
		}
		if !s.Undo.None() {
			fmt.Fprintf(&b, "\n    undo  %s", brief(s.Undo))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// brief is a value without what every step of its instance has.
func brief(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	var all any
	if err := json.Unmarshal(b, &all); err != nil {
		panic(err)
	}
	return text(all)
}

// text writes decoded JSON without quotes, keys sorted, what is empty left out.
func text(v any) string {
	switch v := v.(type) {
	case map[string]any:
		var parts []string
		for _, key := range sortedKeys(v) {
			if part := text(v[key]); part != "" && key != "target" && key != "instance" {
				parts = append(parts, key+": "+part)
			}
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case []any:
		var parts []string
		for _, one := range v {
			parts = append(parts, text(one))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	default:
		return strings.TrimPrefix(fmt.Sprint(v), "<nil>")
	}
}
