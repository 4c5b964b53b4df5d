package planner

import "fmt"

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
		}
	}
	return nil
}
