package view

import (
	"time"

	"rel/planner"
)

// expected is how long a step takes at least, as far as the plan says.
func expected(p *planner.Plan, s *planner.Step) time.Duration {
	switch a := s.Args.(type) {
	case *planner.Pause:
		return time.Duration(a.For)
	case *planner.Check:
		return time.Duration(p.Checks[a.Checks].MinHealthyTime)
	}
	return 0
}

// timeLeft is how long a plan takes at least from now on: the longest chain of needs among
// the steps that are not done. running says when a running step will end, where that is known.
func timeLeft(p *planner.Plan, done map[string]bool, running map[string]time.Time, now time.Time) time.Duration {
	at := make(map[string]time.Duration, len(p.Steps))
	var last time.Duration
	for i := range p.Steps {
		s := &p.Steps[i]
		var start time.Duration
		for _, n := range s.Needs {
			start = max(start, at[n])
		}
		if !done[s.ID] {
			if until, ok := running[s.ID]; ok && !until.IsZero() {
				start += max(0, until.Sub(now))
			} else {
				start += expected(p, s)
			}
		}
		at[s.ID] = start
		last = max(last, start)
	}
	return last
}
