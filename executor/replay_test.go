package executor

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"rel/planner"
	"rel/state"
)

// TestReplayAnyPrefix: killed after any record and gone on, a deployment ends as it would have
// without, and every step is done, and undone, in an order that its needs allow.
func TestReplayAnyPrefix(t *testing.T) {
	for _, fails := range []string{"", "stage:h2", "activate:h1", "check:h2", "traffic:h1+h2", "undrain:h2", "prune:h1"} {
		plan := sketch(t, rolling...)
		whole := play(t, plan)
		whole.fails[fails] = true
		want := whole.toEnd(t)
		for n := range len(whole.journal) + 1 {
			t.Run(fmt.Sprintf("%s/%d", fails, n), func(t *testing.T) {
				p := play(t, plan, whole.journal[:n]...)
				p.fails[fails] = true
				require.Equal(t, want, p.toEnd(t))
				requireOrder(t, plan, p.journal)
				_, err := NewCore(plan, p.journal)
				require.NoError(t, err, "its journal can be read again")
			})
		}
	}
}

// requireOrder: each step begins once, ends at most once, and begins only when what it needs
// is done.
func requireOrder(t *testing.T, plan *planner.Plan, journal []state.Record) {
	t.Helper()
	began, ended := map[string]int{}, map[string]int{}
	for i, r := range journal {
		switch r.Type {
		case state.Begin:
			require.NotContains(t, began, r.Step)
			began[r.Step] = i
		case state.End, state.Continued:
			require.NotContains(t, ended, r.Step)
			ended[r.Step] = i
		}
	}
	for _, s := range plan.Steps {
		for _, need := range s.Needs {
			if at, ok := ended[need]; ok && began[s.ID] > 0 {
				require.Less(t, at, began[s.ID])
			}
		}
	}
}

// TestReplayDecidesTheSame: a core that read a journal decides what the core that wrote it
// decides next, but that what had begun is begun again.
func TestReplayDecidesTheSame(t *testing.T) {
	plan := sketch(t, rolling...)
	p := play(t, plan)
	p.fails["undrain:h2"] = true
	for p.decide() == nil {
		c, err := NewCore(plan, p.journal)
		require.NoError(t, err)
		var ids []string
		for _, task := range c.Decide(p.limit).Start {
			require.True(t, task.Resumed, "it had begun")
			ids = append(ids, task.Step.ID)
		}
		var running []string
		for _, task := range p.running {
			running = append(running, task.Step.ID)
		}
		require.ElementsMatch(t, running, ids, p.told())
		p.endOne()
	}
}

// TestReplayRefuses: a journal that cannot have come from this plan is an error that says why,
// so that a wrong plan or a damaged journal never runs.
func TestReplayRefuses(t *testing.T) {
	plan := sketch(t, "stage:h1 | undo", "activate:h1 < stage:h1 | undo", "promote < activate:h1", "finish < promote", "prune:h1 < finish")
	rec := func(typ state.RecordType, step string) state.Record { return state.Record{Type: typ, Step: step} }
	done := func(ids ...string) []state.Record {
		var all []state.Record
		for _, id := range ids {
			all = append(all, rec(state.Begin, id), rec(state.End, id))
		}
		return all
	}
	undoing := state.Record{Type: state.Undoing}
	tests := map[string]struct {
		journal []state.Record
		want    string
	}{
		"unknown step":       {[]state.Record{rec(state.Begin, "else")}, `begin of the step "else", which the plan does not have`},
		"unknown type":       {[]state.Record{rec("measured", "stage:h1")}, "not a type of record"},
		"too early":          {[]state.Record{rec(state.Begin, "activate:h1")}, "began before what it needs was done"},
		"twice":              {[]state.Record{rec(state.Begin, "stage:h1"), rec(state.Begin, "stage:h1")}, "began twice"},
		"end without begin":  {[]state.Record{rec(state.End, "stage:h1")}, "was not under way"},
		"end twice":          {append(done("stage:h1"), rec(state.End, "stage:h1")), "was not under way"},
		"failed after end":   {append(done("stage:h1"), rec(state.Failed, "stage:h1")), "was not under way"},
		"begin when undoing": {append(done("stage:h1"), undoing, rec(state.Begin, "activate:h1")), "after the decision to stop"},
		"end when undoing":   {[]state.Record{rec(state.Begin, "stage:h1"), undoing, rec(state.End, "stage:h1")}, "was not under way"},
		"undo undecided":     {append(done("stage:h1"), rec(state.UndoBegin, "stage:h1")), "without the decision"},
		"undo of nothing":    {[]state.Record{undoing, rec(state.UndoBegin, "stage:h1")}, "nothing to undo"},
		"undo end alone":     {append(done("stage:h1"), undoing, rec(state.UndoEnd, "stage:h1")), "out of order"},
		"undo begins twice": {append(done("stage:h1"), undoing, rec(state.UndoBegin, "stage:h1"), rec(state.UndoBegin, "stage:h1")),
			"out of order"},
		"undone twice": {append(done("stage:h1"), undoing, rec(state.UndoBegin, "stage:h1"), rec(state.UndoEnd, "stage:h1"),
			rec(state.UndoBegin, "stage:h1")), "nothing to undo"},
		"undoing twice":         {[]state.Record{undoing, undoing}, "while it is being undone"},
		"halted when undoing":   {[]state.Record{undoing, {Type: state.Halted}}, "while it is being undone"},
		"no consent":            {append(done("stage:h1", "activate:h1"), rec(state.Begin, "promote")), "without consent"},
		"consent to what works": {[]state.Record{rec(state.Consent, "stage:h1")}, "waits for nobody"},
		"after the end":         {[]state.Record{{Type: state.Finished}, rec(state.Begin, "stage:h1")}, "after the end"},
		"undoing a success": {append(append(done("stage:h1", "activate:h1"), rec(state.Consent, "promote")), append(done("promote"), undoing)...),
			"after the deployment has succeeded"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := NewCore(plan, test.journal)
			require.ErrorContains(t, err, test.want)
			require.ErrorContains(t, err, "the journal does not fit the plan")
		})
	}
}

// TestPlanThatCannotRun: steps that need what does not stand before them would never begin.
func TestPlanThatCannotRun(t *testing.T) {
	_, err := NewCore(sketch(t, "stage:h1 < stage:h2", "stage:h2"), nil)
	require.ErrorContains(t, err, "needs stage:h2, which does not stand before it")
	_, err = NewCore(sketch(t, "stage:h1", "stage:h1"), nil)
	require.ErrorContains(t, err, "two steps stage:h1")
}
