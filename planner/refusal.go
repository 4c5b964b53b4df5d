package planner

import (
	"fmt"
	"strings"
)

// Problem is something that keeps a plan from being made. Detail says why, and each way out.
type Problem struct {
	Address string
	Summary string
	Detail  string
}

// Refusal is the error of a plan that cannot be made: every reason, not the first alone.
type Refusal struct{ Problems []Problem }

// Error lists the problems with their ways out.
func (r *Refusal) Error() string {
	var b strings.Builder
	for n, p := range r.Problems {
		if n > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%s: %s\n  %s", p.Address, p.Summary, p.Detail)
	}
	return b.String()
}
