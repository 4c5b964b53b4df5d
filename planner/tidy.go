package planner

import "slices"

// tidy brings what should be idle to rest before a service's own steps: a slot that runs
// beside the live one, a server that somebody undrained, a weight that somebody changed. In
// a world at rest it is nothing.
func (c *compiler) tidy(s *service, after []string) []string {
	all := slices.Concat(s.todo, s.untidy)
	after = c.weigh(s, s.restWeights(all), 100, after)
	resting := ends(all, after, func(i *instance) []string {
		end := after
		for _, name := range i.awake() {
			end = c.drain(i, name, end)
			if now := i.slot(name); now.Running || now.Enabled {
				end = c.stop(i, name, end)
			}
		}
		return end
	})
	return c.join(s.name+"/tidy", s.name, resting)
}

// restWeights are the weights at rest of servers that have another, where it is safe to set
// them at once: the live slot's where requests reach it already, and the idle slot's.
func (s *service) restWeights(all []*instance) map[string]int {
	weights := map[string]int{}
	for _, i := range all {
		for n := range i.servers {
			server := &i.servers[n]
			now, stands := server.now()
			switch {
			case !stands || !server.wanted || server.balancer != s.balancer:
			case server.slot == i.live && !now.Drained && now.Weight > 0 && now.Weight != 100 && i.slot(i.live).Running:
				weights[server.id] = 100
			case server.slot != i.live && now.Weight != 0 && s.two():
				weights[server.id] = 0
			}
		}
	}
	return weights
}

// awake are the slots beside the live one that run, or are in traffic; also those that are no
// longer configured, or recreate would run their revision beside the new one.
func (i *instance) awake() []string {
	var names []string
	for _, name := range slotNames {
		if name == i.live {
			continue
		}
		now := i.slot(name)
		if now.Running || now.Enabled || i.undrained(name) {
			names = append(names, name)
		}
	}
	return names
}

func (i *instance) undrained(slot string) bool {
	return slices.ContainsFunc(i.servers, func(s server) bool {
		now, stands := s.now()
		return s.slot == slot && stands && !now.Drained
	})
}
