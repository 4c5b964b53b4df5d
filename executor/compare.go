package executor

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"rel/planner"
	"rel/platform"
	"rel/state"
)

// object is a key of Plan.Objects, read.
type object struct {
	instance *platform.Address
	balancer string
	server   string // empty: the balancer itself
}

func readObject(key string) object {
	if a, err := platform.ParseAddress(key); err == nil {
		return object{instance: &a}
	}
	name, server, _ := strings.Cut(key, "/")
	return object{balancer: name, server: server}
}

func serverObject(name, server string) string { return name + "/" + server }

// fingerprint gives that of an object as it was observed; why is set where it could not be.
func (s seen) fingerprint(o object) (fingerprint, why string) {
	if o.instance != nil {
		facts, ok := s.instances[*o.instance]
		if !ok {
			return "", "no step works on it"
		}
		return facts.Fingerprint(), facts.Unreachable
	}
	facts := s.balancers[o.balancer]
	if o.server == "" {
		return facts.Setup.Fingerprint(), facts.Unreachable
	}
	server, ok := facts.Servers[o.server]
	if !ok {
		return platform.Absent, facts.Unreachable
	}
	return server.Fingerprint(), facts.Unreachable
}

// unreachable is an error where an object could not be observed.
func (s seen) unreachable(objects map[string]string) error {
	for _, key := range slices.Sorted(maps.Keys(objects)) {
		if _, why := s.fingerprint(readObject(key)); why != "" {
			return fmt.Errorf("%w: %s: %s", platform.ErrUnreachable, key, why)
		}
	}
	return nil
}

// compare lists the objects whose fingerprint is another than expected. One that could not be
// observed is not among them: nobody knows.
func compare(expected map[string]string, s seen) []Moved {
	var moved []Moved
	for _, key := range slices.Sorted(maps.Keys(expected)) {
		o := readObject(key)
		now, why := s.fingerprint(o)
		if why == "" && now != expected[key] {
			moved = append(moved, Moved{Object: key, How: s.describe(o, expected[key])})
		}
	}
	return moved
}

// expectedNow gives the fingerprints that the world should have in the middle of a deployment:
// those that it was planned from, and in their place what its steps have left. Objects of
// steps that had begun and not ended are not among them: nobody knows.
func expectedNow(plan *planner.Plan, records []state.Record, core *Core) map[string]string {
	expected := maps.Clone(plan.Objects)
	if expected == nil {
		expected = map[string]string{}
	}
	for _, r := range records {
		if r.After != nil {
			left(expected, *r.After)
		}
	}
	for _, id := range core.Begun() {
		for _, key := range touched(&core.steps[core.index[id]]) {
			delete(expected, key)
		}
	}
	return expected
}

func left(expected map[string]string, a state.After) {
	if a.Address != nil && a.Instance != nil {
		expected[a.Address.String()] = a.Instance.Fingerprint()
	}
	if a.SetupSet {
		expected[a.Balancer] = a.Setup.Fingerprint()
	}
	for id, s := range a.Servers {
		expected[serverObject(a.Balancer, id)] = s.Fingerprint()
	}
	for _, id := range a.Gone {
		expected[serverObject(a.Balancer, id)] = platform.Absent
	}
}

// touched lists the objects that a step changes.
func touched(step *planner.Step) []string {
	if _, a, ok := step.Place(); ok {
		return []string{a.String()}
	}
	switch args := step.Args.(type) {
	case *planner.Drain:
		return []string{serverObject(args.Balancer, args.Server)}
	case *planner.Undrain:
		return []string{serverObject(args.Balancer, args.Server)}
	case *planner.Traffic:
		return serverObjects(args.Balancer, maps.Keys(args.Weights))
	case *planner.EnsureBalancer:
		keys := serverObjects(args.Balancer, maps.Keys(args.Add))
		keys = append(keys, serverObjects(args.Balancer, slices.Values(args.Remove))...)
		return append(keys, args.Balancer)
	}
	return nil
}

func serverObjects(name string, servers iter.Seq[string]) []string {
	var keys []string
	for id := range servers {
		keys = append(keys, serverObject(name, id))
	}
	return keys
}
