package planner

import (
	"errors"
	"fmt"
	"slices"

	"rel/balancer"
	"rel/platform"
)

// atRest says what is not as it shall be after a deployment has succeeded.
func (u *universe) atRest(w World) error {
	var all []error
	targets, wanted := w.targets(), map[platform.Address]bool{}
	servers := map[string]map[string]balancer.Server{}
	for _, r := range w.Releases {
		for _, s := range r.Services {
			t := targets[s.Target]
			for n := range t.Keys {
				a := address(r.Name, s.Name, n)
				wanted[a] = true
				i := u.facts.Instances[a]
				if i.Unreachable != "" {
					delete(servers, t.Balancer)
					t.Balancer = "" // which servers it has is another's to say
					continue
				}
				live, err := restingSlots(i, s)
				all = append(all, wrap(a, err))
				if t.Balancer != "" && len(s.Ports) > 0 {
					if servers[t.Balancer] == nil {
						servers[t.Balancer] = map[string]balancer.Server{}
					}
					restingServers(servers[t.Balancer], a, s, n, live)
				}
			}
		}
	}
	for a, i := range u.facts.Instances {
		if !wanted[a] && i.Unreachable == "" && len(i.Slots) > 0 {
			all = append(all, fmt.Errorf("%s is still there", a))
		}
	}
	for name, want := range servers {
		all = append(all, sameServers(name, want, u.facts.Balancers[name]))
	}
	return errors.Join(all...)
}

func wrap(a platform.Address, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", a, err)
}

// restingSlots: one slot runs the wanted revision; the others are stopped.
func restingSlots(i platform.Instance, s Service) (live string, err error) {
	for name, slot := range i.Slots {
		if !slices.Contains(i.Staged, slot.Revision) {
			return "", fmt.Errorf("%s points to %s, which is not on the host", name, slot.Revision)
		}
		if !(&service{Service: s}).hasSlot(name) {
			return "", fmt.Errorf("%s is not a slot of it any more", name)
		}
		if !slot.Running && !slot.Enabled {
			continue
		}
		if live != "" {
			return "", fmt.Errorf("%s and %s run", live, name)
		}
		live = name
		if slot.Revision != s.Revision || !slot.Running || !slot.Enabled || slot.Unit != "unit of "+s.Revision {
			return "", fmt.Errorf("%s is %+v, not %s running", name, slot, s.Revision)
		}
	}
	if live == "" {
		return "", errors.New("nothing runs")
	}
	return live, nil
}

// restingServers are an instance's servers at rest.
func restingServers(all map[string]balancer.Server, a platform.Address, s Service, n int, live string) {
	for _, p := range s.portsOf(n) {
		server := balancer.Server{Address: fmt.Sprintf("127.0.0.1:%d", p.Number), Weight: 100}
		if p.Slot != live {
			server.Weight, server.Drained = 0, true
		}
		all[balancer.ServerID(a, p.Slot, p.Number)] = server
	}
}

func sameServers(name string, want map[string]balancer.Server, f balancer.Facts) error {
	if f.Setup == nil || !f.Setup.Running {
		return fmt.Errorf("%s does not run", name)
	}
	for id, s := range want {
		if f.Servers[id] != s {
			return fmt.Errorf("%s at %s is %+v, not %+v", id, name, f.Servers[id], s)
		}
	}
	if len(f.Servers) != len(want) {
		return fmt.Errorf("%s has %d servers, not %d", name, len(f.Servers), len(want))
	}
	return nil
}
