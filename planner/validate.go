package planner

import (
	"cmp"
	"fmt"
	"strings"
)

// Validate finds what makes a plan one that cannot be run: ids that are not unique, needs
// that do not come before, names that lead nowhere. Every plan that Compute makes is valid.
func (p *Plan) Validate() error {
	if err := cmp.Or(oneOf("mode", p.Mode, Normal, Rollback), p.World.consistent()); err != nil {
		return err
	}
	n := p.names()
	done := make(map[string]bool, len(p.Steps))
	for k := range p.Steps {
		s := &p.Steps[k]
		if err := cmp.Or(s.valid(done), s.Args.valid(n), s.Undo.valid(n)); err != nil {
			return fmt.Errorf("step %q: %w", s.ID, err)
		}
		done[s.ID] = true
	}
	if len(p.Steps) > 0 && !done[BarrierFinish] {
		return fmt.Errorf("there is no step %q, which says that the deployment has succeeded", BarrierFinish)
	}
	return nil
}

// valid checks what all steps have in common.
func (s *Step) valid(done map[string]bool) error {
	if s.ID == "" {
		return fmt.Errorf("it has no id")
	}
	if done[s.ID] {
		return fmt.Errorf("the id is not unique")
	}
	for _, id := range s.Needs {
		if !done[id] {
			return fmt.Errorf("it needs %q, which does not come before it", id)
		}
	}
	if s.Retries < 0 || s.Timeout < 0 {
		return fmt.Errorf("retries and timeout cannot be negative")
	}
	return cmp.Or(
		oneOf("phase", s.Phase, PhaseGate, PhasePrepare, PhaseDeploy, PhaseTraffic, PhaseFinish),
		oneOf("on_failure", s.OnFailure, OnFailureRollback, OnFailureHalt, OnFailureContinue),
		oneOf("idempotent", s.Idempotent, Repeat, Probe))
}

func oneOf[T ~string](what string, is T, known ...T) error {
	words := make([]string, len(known))
	for n, k := range known {
		if is == k {
			return nil
		}
		words[n] = string(k)
	}
	return fmt.Errorf("%s is %q; it can be %s", what, is, strings.Join(words, ", "))
}

// names are those that steps may refer to.
type names struct{ targets, balancers, checks, revisions map[string]bool }

func (p *Plan) names() *names {
	n := &names{map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}}
	for _, t := range p.Targets {
		n.targets[t.Name] = true
	}
	for _, b := range p.Balancers {
		n.balancers[b.Name] = true
	}
	for name := range p.Checks {
		n.checks[name] = true
	}
	for name := range p.World.Revisions {
		n.revisions[name] = true
	}
	return n
}

func (n *names) target(name string) error   { return known("target", n.targets, name) }
func (n *names) balancer(name string) error { return known("load balancer", n.balancers, name) }
func (n *names) check(name string) error    { return known("health checks", n.checks, name) }
func (n *names) revision(name string) error { return known("revision", n.revisions, name) }

func known(what string, names map[string]bool, name string) error {
	if names[name] {
		return nil
	}
	return fmt.Errorf("it names %s %q, which the plan does not have", what, name)
}

func given(what, value string) error {
	if value != "" {
		return nil
	}
	return fmt.Errorf("%s is missing", what)
}

// valid checks an undo: at most one part, and its names.
func (u Undo) valid(n *names) error {
	parts := 0
	var err error
	check := func(there bool, part func() error) {
		if there {
			parts++
			err = cmp.Or(err, part())
		}
	}
	check(u.Unstage != nil, func() error { return cmp.Or(n.target(u.Unstage.Target), given("revision", u.Unstage.Revision)) })
	check(u.Slot != nil, func() error { return u.Slot.valid(n) })
	check(u.Flag != nil, func() error { return cmp.Or(n.balancer(u.Flag.Balancer), given("server", u.Flag.Server)) })
	check(u.Weights != nil, func() error { return n.balancer(u.Weights.Balancer) })
	check(u.Balancer != nil, func() error { return n.balancer(u.Balancer.Balancer) })
	check(u.Irreversible != "", func() error { return nil })
	if parts > 1 {
		return fmt.Errorf("its undo has %d parts", parts)
	}
	return err
}

func (r *RestoreSlot) valid(n *names) error {
	if r.Checks != "" {
		return cmp.Or(n.target(r.Target), oneOfSlots(r.Slot), n.check(r.Checks))
	}
	return cmp.Or(n.target(r.Target), oneOfSlots(r.Slot))
}

func oneOfSlots(name string) error { return oneOf("slot", name, slotNames[:]...) }
