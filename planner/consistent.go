package planner

import (
	"fmt"

	"rel/platform"
)

// consistent finds names in a world that lead nowhere: a mistake of its maker.
func (w World) consistent() error {
	targets, balancers := w.targets(), w.balancers()
	for _, t := range w.Targets {
		if _, there := balancers[t.Balancer]; t.Balancer != "" && !there {
			return fmt.Errorf("target %q names load balancer %q, which the world does not have", t.Name, t.Balancer)
		}
	}
	for _, r := range w.Releases {
		for _, s := range r.Services {
			if _, there := targets[s.Target]; !there {
				return fmt.Errorf("service %s.%s names target %q, which the world does not have", r.Name, s.Name, s.Target)
			}
			if _, there := w.Revisions[s.Revision]; !there {
				return fmt.Errorf("service %s.%s names revision %q, which the world does not have", r.Name, s.Name, s.Revision)
			}
			if !s.slotted() {
				return fmt.Errorf("service %s.%s has ports in the slots %q; they are main alone, or blue and green", r.Name, s.Name, words(s.Ports))
			}
		}
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
