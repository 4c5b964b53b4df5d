package executor

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"rel/balancer"
	"rel/planner"
	"rel/platform"
	"rel/platform/simulated"
	"rel/state"
)

// sketch makes a plan from lines such as
//
//	activate:h1 < stage:h1, prepared | undo, hold
//
// The id's part before the colon is the kind, the part after it the host of its instance
// (traffic: the hosts of its servers, joined by +). What stands after | are traits.
func sketch(t testing.TB, lines ...string) *planner.Plan {
	t.Helper()
	p := &planner.Plan{
		FormatVersion: planner.FormatVersion,
		Targets:       []planner.Target{{Name: "here", Type: "local"}},
		Balancers:     []planner.Balancer{{Name: "edge", Type: "embedded"}},
	}
	for _, line := range lines {
		p.Steps = append(p.Steps, sketchStep(t, line))
	}
	return p
}

func sketchStep(t testing.TB, line string) planner.Step {
	t.Helper()
	rest, traits, _ := strings.Cut(line, "|")
	id, needs, _ := strings.Cut(rest, "<")
	id = strings.TrimSpace(id)
	kind, host, _ := strings.Cut(id, ":")
	kind, _, _ = strings.Cut(kind, "#")
	s := planner.Step{ID: id, Address: host, OnFailure: planner.OnFailureRollback, Idempotent: planner.Repeat}
	s.Kind, s.Args = sketchArgs(t, kind, host)
	s.Needs = words(needs)
	for _, trait := range words(traits) {
		sketchTrait(t, &s, trait, host)
	}
	return s
}

func words(list string) []string {
	var all []string
	for w := range strings.SplitSeq(list, ",") {
		if w = strings.TrimSpace(w); w != "" {
			all = append(all, w)
		}
	}
	return all
}

func at(host string) platform.Address {
	return platform.Address{Release: "shop", Service: "web", Key: host}
}

func serverOf(host string) string { return balancer.ServerID(at(host), platform.Main, 80) }

func weightsOf(hosts string, weight int) map[string]int {
	w := map[string]int{}
	for h := range strings.SplitSeq(hosts, "+") {
		w[serverOf(h)] = weight
	}
	return w
}

func sketchArgs(t testing.TB, kind, host string) (planner.Kind, planner.Args) {
	t.Helper()
	a := at(host)
	switch kind {
	case "gate":
		return planner.KindGate, &planner.Gate{}
	case "stage":
		return planner.KindStage, &planner.Stage{Target: "here", Instance: a, Revision: webRevision.Name()}
	case "activate":
		return planner.KindActivate, &planner.Activate{Target: "here", Instance: a, Slot: platform.Main, Port: 80, Revision: webRevision.Name()}
	case "check":
		return planner.KindCheck, &planner.Check{Target: "here", Instance: a, Slot: platform.Main, Checks: "web"}
	case "stop":
		return planner.KindStop, &planner.Stop{Target: "here", Instance: a, Slot: platform.Main}
	case "prune":
		return planner.KindPrune, &planner.Prune{Target: "here", Instance: a}
	case "drain":
		return planner.KindDrain, &planner.Drain{Balancer: "edge", Server: serverOf(host)}
	case "undrain":
		return planner.KindUndrain, &planner.Undrain{Balancer: "edge", Server: serverOf(host)}
	case "traffic":
		return planner.KindTraffic, &planner.Traffic{Balancer: "edge", Weights: weightsOf(host, 50)}
	case "balancer":
		return planner.KindBalancer, &planner.EnsureBalancer{Balancer: "edge"}
	case "pause":
		return planner.KindPause, &planner.Pause{For: seconds(3600), Reason: "canary"}
	case "promote":
		return planner.KindPause, &planner.Pause{Promote: true}
	}
	return planner.KindBarrier, &planner.Barrier{}
}

func sketchTrait(t testing.TB, s *planner.Step, trait, host string) {
	t.Helper()
	switch trait {
	case "hold":
		s.Hold = true
	case "halt":
		s.OnFailure = planner.OnFailureHalt
	case "continue":
		s.OnFailure = planner.OnFailureContinue
	case "irreversible":
		s.Undo.Irreversible = "it is gone"
	case "undo":
		s.Undo = sketchUndo(s.Kind, host)
	default:
		require.Fail(t, "unknown trait "+trait)
	}
}

func sketchUndo(kind planner.Kind, host string) planner.Undo {
	a := at(host)
	switch kind {
	case planner.KindStage:
		return planner.Undo{Unstage: &planner.Unstage{Target: "here", Instance: a, Revision: webRevision.Name()}}
	case planner.KindActivate, planner.KindStop:
		before := platform.Slot{Revision: oldRevision.Name(), Port: 80, Running: true, Enabled: true,
			Unit: simulated.Unit(platform.Main, oldRevision.Name(), 80)}
		return planner.Undo{Slot: &planner.RestoreSlot{Target: "here", Instance: a, Slot: platform.Main, Before: before, Checks: "web"}}
	case planner.KindDrain, planner.KindUndrain:
		return planner.Undo{Flag: &planner.RestoreFlag{Balancer: "edge", Server: serverOf(host), Drained: kind == planner.KindUndrain}}
	case planner.KindTraffic:
		return planner.Undo{Weights: &planner.RestoreWeights{Balancer: "edge", Weights: weightsOf(host, 100)}}
	}
	return planner.Undo{Balancer: &planner.RestoreBalancer{Balancer: "edge"}}
}

// player plays the world to a core: it ends one task after another, in the order in which
// they began, and writes down what happens.
type player struct {
	core      *Core
	limit     int
	fails     map[string]bool // steps
	undoFails map[string]bool
	hangs     map[string]bool // steps that end only when they are told to
	running   []Task
	journal   []state.Record
	story     []string
}

func play(t testing.TB, plan *planner.Plan, journal ...state.Record) *player {
	t.Helper()
	c, err := NewCore(plan, journal)
	require.NoError(t, err)
	return &player{core: c, limit: 100, journal: slices.Clone(journal),
		fails: map[string]bool{}, undoFails: map[string]bool{}, hangs: map[string]bool{}}
}

// toEnd goes on until the core says that this process is done.
func (p *player) toEnd(t testing.TB) Verdict {
	t.Helper()
	for range 10 * (len(p.core.steps) + 10) {
		if v := p.decide(); v != nil {
			require.Empty(t, p.running, "done while something runs")
			return *v
		}
		if !p.endOne() {
			require.Fail(t, "nothing ends any more", strings.Join(p.story, "\n"))
		}
	}
	require.Fail(t, "no end", strings.Join(p.story, "\n"))
	return Verdict{}
}

func (p *player) decide() *Verdict {
	d := p.core.Decide(p.limit)
	for _, r := range d.Records {
		r.Seq = int64(len(p.journal) + 1)
		p.journal = append(p.journal, r)
		p.story = append(p.story, line(r))
	}
	p.running = append(p.running, d.Start...)
	for _, t := range d.Cancel {
		p.story = append(p.story, "cancel "+t.Step.ID)
		delete(p.hangs, t.Step.ID)
		p.end(t.Step.ID, StepCancelled{Task: t})
	}
	if len(d.Cancel) > 0 && d.Done == nil {
		return p.decide()
	}
	return d.Done
}

// endOne ends the first running task that does not hang.
func (p *player) endOne() bool {
	for _, t := range p.running {
		if t.Undo || !p.hangs[t.Step.ID] {
			p.end(t.Step.ID, p.endingOf(t))
			return true
		}
	}
	return false
}

func (p *player) endingOf(t Task) Occurrence {
	if t.Undo && p.undoFails[t.Step.ID] || !t.Undo && p.fails[t.Step.ID] {
		return StepFailed{Task: t, Err: t.Step.ID + " broke"}
	}
	return StepDone{Task: t}
}

func (p *player) end(id string, o Occurrence) {
	for i, t := range p.running {
		if t.Step.ID == id {
			p.running = append(p.running[:i:i], p.running[i+1:]...)
			break
		}
	}
	p.core.Handle(o)
}

// line writes a record in a few words.
func line(r state.Record) string {
	s := string(r.Type)
	switch r.Type {
	case state.Finished:
		return s + " " + string(r.Outcome)
	case state.Undoing, state.Halted:
		return s + " (" + r.Error + ")"
	}
	s += " " + r.Step
	if len(r.Left) > 0 {
		s += fmt.Sprintf(" left %d", len(r.Left))
	}
	return s
}

// told gives the story as it is compared: a line a record.
func (p *player) told() string { return strings.Join(p.story, "\n") }

func lines(all ...string) string { return strings.Join(all, "\n") }
