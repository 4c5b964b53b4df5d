package executor

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"rel/planner"
	"rel/state"
)

// wayBack says which steps may be undone now by looking at all of them again each time: the
// rules of undoing as they are written, against which the core's counters are held.
type wayBack struct {
	plan          *planner.Plan
	hosts         []string
	begun, undone map[string]bool
	running       map[string]bool
	gaveUp        map[string]fate
	lost          map[string]bool
	dependents    map[string][]int
}

// state of a step and of all that needs it.
func (w *wayBack) state(i int) fate {
	id := w.plan.Steps[i].ID
	own := open
	switch f, gave := w.gaveUp[id]; {
	case w.undone[id] || !w.begun[id]:
		own = gone
	case gave:
		own = f
	}
	return max(own, w.behind(i))
}

func (w *wayBack) behind(i int) fate {
	worst := gone
	for _, d := range w.dependents[w.plan.Steps[i].ID] {
		worst = max(worst, w.state(d))
	}
	return worst
}

// ready gives the steps whose undo may begin; it gives up those that it must, and counts as
// undone those that have nothing to undo.
func (w *wayBack) ready() []string {
	for {
		var ready []string
		again := false
		for i := len(w.plan.Steps) - 1; i >= 0; i-- {
			s := &w.plan.Steps[i]
			_, gave := w.gaveUp[s.ID]
			if !w.begun[s.ID] || w.undone[s.ID] || gave || w.running[s.ID] || w.behind(i) == open {
				continue
			}
			behind, none := w.behind(i), s.Undo.None()
			switch {
			case behind == held:
				w.gaveUp[s.ID], again = held, true
			case w.lost[w.hosts[i]]:
				w.gaveUp[s.ID], again = passed, true
			case behind == passed && s.Hold:
				w.gaveUp[s.ID], again = held, true
			case behind == passed && none:
				w.gaveUp[s.ID], again = passed, true
			case none:
				w.undone[s.ID], again = true, true
			default:
				ready = append(ready, s.ID)
			}
		}
		if !again {
			return ready
		}
	}
}

// randomPlan makes a plan of needs, hosts, holds and undo as they fall.
func randomPlan(t *testing.T, r *rand.Rand) *planner.Plan {
	var all []string
	var ids []string
	for i := range 3 + r.IntN(14) {
		kind := []string{"activate", "stop", "drain", "traffic", "balancer", "check", "barrier", "gate"}[r.IntN(8)]
		host := fmt.Sprintf("h%d", r.IntN(3))
		id := fmt.Sprintf("%s#%d:%s", kind, i, host)
		if kind == "traffic" {
			id += "+h2"
		}
		var needs, traits []string
		for _, earlier := range ids {
			if r.IntN(4) == 0 {
				needs = append(needs, earlier)
			}
		}
		if kind != "check" && kind != "barrier" && kind != "gate" && r.IntN(5) > 0 {
			traits = append(traits, "undo")
		}
		if r.IntN(5) == 0 {
			traits = append(traits, "hold")
		}
		ids = append(ids, id)
		all = append(all, id+" < "+strings.Join(needs, ",")+"|"+strings.Join(traits, ","))
	}
	return sketch(t, all...)
}

// TestUndoIsAsWritten: whatever the plan, however far it came and whatever fails on the way
// back, the core undoes exactly what the rules allow, at the moment they allow it.
func TestUndoIsAsWritten(t *testing.T) {
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 1))
		plan := randomPlan(t, r)
		p := play(t, plan)
		if !goSomeWay(p, r) {
			continue
		}
		w := reference(p)
		for {
			v := p.decide()
			requireSameReady(t, seed, p, w)
			if v != nil {
				break
			}
			endRandomUndo(p, w, r)
		}
		require.Equal(t, len(w.gaveUp) > 0, p.core.course != finished, "seed %d: partial or not", seed)
		q := play(t, plan, p.journal...)
		require.Contains(t, []state.Outcome{state.RolledBack, state.Aborted}, q.toEnd(t).Outcome, "seed %d: with the hosts back it ends", seed)
		requireWhollyUndone(t, seed, plan, q.journal)
	}
}

// goSomeWay goes ahead for a while and then asks for the way back, all that ran having ended;
// not ok: it was at its end already.
func goSomeWay(p *player, r *rand.Rand) (ok bool) {
	for range r.IntN(2 * len(p.core.steps)) {
		if p.decide() != nil {
			return false
		}
		p.endOne()
	}
	p.core.Handle(Rollback{Reason: "enough"})
	for p.endOne() {
	}
	return true
}

func reference(p *player) *wayBack {
	c := p.core
	w := &wayBack{plan: &planner.Plan{Steps: c.steps}, hosts: c.hosts, begun: map[string]bool{}, undone: map[string]bool{},
		running: map[string]bool{}, gaveUp: map[string]fate{}, lost: map[string]bool{}, dependents: map[string][]int{}}
	for i := range c.steps {
		w.begun[c.steps[i].ID] = c.status[i] != pending
		w.dependents[c.steps[i].ID] = c.dependents[i]
	}
	return w
}

func requireSameReady(t *testing.T, seed uint64, p *player, w *wayBack) {
	t.Helper()
	for _, id := range w.ready() {
		w.running[id] = true
	}
	running := map[string]bool{}
	for _, task := range p.running {
		running[task.Step.ID] = true
	}
	require.Equal(t, w.running, running, "seed %d\n%s", seed, p.told())
}

func endRandomUndo(p *player, w *wayBack, r *rand.Rand) {
	task := p.running[r.IntN(len(p.running))]
	id, host := task.Step.ID, p.core.hosts[p.core.index[task.Step.ID]]
	delete(w.running, id)
	if r.IntN(6) == 0 {
		p.end(id, StepFailed{Task: task, Err: "broke"})
		w.gaveUp[id] = held
		if host != "" {
			w.gaveUp[id], w.lost[host] = passed, true
		}
		return
	}
	p.end(id, StepDone{Task: task})
	if u := task.Step.Undo.Weights; u != nil && len(task.Weights) < len(u.Weights) {
		w.gaveUp[id] = passed
		return
	}
	w.undone[id] = true
}

// requireWhollyUndone: each step that had begun and has an undo was undone, in whichever process,
// once and wholly.
func requireWhollyUndone(t *testing.T, seed uint64, plan *planner.Plan, journal []state.Record) {
	t.Helper()
	begun, undone := map[string]bool{}, map[string]int{}
	for _, r := range journal {
		begun[r.Step] = begun[r.Step] || r.Type == state.Begin
		if r.Type == state.UndoEnd && len(r.Left) == 0 {
			undone[r.Step]++
		}
	}
	for _, s := range plan.Steps {
		if begun[s.ID] && !s.Undo.None() {
			require.Equal(t, 1, undone[s.ID], "seed %d: %s", seed, s.ID)
		}
	}
}
