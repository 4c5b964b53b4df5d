package executor

import (
	"testing"

	"github.com/stretchr/testify/require"

	"rel/planner"
	"rel/state"
)

// FuzzReplay: whatever a journal holds, it is refused or it can be gone on with to an end; the
// journal of that end can be read again and says the same.
func FuzzReplay(f *testing.F) {
	plan := sketch(f, "stage:h1 | undo", "activate:h1 < stage:h1 | undo, hold", "traffic:h1+h2 < activate:h1 | undo",
		"promote < traffic:h1+h2", "check:h2 < promote | halt", "finish < check:h2", "prune:h1 < finish")
	f.Add([]byte{2, 0, 3, 0, 2, 1})
	f.Add([]byte{2, 0, 3, 0, 2, 1, 4, 1, 7, 0, 9, 1, 10, 1, 9, 0})
	f.Add([]byte{2, 0, 3, 0, 2, 1, 3, 1, 2, 2, 3, 2, 6, 3, 2, 3, 3, 3, 2, 4, 4, 4, 8, 0, 12, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		records := scrawl(plan, data)
		c, err := NewCore(plan, records)
		if err != nil {
			return
		}
		p := play(t, plan, records...)
		p.core = c
		v := p.toEnd(t)
		if v.Waiting != "" {
			p.core.Handle(Consent{Step: v.Waiting, By: "ana"})
			v = p.toEnd(t)
		}
		require.NotEmpty(t, v.Outcome)
		again, err := NewCore(plan, p.journal)
		require.NoError(t, err, p.told())
		if v.Outcome != state.Partial {
			require.Equal(t, v.Outcome, again.Decide(1).Done.Outcome)
		}
	})
}

// scrawl makes records of bytes: a type, then a step.
func scrawl(plan *planner.Plan, data []byte) []state.Record {
	types := []state.RecordType{state.Opened, state.Sick, state.Begin, state.End, state.Failed, state.Continued, state.Consent,
		state.Undoing, state.Halted, state.UndoBegin, state.UndoEnd, state.UndoFailed, state.Resumed}
	var records []state.Record
	for i := 0; i+1 < len(data); i += 2 {
		step := plan.Steps[int(data[i+1])%len(plan.Steps)]
		r := state.Record{Type: types[int(data[i])%len(types)], Step: step.ID}
		if data[i] > 128 && step.Undo.Weights != nil && r.Type == state.UndoEnd {
			r.Left = []string{serverOf("h1")}
		}
		records = append(records, r)
	}
	return records
}
