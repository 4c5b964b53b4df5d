package executor

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"rel/balancer"
	"rel/planner"
	"rel/platform"
	"rel/state"
)

// seen is what was observed of the objects of a plan.
type seen struct {
	instances map[platform.Address]platform.Instance
	balancers map[string]balancer.Facts
}

// observe learns the facts of all that a plan touches, all places at once.
func observe(ctx context.Context, plan *planner.Plan, drivers Drivers) (seen, error) {
	targets := instancesByTarget(plan)
	instances := make([]map[platform.Address]platform.Instance, len(targets))
	balancers := make([]balancer.Facts, len(plan.Balancers))
	g, ctx := errgroup.WithContext(ctx)
	for i, name := range slices.Sorted(maps.Keys(targets)) {
		g.Go(func() (err error) {
			instances[i], err = drivers.observeTarget(ctx, name, targets[name])
			return err
		})
	}
	for i, b := range plan.Balancers {
		g.Go(func() (err error) {
			balancers[i], err = drivers.Balancers[b.Name].Observe(ctx)
			return err
		})
	}
	s := seen{instances: map[platform.Address]platform.Instance{}, balancers: map[string]balancer.Facts{}}
	if err := g.Wait(); err != nil {
		return s, err
	}
	for _, of := range instances {
		maps.Copy(s.instances, of)
	}
	for i, b := range plan.Balancers {
		s.balancers[b.Name] = balancers[i]
	}
	return s, nil
}

func (d Drivers) observeTarget(ctx context.Context, name string, instances []platform.Address) (map[platform.Address]platform.Instance, error) {
	host, err := d.platform(name)
	if err != nil {
		return nil, err
	}
	return host.Observe(ctx, instances)
}

// instancesByTarget lists the instances that steps work on.
func instancesByTarget(plan *planner.Plan) map[string][]platform.Address {
	listed := map[platform.Address]bool{}
	targets := map[string][]platform.Address{}
	for i := range plan.Steps {
		target, a, ok := instanceOf(&plan.Steps[i])
		if ok && !listed[a] {
			listed[a] = true
			targets[target] = append(targets[target], a)
		}
	}
	return targets
}

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
func compare(expected map[string]string, s seen, plan *planner.Plan) []Moved {
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

// describe says what an object is now, and what is known of what it was.
func (s seen) describe(o object, was string) string {
	var now string
	switch {
	case o.instance != nil:
		now = describeInstance(s.instances[*o.instance])
	case o.server == "":
		now = describeSetup(s.balancers[o.balancer].Setup)
	default:
		server, ok := s.balancers[o.balancer].Servers[o.server]
		now = describeServer(server, ok)
	}
	if was == platform.Absent {
		return "was not there, now " + now
	}
	return "changed, now " + now
}

func describeInstance(i platform.Instance) string {
	if len(i.Slots) == 0 {
		return "nothing is there"
	}
	var slots []string
	for _, name := range slices.Sorted(maps.Keys(i.Slots)) {
		s := i.Slots[name]
		slots = append(slots, fmt.Sprintf("slot %s has %s, %s, %s", name, orNothing(s.Revision),
			either(s.Running, "running", "not running"), either(s.Enabled, "enabled", "not enabled")))
	}
	return strings.Join(slots, "; ")
}

func describeSetup(s *balancer.Setup) string {
	if s == nil {
		return "it is not set up"
	}
	return fmt.Sprintf("it serves %s at %s, %s", s.Backend, s.Bind, either(s.Running, "running", "not running"))
}

func describeServer(s balancer.Server, there bool) string {
	if !there {
		return "it is not there"
	}
	return fmt.Sprintf("at %s with weight %d, %s", s.Address, s.Weight, either(s.Drained, "drained", "in traffic"))
}

func orNothing(s string) string { return either(s == "", "nothing", s) }

func either(is bool, yes, no string) string {
	if is {
		return yes
	}
	return no
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
	if _, a, ok := instanceOf(step); ok {
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
