package simulation

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"rel/balancer"
	"rel/platform"
	platforms "rel/platform/simulated"
	"rel/state"
)

// lacks says what is not as it shall be; empty: nothing.
func (s *scene) lacks() string {
	wanted := map[platform.Address]bool{}
	edges := map[string]bool{}
	for _, v := range s.services {
		edges[v.balancer()] = v.balanced
		for key := 1; key <= v.keys; key++ {
			a := v.address(key)
			wanted[a] = true
			if s.unreachable[a] {
				continue
			}
			if what := s.lacksInstance(v, key); what != "" {
				return fmt.Sprintf("%s: %s", a, what)
			}
		}
	}
	for _, a := range s.world.hosts.Hosts() {
		if !wanted[a] && !s.unreachable[a] && len(s.world.facts([]platform.Address{a}, nil).Instances[a].Slots) > 0 {
			return fmt.Sprintf("%s is still there", a)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.world.balancers)) {
		if s.world.balancers[name].Setup != nil && !edges[name] {
			return name + " is still set up"
		}
	}
	return ""
}

func (s *scene) lacksInstance(v service, key int) string {
	h := s.world.hosts.Host(v.address(key))
	revision := v.revision(s.versions[v.release]).Name()
	var live []string
	for name, slot := range h.Slots {
		if slot.Process != nil {
			live = append(live, name)
		}
		if slot.Revision != "" && !slices.Contains(h.Staged, slot.Revision) {
			return fmt.Sprintf("%s points to %s, whose folder is gone", name, slot.Revision)
		}
		edited := slot.Process == nil && slot.Unit == editedUnit // an idle slot is left as it was
		if slot.Revision != "" && !edited && slot.Unit != platforms.Unit(name, slot.Revision, slot.Port) {
			return fmt.Sprintf("%s has the unit of another revision or port", name)
		}
		if slot.Enabled != (slot.Process != nil) {
			return fmt.Sprintf("%s: enabled %t, running %t", name, slot.Enabled, slot.Process != nil)
		}
	}
	if len(live) != 1 {
		return fmt.Sprintf("%d slots run: %v", len(live), live)
	}
	slot := h.Slots[live[0]]
	if !slices.Contains(v.slots(), live[0]) || slot.Revision != revision || slot.Port != v.port(key, live[0]) {
		return fmt.Sprintf("%s is live with %s at port %d", live[0], slot.Revision, slot.Port)
	}
	if p := slot.Process; p.Revision != revision || p.Unit != slot.Unit || p.Port != slot.Port || v.checked && !p.Healthy {
		return fmt.Sprintf("what runs in %s is %s, healthy %t", live[0], p.Revision, p.Healthy)
	}
	if !v.balanced {
		return ""
	}
	return s.lacksServers(v, key, live[0])
}

// lacksServers: at rest the live slot is undrained at weight 100, the idle one drained at 0.
func (s *scene) lacksServers(v service, key int, live string) string {
	a, b := v.address(key), s.world.balancer(v.balancer())
	want := map[string]balancer.Server{}
	for _, slot := range v.slots() {
		port := v.port(key, slot)
		server := balancer.Server{Address: fmt.Sprintf("127.0.0.1:%d", port), Weight: 100}
		if slot != live {
			server.Weight, server.Drained = 0, true
		}
		want[balancer.ServerID(a, slot, port)] = server
	}
	got := map[string]balancer.Server{}
	for id, server := range b.Servers {
		if placeOf(id).at == a {
			got[id] = server
		}
	}
	if !maps.Equal(got, want) {
		return fmt.Sprintf("its servers are %v, not %v", got, want)
	}
	return ""
}

// checkRecords: the state that the journal makes is what is there, of all that it tells of; of
// a deployment that was undone, what it was before.
func (s *scene) checkRecords(d *deployment, outcome state.Outcome, former state.State) error {
	if s.state.Unfinished != nil || s.state.Deployment != d.number {
		return violated(wrongRecords, "the state does not say that deployment %d has ended", d.number)
	}
	if outcome != state.Succeeded {
		if !reflect.DeepEqual(s.state.Instances, former.Instances) || !reflect.DeepEqual(s.state.Balancers, former.Balancers) {
			return violated(wrongRecords, "after undoing the state is not the former one")
		}
		return nil
	}
	for _, r := range d.ledger.records {
		if r.After == nil {
			continue
		}
		if r.After.Address != nil {
			if err := s.checkRecorded(*r.After.Address); err != nil {
				return err
			}
		}
		if r.After.Balancer != "" {
			if err := s.checkRecordedServers(*r.After); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *scene) checkRecorded(a platform.Address) error {
	facts := s.world.facts([]platform.Address{a}, nil).Instances[a]
	for name, slot := range facts.Slots {
		slot.Ended = 0
		facts.Slots[name] = slot
	}
	recorded := s.state.Instances[a]
	if !maps.Equal(recorded.Slots, facts.Slots) {
		return violated(wrongRecords, "the state has of %s %v, there is %v", a, recorded.Slots, facts.Slots)
	}
	return nil
}

func (s *scene) checkRecordedServers(after state.After) error {
	b, recorded := s.world.balancer(after.Balancer), s.state.Balancers[after.Balancer]
	if after.SetupSet && !reflect.DeepEqual(b.Setup, recorded.Setup) {
		return violated(wrongRecords, "the state has of %s %+v, there is %+v", after.Balancer, recorded.Setup, b.Setup)
	}
	for _, id := range append(slices.Sorted(maps.Keys(after.Servers)), after.Gone...) {
		if b.Servers[id] != recorded.Servers[id] {
			return violated(wrongRecords, "the state has of server %s %+v, there is %+v", id, recorded.Servers[id], b.Servers[id])
		}
	}
	return nil
}
