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
		if text := compact(s.Args); s.Kind != KindBarrier {
			fmt.Fprintf(&b, "\n    does  %s", text)
		}
		if !s.Undo.None() {
			fmt.Fprintf(&b, "\n    undo  %s", compact(s.Undo))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func compact(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}
