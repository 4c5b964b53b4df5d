package planner

import (
	"fmt"

	"rel/platform"
)

// maxKeys is more instances than any target has; beyond it a plan file is made to exhaust.
const maxKeys = 1 << 20

// consistent finds names in a world that lead nowhere, and numbers that cannot be: a mistake
// of its maker.
func (w World) consistent() error {
	targets, balancers := w.targets(), w.balancers()
	for _, t := range w.Targets {
		if _, there := balancers[t.Balancer]; t.Balancer != "" && !there {
			return fmt.Errorf("target %q names load balancer %q, which the world does not have", t.Name, t.Balancer)
		}
		if t.Keys < 0 || t.Keys > maxKeys {
			return fmt.Errorf("target %q has %d instances", t.Name, t.Keys)
		}
	}
	for _, r := range w.Releases {
		for _, step := range r.Strategy.Steps {
			if step.Weight < 1 || step.Weight > 99 {
				return fmt.Errorf("a step of release %q has weight %d; it can be 1 to 99", r.Name, step.Weight)
			}
		}
		for _, s := range r.Services {
			if err := s.consistent(w, targets); err != nil {
				return fmt.Errorf("service %s.%s: %w", r.Name, s.Name, err)
			}
		}
	}
	return nil
}

func (s Service) consistent(w World, targets map[string]Target) error {
	if _, there := targets[s.Target]; !there {
		return fmt.Errorf("it names target %q, which the world does not have", s.Target)
	}
	if _, there := w.Revisions[s.Revision]; !there {
		return fmt.Errorf("it names revision %q, which the world does not have", s.Revision)
	}
	if !s.slotted() {
		return fmt.Errorf("it has ports in the slots %q; they are main alone, or blue and green", words(s.Ports))
	}
	return nil
}

// slotted says that the service has the slots that a service can have.
func (s Service) slotted() bool {
	switch len(s.Ports) {
	case 0:
		return true
	case 1:
		return s.Ports[0].Slot == platform.Main
	case 2:
		return s.Ports[0].Slot == platform.Blue && s.Ports[1].Slot == platform.Green
	default:
		return false
	}
}
