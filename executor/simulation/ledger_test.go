package simulation

import (
	"rel/executor"
	"rel/planner"
	"rel/state"
)

// ledger is a journal, and what it says: which steps may begin.
type ledger struct {
	records []state.Record
	begun   map[string]bool
	ended   map[string]bool // done, or failed and gone on
	undo    map[string]bool // of which the undo has begun
	steps   map[string]*planner.Step
}

func newLedger(plan *planner.Plan) ledger {
	l := ledger{begun: map[string]bool{}, ended: map[string]bool{}, undo: map[string]bool{}, steps: map[string]*planner.Step{}}
	for i := range plan.Steps {
		l.steps[plan.Steps[i].ID] = &plan.Steps[i]
	}
	return l
}

func (l *ledger) append(r state.Record) {
	r.Seq = int64(len(l.records) + 1)
	l.records = append(l.records, r)
	switch r.Type {
	case state.Begin:
		l.begun[r.Step] = true
	case state.End, state.Continued:
		l.ended[r.Step] = true
	case state.UndoBegin:
		l.undo[r.Step] = true
	}
}

// finished says that the deployment has ended.
func (l *ledger) finished() bool {
	return len(l.records) > 0 && l.records[len(l.records)-1].Type == state.Finished
}

// mayStart: a task's begin is durable, and the end of what it needs; what has ended does not
// run again.
func (l *ledger) mayStart(t executor.Task) error {
	id := t.Step.ID
	switch {
	case t.Undo && !l.undo[id]:
		return violated(wrongRecords, "the undo of %s starts, and no durable record says so", id)
	case t.Undo:
		return nil
	case !l.begun[id]:
		return violated(wrongRecords, "%s starts, and no durable record says so", id)
	case l.ended[id]:
		return violated(wrongRecords, "%s starts, and a durable record says that it is done", id)
	}
	for _, need := range t.Step.Needs {
		if !l.done(need) {
			return violated(wrongRecords, "%s starts, and no durable record says that %s, which it needs, is done", id, need)
		}
	}
	return nil
}

// done says whether a step's end is durable; a barrier's, that of all before it.
func (l *ledger) done(id string) bool {
	s := l.steps[id]
	if l.ended[id] || s.Kind != planner.KindBarrier {
		return l.ended[id]
	}
	for _, need := range s.Needs {
		if !l.done(need) {
			return false
		}
	}
	l.ended[id] = true
	return true
}
