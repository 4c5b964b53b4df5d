package command

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"slices"

	"rel/command/view"
	"rel/executor"
	"rel/planner"
	"rel/platform"
	"rel/state"
)

// adopter takes the instances of a target over into another lineage.
type adopter interface {
	Adopt(ctx context.Context, lineage string, instances []platform.Address) error
}

// balancerAdopter likewise a load balancer.
type balancerAdopter interface {
	Adopt(ctx context.Context, lineage string) error
}

// stateAdoptCommand takes what is live over into a state that does not know it.
func stateAdoptCommand() command {
	const usage = "rel state adopt [options]"
	var (
		in  planInputs
		yes runOptions
	)
	return command{
		name:     "state adopt",
		synopsis: "Take over what is live after the state was lost",
		usage:    usage,
		about: `
Hosts and load balancers refuse a state of another lineage than the one that they know,
so that two states never work on one environment. After a state was lost, rel state adopt
makes them take the present one (a new one, where there is none), and records in it what
is observed of the configured instances and load balancers. It changes nothing that runs.
The history of what was deployed is gone with the state: the next rel plan shows what
differs from the configuration.`,
		flags: func(fs *flag.FlagSet) {
			in.project.register(fs)
			in.vars.register(fs)
			in.out.registerColor(fs)
			yes.registerQuestions(fs)
		},
		run: func(ctx context.Context, p process, args []string) error {
			if err := want(args, 0, usage); err != nil {
				return err
			}
			return runAdopt(ctx, p, in, yes)
		},
	}
}

func runAdopt(ctx context.Context, p process, in planInputs, yes runOptions) error {
	d, err := desire(ctx, p, in)
	if err != nil {
		return err
	}
	env := d.world.Environment
	if err := yes.approve(p, fmt.Sprintf("Make the hosts and load balancers of %s take this state's word?", env)); err != nil {
		return err
	}
	return d.locked(ctx, p, env, "state adopt", func(ctx context.Context, _ platform.Fence) error {
		return d.adopt(ctx, p, d.world)
	})
}

func (w workspace) adopt(ctx context.Context, p process, world planner.World) error {
	env := world.Environment
	before, err := w.read(ctx, env)
	if err != nil {
		return err
	}
	if before.Unfinished != nil {
		return fmt.Errorf("%w: deployment %d of %s; end it first", executor.ErrUnfinished, before.Unfinished.Deployment, env)
	}
	s, err := w.site(p, env)
	if err != nil {
		return err
	}
	drivers, err := openDrivers(s, world.Targets, world.Balancers)
	if err != nil {
		return err
	}
	sc := scopeOf(world, nil, before)
	facts, err := observe(ctx, drivers, sc.instances)
	if err != nil {
		return err
	}
	after := adopted(before, world, facts)
	if after.Deployment, err = w.newest(ctx, env, before.Deployment); err != nil {
		return err
	}
	if err := adoptAll(ctx, drivers, sc, after.Lineage); err != nil {
		return err
	}
	if err := w.backend.WriteState(ctx, env, after, before.Serial); err != nil {
		return fmt.Errorf("saving the state: %w", err)
	}
	_, err = fmt.Fprintf(p.Out, "Adopted %s and %s of %s.\n", view.Count(len(after.Instances), "instance"), view.Count(len(after.Balancers), "load balancer"), env)
	return err
}

// newest is the highest number that a deployment ever had: the history may be there still.
func (w workspace) newest(ctx context.Context, env string, known int) (int, error) {
	numbers, err := w.backend.Deployments(ctx, env)
	if err != nil {
		return 0, fmt.Errorf("listing the deployments of %s: %w", env, err)
	}
	return max(known, slices.Max(append(numbers, 0))), nil
}

// adopted is the state that knows what was observed.
func adopted(s state.State, world planner.World, facts planner.Facts) state.State {
	if s.Lineage == "" {
		s = state.State{FormatVersion: state.FormatVersion, Lineage: rand.Text(), Project: world.Project, Environment: world.Environment}
	}
	s.Serial++
	s.Instances, s.Balancers = map[platform.Address]state.Instance{}, map[string]state.Balancer{}
	for a, f := range facts.Instances {
		if len(f.Slots) == 0 {
			continue
		}
		i := state.Instance{Slots: f.Slots, Fingerprint: f.Fingerprint()}
		for _, slot := range sortedKeys(f.Slots) {
			if f.Slots[slot].Running {
				i.Live = slot
			}
		}
		s.Instances[a] = i
	}
	for name, f := range facts.Balancers {
		if f.Setup != nil {
			s.Balancers[name] = state.Balancer{Setup: f.Setup, Servers: f.Servers}
		}
	}
	return s
}

func adoptAll(ctx context.Context, d executor.Drivers, sc scope, lineage string) error {
	var failed error
	for _, target := range sortedKeys(sc.instances) {
		if a, ok := d.Platforms[target].(adopter); ok {
			failed = errors.Join(failed, a.Adopt(ctx, lineage, sc.instances[target]))
		}
	}
	for _, name := range sortedKeys(d.Balancers) {
		if a, ok := d.Balancers[name].(balancerAdopter); ok {
			failed = errors.Join(failed, a.Adopt(ctx, lineage))
		}
	}
	return failed
}
