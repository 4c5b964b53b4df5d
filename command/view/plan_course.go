package view

import (
	"fmt"
	"strings"
	"time"

	"rel/planner"
	"rel/platform"
)

// howItGoes draws the course of a plan, a line a part, as the steps have it.
func howItGoes(s Style, b *strings.Builder, p *planner.Plan, impact planner.Impact) {
	fmt.Fprintf(b, "%s\n", s.beside(s.bold("How it goes"), between(time.Duration(impact.MinDuration), time.Duration(impact.MaxDuration))))
	for _, line := range courseOf(p) {
		fmt.Fprintf(b, "  %s %s\n", pad(line.phase, 10), line.text)
	}
}

// courseLine is a part of the course.
type courseLine struct{ phase, text string }

// courseOf folds steps into what a person wants to know, in the order in which each begins.
func courseOf(p *planner.Plan) (lines []courseLine) {
	staged := countSteps(p, planner.KindStage)
	if staged > 0 {
		lines = append(lines, courseLine{"prepare", "stage on " + Count(staged, "instance")})
	}
	for _, r := range p.World.Releases {
		for _, svc := range r.Services {
			lines = append(lines, serviceCourse(p, r, svc)...)
		}
	}
	if text := finishText(p); text != "" {
		lines = append(lines, courseLine{"finish", text})
	}
	if len(lines) == 0 {
		lines = append(lines, courseLine{"steps", stepsText(p)})
	}
	return lines
}

// stepsText names the steps of a plan that starts and stops nothing.
func stepsText(p *planner.Plan) string {
	var texts []string
	for i := range p.Steps {
		if text := stepText(&p.Steps[i]); text != "" && p.Steps[i].Kind != planner.KindGate {
			texts = append(texts, text)
		}
	}
	if len(texts) > 4 {
		texts = append(texts[:3:3], fmt.Sprintf("… (%d)", len(texts)))
	}
	return strings.Join(texts, "; ")
}

func countSteps(p *planner.Plan, kind planner.Kind) (n int) {
	for i := range p.Steps {
		if p.Steps[i].Kind == kind {
			n++
		}
	}
	return n
}

// serviceCourse is how one service goes: what starts where, then how traffic moves.
func serviceCourse(p *planner.Plan, r planner.Release, svc planner.Service) (lines []courseLine) {
	name := r.Name + "." + svc.Name
	started := startedSlots(p, name)
	for _, st := range started {
		text := fmt.Sprintf("%s on %s", startLabel(name, st.slot), keysText(st.keys))
		if st.restarted {
			text = fmt.Sprintf("%s %s in place on %s", st.verb(), name, keysText(st.keys))
		}
		if batches := batchText(r.Strategy, svc, st); batches != "" && !isNew(p, name) {
			text += ", " + batches
		}
		lines = append(lines, courseLine{"deploy", text + "; healthy for " + Duration(time.Duration(r.Strategy.MinHealthyTime))})
	}
	if text := trafficText(p, p.World.BalancerOf(svc)); len(started) > 0 && text != "" {
		lines = append(lines, courseLine{"traffic", text})
	}
	return lines
}

// isNew says that nothing of a service is there yet: its strategy is skipped.
func isNew(p *planner.Plan, service string) bool {
	for _, c := range p.Changes {
		if a, err := platform.ParseAddress(c.Address); err == nil && a.ServiceName() == service && c.FromSlot != "" {
			return false
		}
	}
	return true
}

// startedSlot is where a service's activations go.
type startedSlot struct {
	slot      string
	keys      []string
	restarted bool // what is there now ends, or has ended, in that slot
	running   bool // it runs until then
}

// verb is restart where something runs.
func (s *startedSlot) verb() string {
	if s.running {
		return "restart"
	}
	return "start"
}

func startedSlots(p *planner.Plan, service string) (slots []*startedSlot) {
	by, restarted := map[string]*startedSlot{}, restartedSlots(p)
	for i := range p.Steps {
		a, ok := p.Steps[i].Args.(*planner.Activate)
		if !ok || a.Instance.ServiceName() != service {
			continue
		}
		st := by[a.Slot]
		if st == nil {
			st = &startedSlot{slot: a.Slot}
			by[a.Slot] = st
			slots = append(slots, st)
		}
		st.keys = append(st.keys, fmt.Sprintf("[%q]", a.Instance.Key))
		ran, again := restarted[slotKey(a.Instance, a.Slot)]
		st.restarted, st.running = st.restarted || again, st.running || ran
	}
	return slots
}

func slotKey(a platform.Address, slot string) string { return a.String() + "/" + slot }

// restartedSlots are those that a plan starts anew where something was, and whether it runs
// until then: the plan stops it first, or activation does.
func restartedSlots(p *planner.Plan) map[string]bool {
	stopped, restarted := map[string]bool{}, map[string]bool{}
	for i := range p.Steps {
		switch a := p.Steps[i].Args.(type) {
		case *planner.Stop:
			stopped[slotKey(a.Instance, a.Slot)] = true
		case *planner.Activate:
			key, before := slotKey(a.Instance, a.Slot), p.Steps[i].Undo.Slot
			if stopped[key] || before != nil && (before.Before.Running || before.Before.Revision == a.Revision) {
				restarted[key] = stopped[key] || before != nil && before.Before.Running
			}
		}
	}
	return restarted
}

func batchText(s planner.Strategy, svc planner.Service, st *startedSlot) string {
	switch {
	case s.Type == "recreate" && st.restarted && len(svc.Ports) == 0:
		return "all at once"
	case s.Type == "recreate" && st.restarted:
		return "all at once (an outage until they are healthy)"
	case s.Type != "rolling" || len(st.keys) < 2:
		return ""
	case s.MaxParallel.Percent:
		return fmt.Sprintf("%d%% at a time", s.MaxParallel.N)
	}
	return fmt.Sprintf("%d at a time", max(1, s.MaxParallel.N))
}

func keysText(keys []string) string { return fold(keys, 5) }

// trafficText is 5% for 5m · 25% for 10m · 100%; equal shares in a row, as of batches, once.
func trafficText(p *planner.Plan, balancer string) string {
	if balancer == "" {
		return ""
	}
	var parts []string
	for i := range p.Steps {
		switch a := p.Steps[i].Args.(type) {
		case *planner.Traffic:
			share := fmt.Sprintf("%d%%", a.Share)
			if a.Balancer == balancer && (len(parts) == 0 || parts[len(parts)-1] != share) {
				parts = append(parts, share)
			}
		case *planner.Pause:
			if len(parts) > 0 && a.Promote {
				parts = append(parts, "wait for rel promote")
			} else if len(parts) > 0 {
				parts[len(parts)-1] += " for " + Duration(time.Duration(a.For))
			}
		}
	}
	if len(parts) == 0 {
		return ""
	}
	if len(parts) > 8 {
		parts = append(append(parts[:3:3], "…"), parts[len(parts)-1])
	}
	return strings.Join(parts, " · ") + " behind " + balancer
}

// finishText is what comes after traffic: stops, removals, prunes.
func finishText(p *planner.Plan) string {
	stopped, removed, restarted := map[string]bool{}, map[string]bool{}, restartedSlots(p)
	var pruned []string
	for i := range p.Steps {
		switch a := p.Steps[i].Args.(type) {
		case *planner.Stop:
			if _, again := restarted[slotKey(a.Instance, a.Slot)]; again {
				continue
			}
			into := stopped
			if a.Remove {
				into = removed
			}
			into[slotLabel(a.Instance.ServiceName(), a.Slot)] = true
		case *planner.Prune:
			pruned = append(pruned, a.Revisions...)
		}
	}
	var parts []string
	for _, part := range []struct {
		verb  string
		names []string
	}{{"drain and stop", keys(stopped)}, {"remove", keys(removed)}, {"prune", unique(pruned)}} {
		if len(part.names) > 0 {
			parts = append(parts, part.verb+" "+fold(part.names, 4))
		}
	}
	return strings.Join(parts, "; ")
}

// ifItFails says what undoing means, and what the plan costs while it runs.
func ifItFails(s Style, b *strings.Builder, p *planner.Plan, impact planner.Impact) {
	fmt.Fprintf(b, "%s  %s\n", s.bold("If it fails"), failText(p))
	if n := impact.MaxConcurrentHosts; n > 0 {
		fmt.Fprintf(b, "             At most %s at once out of traffic.\n", Count(n, "instance"))
	} else {
		fmt.Fprintf(b, "             Capacity never falls.\n")
	}
	for _, step := range p.Irreversible() {
		if step.Kind != planner.KindPrune {
			fmt.Fprintf(b, "  %s %s: %s\n", s.red("!"), step.ID, step.Undo.Irreversible)
		}
	}
}

func failText(p *planner.Plan) string {
	halts := false
	for i := range p.Steps {
		halts = halts || p.Steps[i].OnFailure == planner.OnFailureHalt
	}
	former := versionsText(p.Former)
	if unknown(p) {
		former = "what runs now"
	}
	switch {
	case halts:
		return "it stops where it is (auto_revert = false), for a person to decide"
	case former == "":
		return "everything is stopped and removed again"
	case countSteps(p, planner.KindActivate)+countSteps(p, planner.KindStop) == 0:
		return "set-up, weights and drain flags as they were"
	case countSteps(p, planner.KindTraffic) > 0:
		return "traffic back at once, then every slot as it was: " + former
	}
	return "every slot as it was: " + former
}

func keys(m map[string]bool) []string {
	flat := make(map[string]string, len(m))
	for k := range m {
		flat[k] = ""
	}
	return unionKeys(flat, nil)
}
