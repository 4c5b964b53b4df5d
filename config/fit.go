package config

import "fmt"

// check looks at an environment as a whole, once all its parts are decoded.
func (e *environment) check() {
	e.checkPorts()
	e.checkBalancers()
	for _, p := range e.placed {
		if t := e.target(p.service.Target); t != nil && p.service.Ports != nil && p.release.Strategy != nil {
			e.checkStrategy(p, t)
		}
	}
}

// checkBalancers wants one service with ports at most behind each load balancer.
func (e *environment) checkBalancers() {
	serves := map[string]placement{}
	used := map[string]bool{}
	for _, t := range e.Targets {
		used[t.LoadBalancer] = true
	}
	for _, p := range e.placed {
		t := e.target(p.service.Target)
		if t == nil || t.LoadBalancer == "" || p.service.Ports == nil {
			continue
		}
		if first, ok := serves[t.LoadBalancer]; ok {
			e.loader.report(mistake(p.block.place(), "Load balancer taken twice", "In environment %q, load balancer %q serves "+
				"service %q already (%s:%d). A load balancer serves one service with ports.",
				e.Name, t.LoadBalancer, first.service.Name, first.service.Source.File, first.service.Source.Line))
			continue
		}
		serves[t.LoadBalancer] = p
	}
	for _, lb := range e.LoadBalancers {
		if !used[lb.Name] {
			e.loader.report(warning(e.block.named(loadBalancerSpec.name, lb.Name).place(), "Unused load balancer",
				"No target of environment %q names load balancer %q, so it serves nothing.", e.Name, lb.Name))
		}
	}
}

// checkStrategy says where a service with a port cannot go by its strategy, as far as the configuration knows.
// What depends on what is live is for the planner.
func (e *environment) checkStrategy(p placement, t *Target) {
	switch s := p.release.Strategy; s.Type {
	case "blue_green":
		if len(p.service.Ports) < 2 || t.LoadBalancer == "" {
			e.cannot(p, "it needs two ports, ports = { blue = …, green = … }, and a target with a load_balancer")
		}
	case "canary":
		e.checkCanary(p, t)
	case "rolling":
		if len(p.service.Ports) == 1 && s.MaxParallel.Of(t.Instances) >= t.Instances {
			e.outage(p, t)
		}
	}
}

func (e *environment) checkCanary(p placement, t *Target) {
	switch {
	case t.LoadBalancer == "":
		e.cannot(p, "it needs a target with a load_balancer")
	case len(p.service.Ports) == 1 && t.Instances < 2:
		e.loader.report(warning(p.block.place(), "Too few instances for a canary", "In environment %q, service %q of release %q has one slot and one "+
			"instance, so no part of its traffic can go to a new version: only its first deployment can be planned. "+
			"Give it ports = { blue = …, green = … } or more instances.", e.Name, p.service.Name, p.release.Name))
	}
}

func (e *environment) cannot(p placement, needs string) {
	e.loader.report(mistake(p.block.place(), "Strategy does not fit", "In environment %q, release %q goes by %s, which cannot work for service %q: %s.",
		e.Name, p.release.Name, describeStrategy(p.release.Strategy), p.service.Name, needs))
}

func (e *environment) outage(p placement, t *Target) {
	e.loader.report(warning(p.block.place(), "Every instance in one batch", "In environment %q, service %q of release %q has one slot, and "+
		"%s would take all its instances (%d) out of traffic at once: only its first deployment can be planned. "+
		"Give it ports = { blue = …, green = … }, more instances, or a strategy of type \"recreate\".",
		e.Name, p.service.Name, p.release.Name, describeStrategy(p.release.Strategy), t.Instances))
}

func describeStrategy(s *Strategy) string {
	if s.Name == "" {
		return s.Type + ", the default strategy"
	}
	return fmt.Sprintf("strategy %q (%s)", s.Name, s.Type)
}
