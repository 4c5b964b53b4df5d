package executor

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"rel/planner"
	"rel/state"
)

// rolling is one batch of two hosts with one slot each, with all that a deployment has.
var rolling = []string{
	"gate",
	"stage:h1 < gate | undo", "stage:h2 < gate | undo",
	"staged < stage:h1, stage:h2",
	"batch < staged | hold",
	"drain:h1 < batch | undo", "drain:h2 < batch | undo",
	"activate:h1 < drain:h1 | undo", "activate:h2 < drain:h2 | undo",
	"check:h1 < activate:h1", "check:h2 < activate:h2",
	"ready < check:h1, check:h2",
	"traffic:h1+h2 < ready | undo",
	"undrain:h1 < traffic:h1+h2 | undo", "undrain:h2 < traffic:h1+h2 | undo",
	"finish < undrain:h1, undrain:h2",
	"prune:h1 < finish | irreversible", "prune:h2 < finish | irreversible",
}

// TestCoreStories: for each way that a deployment can go, exactly what is journaled, in order.
func TestCoreStories(t *testing.T) {
	tests := map[string]struct {
		plan                    []string
		fails, undoFails, hangs []string
		limit                   int
		want                    []string
		outcome                 state.Outcome
		failed, reason          string
		live                    bool
		left                    []string
	}{
		"steps begin in the order of the plan, what is free at once": {
			plan: []string{"gate", "stage:h1 < gate", "stage:h2 < gate", "finish < stage:h1, stage:h2"},
			want: []string{"begin gate", "end gate", "begin stage:h1", "begin stage:h2", "end stage:h1", "end stage:h2",
				"finished succeeded"},
			outcome: state.Succeeded,
		},
		"no more than the limit at once": {
			plan:  []string{"stage:h1", "stage:h2", "stage:h3", "finish < stage:h1, stage:h2, stage:h3"},
			limit: 1,
			want: []string{"begin stage:h1", "end stage:h1", "begin stage:h2", "end stage:h2", "begin stage:h3", "end stage:h3",
				"finished succeeded"},
			outcome: state.Succeeded,
		},
		"a failure before anything live undoes what was staged": {
			plan:  []string{"stage:h1 | undo", "stage:h2 | undo", "staged < stage:h1, stage:h2", "activate:h1 < staged | undo", "finish < activate:h1"},
			fails: []string{"stage:h2"},
			want: []string{"begin stage:h1", "begin stage:h2", "end stage:h1", "failed stage:h2", "undoing (stage:h2 broke)",
				"undo_begin stage:h2", "undo_begin stage:h1", "undo_end stage:h2", "undo_end stage:h1", "finished aborted"},
			outcome: state.Aborted, failed: "stage:h2", reason: "stage:h2 broke",
		},
		"a failed check cancels the others that wait, and lets what works end": {
			plan: []string{"activate:h1 | undo", "check:h1 < activate:h1", "check:h2", "stage:h3 | undo", "pause",
				"finish < check:h1, check:h2, stage:h3, pause"},
			fails: []string{"check:h1"}, hangs: []string{"check:h2", "pause"},
			want: []string{"begin activate:h1", "begin check:h2", "begin stage:h3", "begin pause", "end activate:h1", "begin check:h1",
				"end stage:h3", "failed check:h1", "cancel check:h2", "cancel pause", "undoing (check:h1 broke)",
				"undo_begin stage:h3", "undo_begin activate:h1", "undo_end stage:h3", "undo_end activate:h1", "finished rolled_back"},
			outcome: state.RolledBack, failed: "check:h1", reason: "check:h1 broke", live: true,
		},
		"undo waits for all that needs a step, also through barriers and steps without undo": {
			plan: []string{"drain:h1 | undo", "activate:h1 < drain:h1 | undo", "check:h1 < activate:h1", "ready < check:h1",
				"traffic:h1 < ready | undo", "undrain:h1 < traffic:h1 | undo", "gate#2 < undrain:h1", "finish < gate#2"},
			fails: []string{"gate#2"},
			want: []string{"begin drain:h1", "end drain:h1", "begin activate:h1", "end activate:h1", "begin check:h1", "end check:h1",
				"begin traffic:h1", "end traffic:h1", "begin undrain:h1", "end undrain:h1", "begin gate#2", "failed gate#2",
				"undoing (gate#2 broke)", "undo_begin undrain:h1", "undo_end undrain:h1", "undo_begin traffic:h1", "undo_end traffic:h1",
				"undo_begin activate:h1", "undo_end activate:h1", "undo_begin drain:h1", "undo_end drain:h1", "finished rolled_back"},
			outcome: state.RolledBack, failed: "gate#2", reason: "gate#2 broke", live: true,
		},
		"halt stops: nothing is undone, nothing is finished": {
			plan:  []string{"activate:h1 | undo", "check:h1 < activate:h1 | halt", "finish < check:h1"},
			fails: []string{"check:h1"},
			want: []string{"begin activate:h1", "end activate:h1", "begin check:h1", "failed check:h1",
				"halted (check:h1 broke)"},
			outcome: state.Partial, failed: "check:h1", reason: "check:h1 broke", live: true,
		},
		"what cannot be undone makes a failure halt": {
			plan:    []string{"balancer | irreversible", "activate:h1 < balancer | undo", "finish < activate:h1"},
			fails:   []string{"activate:h1"},
			want:    []string{"begin balancer", "end balancer", "begin activate:h1", "failed activate:h1", "halted (activate:h1 broke)"},
			outcome: state.Partial, failed: "activate:h1", reason: "activate:h1 broke", live: true,
		},
		"continue goes on": {
			plan:    []string{"gate | continue", "stage:h1 < gate", "finish < stage:h1"},
			fails:   []string{"gate"},
			want:    []string{"begin gate", "continued gate", "begin stage:h1", "end stage:h1", "finished succeeded"},
			outcome: state.Succeeded,
		},
		"from finish on a failure changes nothing any more": {
			plan:  []string{"activate:h1 | undo", "finish < activate:h1", "prune:h1 < finish", "prune:h2 < finish"},
			fails: []string{"prune:h1"},
			want: []string{"begin activate:h1", "end activate:h1", "begin prune:h1", "begin prune:h2", "continued prune:h1", "end prune:h2",
				"finished succeeded"},
			outcome: state.Succeeded, live: true,
		},
		"past a lost host the rest is undone": {
			plan:  []string{"activate:h1 | undo", "activate:h2 | undo", "ready < activate:h1, activate:h2", "gate#2 < ready", "finish < gate#2"},
			fails: []string{"gate#2"}, undoFails: []string{"activate:h2"},
			want: []string{"begin activate:h1", "begin activate:h2", "end activate:h1", "end activate:h2", "begin gate#2", "failed gate#2",
				"undoing (gate#2 broke)", "undo_begin activate:h2", "undo_begin activate:h1", "undo_failed activate:h2", "undo_end activate:h1"},
			outcome: state.Partial, failed: "gate#2", reason: "gate#2 broke", live: true, left: []string{"activate:h2: activate:h2 broke"},
		},
		"a lost host's other steps stay as they are, and what they need is undone past them": {
			plan: []string{"stage:h1 | undo", "stage:h2 | undo", "staged < stage:h1, stage:h2", "drain:h1 < staged | undo", "drain:h2 < staged | undo",
				"activate:h1 < drain:h1 | undo", "activate:h2 < drain:h2 | undo", "gate#2 < activate:h1, activate:h2", "finish < gate#2"},
			fails: []string{"gate#2"}, undoFails: []string{"activate:h1"}, limit: 1,
			want: []string{"begin stage:h1", "end stage:h1", "begin stage:h2", "end stage:h2", "begin drain:h1", "end drain:h1",
				"begin drain:h2", "end drain:h2", "begin activate:h1", "end activate:h1", "begin activate:h2", "end activate:h2",
				"begin gate#2", "failed gate#2", "undoing (gate#2 broke)", "undo_begin activate:h2", "undo_end activate:h2",
				"undo_begin activate:h1", "undo_failed activate:h1", "undo_begin drain:h2", "undo_end drain:h2", "undo_begin stage:h2", "undo_end stage:h2"},
			outcome: state.Partial, failed: "gate#2", reason: "gate#2 broke", live: true, left: []string{"activate:h1: activate:h1 broke"},
		},
		"what was ready to be undone when its host was lost stays": {
			plan:  []string{"stop:h1 | undo", "activate:h1 | undo", "stage:h2 | undo", "gate#2 < stop:h1, activate:h1, stage:h2", "finish < gate#2"},
			fails: []string{"gate#2"}, undoFails: []string{"activate:h1"}, limit: 1,
			want: []string{"begin stop:h1", "end stop:h1", "begin activate:h1", "end activate:h1", "begin stage:h2", "end stage:h2",
				"begin gate#2", "failed gate#2", "undoing (gate#2 broke)", "undo_begin stage:h2", "undo_end stage:h2",
				"undo_begin activate:h1", "undo_failed activate:h1"},
			outcome: state.Partial, failed: "gate#2", reason: "gate#2 broke", live: true, left: []string{"activate:h1: activate:h1 broke"},
		},
		"not past a hold": {
			plan:  []string{"drain:h1 | undo", "batch#2 < drain:h1 | hold", "activate:h2 < batch#2 | undo", "gate#2 < activate:h2", "finish < gate#2"},
			fails: []string{"gate#2"}, undoFails: []string{"activate:h2"},
			want: []string{"begin drain:h1", "end drain:h1", "begin activate:h2", "end activate:h2", "begin gate#2", "failed gate#2",
				"undoing (gate#2 broke)", "undo_begin activate:h2", "undo_failed activate:h2"},
			outcome: state.Partial, failed: "gate#2", reason: "gate#2 broke", live: true, left: []string{"activate:h2: activate:h2 broke"},
		},
		"a failed undo without a host holds all before it": {
			plan:  []string{"stage:h1 | undo", "balancer < stage:h1 | undo", "gate#2 < balancer", "stage:h2 | undo", "finish < gate#2, stage:h2"},
			fails: []string{"gate#2"}, undoFails: []string{"balancer"},
			want: []string{"begin stage:h1", "begin stage:h2", "end stage:h1", "begin balancer", "end stage:h2", "end balancer",
				"begin gate#2", "failed gate#2", "undoing (gate#2 broke)", "undo_begin stage:h2", "undo_begin balancer", "undo_end stage:h2",
				"undo_failed balancer"},
			outcome: state.Partial, failed: "gate#2", reason: "gate#2 broke", live: true, left: []string{"balancer: balancer broke"},
		},
		"the weights of a lost host are left out": {
			plan:  []string{"activate:h2", "traffic:h1+h2 < activate:h2 | undo", "activate:h1 < traffic:h1+h2 | undo", "gate#2 < activate:h1", "finish < gate#2"},
			fails: []string{"gate#2"}, undoFails: []string{"activate:h1"},
			want: []string{"begin activate:h2", "end activate:h2", "begin traffic:h1+h2", "end traffic:h1+h2", "begin activate:h1", "end activate:h1",
				"begin gate#2", "failed gate#2", "undoing (gate#2 broke)", "undo_begin activate:h1", "undo_failed activate:h1",
				"undo_begin traffic:h1+h2", "undo_end traffic:h1+h2 left 1"},
			outcome: state.Partial, failed: "gate#2", reason: "gate#2 broke", live: true,
			left: []string{"activate:h1: activate:h1 broke", `traffic:h1+h2: the weights of [shop.web["h1"]/main:80], whose hosts are lost`},
		},
		"a plan of nothing succeeds": {want: []string{"finished succeeded"}, outcome: state.Succeeded},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := play(t, sketch(t, test.plan...))
			p.fails, p.undoFails, p.hangs = set(test.fails), set(test.undoFails), set(test.hangs)
			if test.limit > 0 {
				p.limit = test.limit
			}
			v := p.toEnd(t)
			require.Equal(t, lines(test.want...), p.told())
			require.Equal(t, Verdict{Outcome: test.outcome, Failed: test.failed, Reason: test.reason, Live: test.live, Left: test.left}, v)
		})
	}
}

func set(all []string) map[string]bool {
	m := map[string]bool{}
	for _, s := range all {
		m[s] = true
	}
	return m
}

// TestBarriersAreNotJournaled: they follow from what is, so they cost no record.
func TestBarriersAreNotJournaled(t *testing.T) {
	p := play(t, sketch(t, rolling...))
	require.Equal(t, state.Succeeded, p.toEnd(t).Outcome)
	for _, r := range p.journal {
		require.NotContains(t, []string{"staged", "batch", "ready", "finish"}, r.Step)
	}
}

// TestPromotion: where nothing else can run the process ends with the step that waits, and
// consent, in this process or another, lets it go on.
func TestPromotion(t *testing.T) {
	plan := sketch(t, "activate:h1 | undo", "promote < activate:h1", "stage:h2", "stop:h1 < promote | undo", "finish < stop:h1, stage:h2")
	p := play(t, plan)
	require.Equal(t, Verdict{Waiting: "promote", Live: true}, p.toEnd(t))
	require.Equal(t, Verdict{Waiting: "promote", Live: true}, p.toEnd(t), "asked again, it still waits")
	require.Equal(t, "promote", p.core.Waiting())

	t.Run("another process waits too", func(t *testing.T) {
		require.Equal(t, "promote", play(t, plan, p.journal...).toEnd(t).Waiting)
	})
	t.Run("consent", func(t *testing.T) {
		q := play(t, plan, p.journal...)
		q.core.Handle(Consent{Step: "promote", By: "ana"})
		require.Equal(t, state.Succeeded, q.toEnd(t).Outcome)
		require.Equal(t, lines("consent promote", "begin promote", "end promote", "begin stop:h1", "end stop:h1", "finished succeeded"), q.told())
		require.Equal(t, "ana", q.journal[len(p.journal)].By)
	})
	t.Run("consent that is durable counts in the next process", func(t *testing.T) {
		consent := state.Record{Type: state.Consent, Step: "promote", By: "ana"}
		require.Equal(t, state.Succeeded, play(t, plan, append(p.journal[:len(p.journal):len(p.journal)], consent)...).toEnd(t).Outcome)
	})
	t.Run("going back needs no consent", func(t *testing.T) {
		q := play(t, plan, p.journal...)
		q.core.Handle(Rollback{Reason: "enough"})
		require.Equal(t, state.RolledBack, q.toEnd(t).Outcome)
	})
	t.Run("consent to what does not wait changes nothing", func(t *testing.T) {
		q := play(t, plan, p.journal...)
		q.core.Handle(Consent{Step: "stop:h1", By: "ana"})
		require.Equal(t, "promote", q.toEnd(t).Waiting)
	})
}

// TestInterrupt: nothing new begins, a pause ends at once, what works is let end; the next
// process goes on, and the pause knows when it began.
func TestInterrupt(t *testing.T) {
	plan := sketch(t, "pause", "stage:h1", "check:h2", "activate:h1 < stage:h1", "finish < pause, activate:h1, check:h2")
	p := play(t, plan)
	p.hangs["pause"] = true
	require.Nil(t, p.decide())
	p.core.Handle(Interrupt{})
	require.Equal(t, Verdict{Interrupted: true}, p.toEnd(t))
	require.Equal(t, lines("begin pause", "begin stage:h1", "begin check:h2", "cancel pause", "end stage:h1", "end check:h2"), p.told())

	began := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	p.journal[0].Time = began
	q := play(t, plan, p.journal...)
	require.Nil(t, q.decide())
	require.Len(t, q.running, 2)
	require.True(t, q.running[0].Resumed)
	require.Equal(t, &began, q.running[0].Began)
	require.False(t, q.running[1].Resumed, "it had not begun")
	require.Equal(t, state.Succeeded, q.toEnd(t).Outcome)
	require.Equal(t, lines("begin activate:h1", "end pause", "end activate:h1", "finished succeeded"), q.told(), "a step that had begun does not begin twice")
}

// TestInterruptWhileUndoing: the way back stops too, and the next process goes on with it.
func TestInterruptWhileUndoing(t *testing.T) {
	plan := sketch(t, "stage:h1 | undo", "activate:h1 < stage:h1 | undo", "gate#2 < activate:h1", "finish < gate#2")
	p := play(t, plan)
	p.fails["gate#2"] = true
	for !p.core.Undoing() || len(p.running) == 0 {
		require.Nil(t, p.decide())
		if !p.core.Undoing() || p.core.undo == nil {
			p.endOne()
		}
	}
	p.core.Handle(Interrupt{})
	v := p.toEnd(t)
	require.True(t, v.Interrupted)
	require.Equal(t, "undo_end activate:h1", p.story[len(p.story)-1])

	q := play(t, plan, p.journal...)
	require.True(t, q.core.Undoing())
	require.Equal(t, Verdict{Outcome: state.RolledBack, Failed: "gate#2", Reason: "gate#2 broke", Live: true}, q.toEnd(t))
	require.Equal(t, lines("undo_begin stage:h1", "undo_end stage:h1", "finished rolled_back"), q.told())
}

// TestInterruptAfterFailure: the decision to undo is left to the next process, which makes it
// at once.
func TestInterruptAfterFailure(t *testing.T) {
	plan := sketch(t, "activate:h1 | undo", "gate#2", "finish < gate#2, activate:h1")
	p := play(t, plan)
	p.fails["gate#2"] = true
	require.Nil(t, p.decide())
	p.core.Handle(Interrupt{})
	require.True(t, p.toEnd(t).Interrupted)
	q := play(t, plan, p.journal...)
	require.Equal(t, state.RolledBack, q.toEnd(t).Outcome)
	require.Equal(t, lines("undoing (gate#2 broke)", "undo_begin activate:h1", "undo_end activate:h1", "finished rolled_back"), q.told())
}

// TestRollback: a person asks for the way back at every point of a deployment.
func TestRollback(t *testing.T) {
	plan := sketch(t, rolling...)
	whole := play(t, plan)
	require.Equal(t, state.Succeeded, whole.toEnd(t).Outcome)
	for n := range len(whole.journal) {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			p := play(t, plan, whole.journal[:n]...)
			succeeded := p.core.Succeeded()
			p.core.Handle(Rollback{Reason: "enough"})
			v := p.toEnd(t)
			if succeeded {
				require.Equal(t, state.Succeeded, v.Outcome, "from finish on it is finished")
				return
			}
			require.Contains(t, []state.Outcome{state.RolledBack, state.Aborted}, v.Outcome)
			require.Equal(t, v.Live, v.Outcome == state.RolledBack)
			require.Equal(t, "enough", v.Reason)
			requireUndone(t, plan, p.journal)
		})
	}
}

// requireUndone: all that had begun and has an undo was undone once, after all that needs it.
func requireUndone(t *testing.T, plan *planner.Plan, journal []state.Record) {
	t.Helper()
	begun, undone := map[string]bool{}, map[string]int{}
	for i, r := range journal {
		switch r.Type {
		case state.Begin:
			begun[r.Step] = true
		case state.UndoEnd:
			require.NotContains(t, undone, r.Step, "undone twice")
			undone[r.Step] = i
		}
	}
	for _, s := range plan.Steps {
		if begun[s.ID] && !s.Undo.None() {
			require.Contains(t, undone, s.ID)
		}
		for _, need := range s.Needs {
			if _, both := undone[need]; both && undone[s.ID] > 0 {
				require.Less(t, undone[s.ID], undone[need], "%s before %s", s.ID, need)
			}
		}
	}
}

// TestRollbackRacesFinish: asked for while the last step runs that then ends well, the
// deployment has succeeded, in this process as in one that reads the journal.
func TestRollbackRacesFinish(t *testing.T) {
	plan := sketch(t, "activate:h1 | undo", "finish < activate:h1", "prune:h1 < finish")
	p := play(t, plan)
	require.Nil(t, p.decide())
	p.core.Handle(Rollback{Reason: "enough"})
	require.Equal(t, state.Succeeded, p.toEnd(t).Outcome)
	require.Equal(t, state.Succeeded, play(t, plan, p.journal[:2]...).toEnd(t).Outcome)
}

// TestHaltedGoesOn: a person who runs the same command again has looked: what failed is tried
// again; or rel rollback undoes it.
func TestHaltedGoesOn(t *testing.T) {
	plan := sketch(t, "activate:h1 | undo", "check:h1 < activate:h1 | halt", "finish < check:h1")
	p := play(t, plan)
	p.fails["check:h1"] = true
	require.Equal(t, state.Partial, p.toEnd(t).Outcome)

	again := play(t, plan, p.journal...)
	require.Equal(t, state.Succeeded, again.toEnd(t).Outcome)
	require.Equal(t, lines("resumed ", "end check:h1", "finished succeeded"), again.told())
	require.Equal(t, state.Succeeded, play(t, plan, again.journal...).toEnd(t).Outcome, "and the journal of that can be read")
	resumed := append(p.journal[:len(p.journal):len(p.journal)], state.Record{Type: state.Resumed})
	require.Equal(t, "end check:h1\nfinished succeeded", func() string { q := play(t, plan, resumed...); q.toEnd(t); return q.told() }(),
		"where the caller recorded who goes on, that is not recorded again")

	back := play(t, plan, p.journal...)
	back.core.Handle(Rollback{Reason: "enough"})
	require.Equal(t, state.RolledBack, back.toEnd(t).Outcome)
}

// TestPartialTriesAgain: another process tries the lost hosts anew, sets only the weights that
// were left out, and ends in the former world.
func TestPartialTriesAgain(t *testing.T) {
	plan := sketch(t, "traffic:h1+h2 | undo", "activate:h1 < traffic:h1+h2 | undo", "activate:h2 < traffic:h1+h2 | undo",
		"gate#2 < activate:h1, activate:h2", "finish < gate#2")
	p := play(t, plan)
	p.fails["gate#2"], p.undoFails["activate:h1"] = true, true
	require.Equal(t, state.Partial, p.toEnd(t).Outcome)

	q := play(t, plan, p.journal...)
	require.Nil(t, q.decide())
	require.Equal(t, "undo_begin activate:h1", q.told(), "what is undone is not undone twice")
	q.endOne()
	require.Nil(t, q.decide())
	require.Equal(t, map[string]int{serverOf("h1"): 100}, q.running[0].Weights)
	require.Equal(t, state.RolledBack, q.toEnd(t).Outcome)
	require.Equal(t, lines("undo_begin activate:h1", "undo_end activate:h1", "undo_begin traffic:h1+h2", "undo_end traffic:h1+h2",
		"finished rolled_back"), q.told())
}

// TestSick: the undo of a slot that was sick when the deployment began is told not to wait.
func TestSick(t *testing.T) {
	plan := sketch(t, "activate:h1 | undo", "activate:h2 | undo", "gate#2 < activate:h1, activate:h2", "finish < gate#2")
	p := play(t, plan, state.Record{Type: state.Sick, Slots: []string{`shop.web["h1"]/main`}})
	p.fails["gate#2"] = true
	sick := map[string]bool{}
	for p.decide() == nil {
		for _, task := range p.running {
			if task.Undo {
				sick[task.Step.ID] = task.Sick
			}
		}
		p.endOne()
	}
	require.Equal(t, map[string]bool{"activate:h1": true, "activate:h2": false}, sick)
}

// TestLocalInstancesAreHostsOfTheirOwn: on a local target a lost instance is not a lost
// machine; on hosts that are shared it is.
func TestLocalInstancesAreHostsOfTheirOwn(t *testing.T) {
	plan := sketch(t, "stage:h1", "drain:h1", "traffic:h1")
	g, err := newGraph(plan)
	require.NoError(t, err)
	require.Equal(t, []string{`shop.web["h1"]`, `shop.web["h1"]`, ""}, g.hosts)
	plan.Targets[0].Type = "ssh"
	g, err = newGraph(plan)
	require.NoError(t, err)
	require.Equal(t, []string{"h1", "h1", ""}, g.hosts)
}

// TestHandleIgnoresStrangers: what does not run here is not the core's business.
func TestHandleIgnoresStrangers(t *testing.T) {
	plan := sketch(t, "stage:h1", "stage:h2 < stage:h1", "finish < stage:h2")
	p := play(t, plan)
	p.core.Handle(StepDone{Task: Task{Step: &plan.Steps[1]}})
	p.core.Handle(StepDone{Task: Task{Step: &planner.Step{ID: "else"}}})
	require.Equal(t, state.Succeeded, p.toEnd(t).Outcome)
	require.Equal(t, lines("begin stage:h1", "end stage:h1", "begin stage:h2", "end stage:h2", "finished succeeded"), p.told())
}
