package simulation

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"rel/balancer"
	balancers "rel/balancer/simulated"
	"rel/planner"
	"rel/platform"
	platforms "rel/platform/simulated"
	"rel/state"
)

// world is all that rel deploys to.
type world struct {
	hosts     *platforms.World
	balancers map[string]*balancers.Balancer
}

func newWorld() *world {
	return &world{
		hosts:     &platforms.World{FreeBytes: 1 << 40, WarmUp: 1},
		balancers: map[string]*balancers.Balancer{},
	}
}

// balancer gives a balancer of the world, made where it is not there.
func (w *world) balancer(name string) *balancers.Balancer {
	b, ok := w.balancers[name]
	if !ok {
		b = &balancers.Balancer{Version: balancerVersion, Step: w.hosts.Step}
		w.balancers[name] = b
	}
	return b
}

// onStep has every driver call f before each micro-operation.
func (w *world) onStep(f func(context.Context, string) error) {
	w.hosts.Step = f
	for _, b := range w.balancers {
		b.Step = f
	}
}

// place is what a server leads to.
type place struct {
	at   platform.Address
	slot string
	port int
}

// placeOf reads a balancer.ServerID.
func placeOf(server string) place {
	cut, colon := strings.LastIndexByte(server, '/'), strings.LastIndexByte(server, ':')
	at, err := platform.ParseAddress(server[:cut])
	if err != nil {
		panic(err)
	}
	port, err := strconv.Atoi(server[colon+1:])
	if err != nil {
		panic(err)
	}
	return place{at, server[cut+1 : colon], port}
}

// process gives what answers a server's requests; nil: nothing.
func (w *world) process(p place) *platforms.Process {
	s, ok := w.hosts.Host(p.at).Slots[p.slot]
	if !ok || s.Process == nil || s.Process.Port != p.port {
		return nil
	}
	return s.Process
}

// routed says whether a balancer sends requests to a server.
func routed(b *balancers.Balancer, s balancer.Server) bool {
	return s.Weight > 0 && !s.Drained && b.Setup != nil && b.Setup.Running
}

// facts are what a planner learns of the addresses and balancers.
func (w *world) facts(instances []platform.Address, balancers []string) planner.Facts {
	f := planner.Facts{Instances: map[platform.Address]platform.Instance{}, Balancers: map[string]balancer.Facts{}}
	observed, err := platforms.New(w.hosts).Observe(context.Background(), instances)
	if err != nil {
		panic(err)
	}
	maps.Copy(f.Instances, observed)
	for _, name := range balancers {
		f.Balancers[name] = w.balancer(name).Facts()
	}
	return f
}

// recorded is the state of a world in which everything is as rel left it.
func (w *world) recorded() (map[platform.Address]state.Instance, map[string]state.Balancer) {
	instances, all := map[platform.Address]state.Instance{}, map[string]state.Balancer{}
	facts := w.facts(w.hosts.Hosts(), slices.Sorted(maps.Keys(w.balancers)))
	for a, i := range facts.Instances {
		if len(i.Slots) > 0 {
			instances[a] = state.Instance{Live: running(i), Slots: i.Slots, Fingerprint: i.Fingerprint()}
		}
	}
	for name, b := range facts.Balancers {
		if b.Setup != nil {
			all[name] = state.Balancer{Setup: b.Setup, Servers: b.Servers}
		}
	}
	return instances, all
}

// running names the first slot that runs; empty: none.
func running(i platform.Instance) string {
	for _, name := range slices.Sorted(maps.Keys(i.Slots)) {
		if i.Slots[name].Running {
			return name
		}
	}
	return ""
}

// snapshot is every object of a world and how it is, for comparing and for people.
type snapshot map[string]string

func (w *world) snapshot() snapshot {
	s := snapshot{}
	for _, a := range w.hosts.Hosts() {
		h := w.hosts.Host(a)
		for name, slot := range h.Slots {
			if !slot.Facts().Empty() {
				s[fmt.Sprintf("%s/%s", a, name)] = describe(slot)
			}
		}
		if len(h.Staged) > 0 {
			s[a.String()+" staged"] = strings.Join(slices.Sorted(slices.Values(h.Staged)), " ")
		}
	}
	for name, b := range w.balancers {
		if b.Setup != nil {
			s[name] = fmt.Sprintf("%+v", *b.Setup)
		}
		for id, server := range b.Servers {
			s[name+" "+id] = fmt.Sprintf("%+v", server)
		}
	}
	return s
}

func describe(s *platforms.Slot) string {
	text := fmt.Sprintf("%s port %d unit %.8s enabled %t", s.Revision, s.Port, s.Unit, s.Enabled)
	if p := s.Process; p != nil {
		text += fmt.Sprintf(", runs %s port %d unit %.8s", p.Revision, p.Port, p.Unit)
	}
	return text
}

// difference says how another snapshot differs; empty: not at all.
func (s snapshot) difference(other snapshot) string {
	var lines []string
	for _, object := range slices.Sorted(maps.Keys(s)) {
		if s[object] != other[object] {
			lines = append(lines, fmt.Sprintf("%s: was %q, is %q", object, s[object], other[object]))
		}
	}
	for _, object := range slices.Sorted(maps.Keys(other)) {
		if _, ok := s[object]; !ok {
			lines = append(lines, fmt.Sprintf("%s: was not there, is %q", object, other[object]))
		}
	}
	return strings.Join(lines, "; ")
}
