package simulation

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"rel/planner"
	"rel/platform"
	"rel/state"
)

// tally counts what a run has seen, so that it can be told that it saw everything.
type tally map[string]int

// simulation runs cases with the same errors put in.
type simulation struct {
	seams seams
	tally tally
	trace func(format string, args ...any)
	after func(*deployment) error // each deployment; nil: nothing
}

// run runs the case of a seed: up to three deployments, one after another.
func (m simulation) run(seed uint64) error {
	s := generate(seed)
	for n := range 3 {
		outcome, err := m.deploy(s)
		if err != nil {
			return err
		}
		if n == 0 && outcome == state.Succeeded && seed%8 == 0 && !s.pruneFailed {
			if err := m.compareUninterrupted(seed, s); err != nil {
				return err
			}
		}
		if outcome != state.Succeeded || s.draw.chance(.5) {
			return nil
		}
		if len(s.sick) > 0 && len(s.unreachable) > 0 {
			return nil // what was left out is sick still, and would not be known as such
		}
		s.next(n)
	}
	return nil
}

// next draws what shall be live after that: other versions and strategies, or back.
func (s *scene) next(n int) {
	d := s.draw
	former := s.desired
	s.former, s.sick = &former, map[string]bool{}
	s.mode = pick(d, planner.Normal, planner.Rollback)
	kind := pick(d, "recreate", "rolling", "blue_green", "canary")
	version := pick(d, "4.0.0", "2.0.0")
	if n > 0 {
		version = pick(d, "5.0.0", "3.0.0")
	}
	for _, name := range slices.Sorted(maps.Keys(s.versions)) {
		s.versions[name] = version
		s.strategies[name] = drawStrategy(d, kind, len(s.unreachable))
	}
	for a := range s.unreachable {
		s.world.hosts.Host(a).Lost = false
	}
	s.unreachable = map[platform.Address]bool{}
	s.rearrange()
	s.desired = compose(s.services, s.versions, s.strategies)
}

// rearrange draws changes of the services themselves.
func (s *scene) rearrange() {
	d := s.draw
	s.services = slices.Clone(s.services)
	if len(s.services) > 1 && d.chance(.1) {
		gone := s.services[len(s.services)-1]
		s.services = s.services[:len(s.services)-1]
		if !slices.ContainsFunc(s.services, func(v service) bool { return v.release == gone.release }) {
			delete(s.versions, gone.release)
		}
	}
	for i := range s.services {
		v := &s.services[i]
		if d.chance(.15) {
			v.keys = d.between(1, 5)
		}
		if len(v.ports) > 0 && d.chance(.07) {
			v.ports = portsFrom(v.ports[0].Number, 3-len(v.ports))
		}
		if len(v.ports) > 0 && d.chance(.07) {
			v.ports = portsFrom(8000+100*i+pick(d, 0, 50), len(v.ports))
		}
		if len(v.ports) > 0 && d.chance(.05) {
			v.balanced = !v.balanced
		}
	}
}

// input is what a plan is made from now.
func (s *scene) input() planner.Input {
	in := planner.Input{Mode: s.mode, World: s.desired, Former: s.former, State: s.state, Observed: true}
	if s.mode == planner.Rollback {
		in.RollbackTo = 1
	}
	instances, all := map[platform.Address]bool{}, map[string]bool{}
	for _, w := range []*planner.World{&s.desired, s.former} {
		if w == nil {
			continue
		}
		for a := range w.Instances() {
			instances[a] = true
		}
		for _, b := range w.Balancers {
			all[b.Name] = true
		}
	}
	for a := range s.state.Instances {
		instances[a] = true
	}
	in.Facts = s.world.facts(slices.SortedFunc(maps.Keys(instances), platform.CompareAddresses), slices.Sorted(maps.Keys(all)))
	if s.spoil != nil {
		s.spoil(&in)
	}
	return in
}

// deploy plans and applies, and holds the end against the promises. No outcome: there is
// nothing to apply.
func (m simulation) deploy(s *scene) (state.Outcome, error) {
	s.spoil = m.seams.spoilInput
	plan, err := planner.Compute(s.input())
	if err != nil {
		m.tally["refused"]++
		m.tell("refused: %v", err)
		return "", nil
	}
	if len(plan.Steps) == 0 {
		m.tally["no changes"]++
		return "", nil
	}
	if err := checkOrdered(plan); err != nil {
		return "", err
	}
	first := slices.Clone(plan.Steps)
	if m.seams.spoilPlan != nil {
		m.seams.spoilPlan(plan)
	}
	before := s.world.snapshot()
	outcome, err := m.apply(s, plan)
	if err != nil {
		return "", err
	}
	if outcome == state.Succeeded {
		return outcome, s.checkSuccess()
	}
	return outcome, s.checkUndone(before, first)
}

// apply runs the plan to its end, and takes its journal into the state.
func (m simulation) apply(s *scene, plan *planner.Plan) (state.Outcome, error) {
	d := newDeployment(s, plan, m.seams)
	d.faults, d.tally, d.trace = drawFaults(s.draw), m.tally, m.trace
	if s.draw.chance(d.faults.broken) {
		d.breakOne()
	}
	m.describe(plan)
	outcome, err := d.run()
	if err != nil {
		return "", err
	}
	d.bringBack()
	m.count(d, outcome)
	s.pruneFailed = slices.ContainsFunc(d.ledger.records, func(r state.Record) bool { return r.Type == state.Continued })
	former := s.state
	s.state = state.Fold(former, d.ledger.records)
	if err := s.checkRecords(d, outcome, former); err != nil || m.after == nil {
		return outcome, err
	}
	return outcome, m.after(d)
}

func (m simulation) tell(format string, args ...any) {
	if m.trace != nil {
		m.trace(format, args...)
	}
}

func (m simulation) describe(plan *planner.Plan) {
	for i := range plan.Steps {
		s := &plan.Steps[i]
		m.tell("step %s, needs %v", s.ID, s.Needs)
	}
}

func (m simulation) count(d *deployment, outcome state.Outcome) {
	m.tally["deployments"]++
	m.tally[string(outcome)]++
	for _, r := range d.plan.World.Releases {
		m.tally[r.Strategy.Type+" "+string(outcome)]++
	}
	m.tally["steps"] += len(d.plan.Steps)
	for _, r := range d.ledger.records {
		m.tally["record "+string(r.Type)]++
	}
}

// checkSuccess: the world is what it shall be, and nothing is left to plan.
func (s *scene) checkSuccess() error {
	if what := s.lacks(); what != "" {
		return violated(wrongWorld, "after success %s", what)
	}
	former := s.desired
	second := *s
	second.former = &former
	plan, err := planner.Compute(second.input())
	if err != nil {
		return violated(wrongPlan, "after success it is refused: %v", err)
	}
	if len(plan.Steps) > 0 {
		return violated(wrongPlan, "after success it is not empty: %s", ids(plan.Steps))
	}
	return nil
}

// checkUndone: the world is exactly what it was, and the plan again the same.
func (s *scene) checkUndone(before snapshot, first []planner.Step) error {
	if what := before.difference(s.world.snapshot()); what != "" {
		return violated(wrongWorld, "after undoing %s", what)
	}
	plan, err := planner.Compute(s.input())
	if err != nil {
		return violated(wrongPlan, "after undoing it is refused: %v", err)
	}
	if !reflect.DeepEqual(plan.Steps, first) {
		return violated(wrongPlan, "after undoing it differs: %s, not %s", ids(plan.Steps), ids(first))
	}
	return nil
}

func ids(steps []planner.Step) string {
	var all []string
	for _, s := range steps {
		all = append(all, s.ID)
	}
	return fmt.Sprint(all)
}

// compareUninterrupted: with nothing in its way the same plan ends in the same world.
func (m simulation) compareUninterrupted(seed uint64, ended *scene) error {
	s := generate(seed)
	plan, err := planner.Compute(s.input())
	if err != nil {
		return violated(wrongPlan, "the second time it is refused: %v", err)
	}
	d := newDeployment(s, plan, seams{})
	outcome, err := d.run()
	if err != nil {
		return err
	}
	if outcome != state.Succeeded {
		return violated(notResumed, "with nothing in its way it ends %s", outcome)
	}
	if what := s.world.snapshot().difference(ended.world.snapshot()); what != "" {
		return violated(notResumed, "%s", what)
	}
	return nil
}
