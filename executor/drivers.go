package executor

import (
	"context"
	"fmt"
	"time"

	"rel/balancer"
	"rel/planner"
	"rel/platform"
)

// Drivers are the hands of a deployment. Runners take the part of one that they need.
type Drivers struct {
	Platforms map[string]platform.Driver // by the name of the target
	Balancers map[string]balancer.Driver // by name
	// Artifacts opens the artifact of a revision that has to be staged.
	Artifacts func(platform.Revision) platform.OpenArtifact
}

// Clock is time as a deployment sees it. Sleep returns early, with ctx's error, when ctx ends.
type Clock struct {
	Now   func() time.Time
	Sleep func(ctx context.Context, d time.Duration) error
}

// SystemClock is the time of this machine.
func SystemClock() Clock {
	return Clock{Now: time.Now, Sleep: func(ctx context.Context, d time.Duration) error {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
			return nil
		}
	}}
}

func (d Drivers) platform(target string) (platform.Driver, error) {
	if p, ok := d.Platforms[target]; ok {
		return p, nil
	}
	return nil, fmt.Errorf("there is no driver for the target %q", target)
}

func (d Drivers) balancer(name string) (balancer.Driver, error) {
	if b, ok := d.Balancers[name]; ok {
		return b, nil
	}
	return nil, fmt.Errorf("there is no driver for the load balancer %q", name)
}

// fit finds out, before anything is locked or changed, whether every step of the plan has its
// runner and every place that the plan names its driver.
func (d Drivers) fit(plan *planner.Plan) error {
	for _, t := range plan.Targets {
		if _, err := d.platform(t.Name); err != nil {
			return err
		}
	}
	for _, b := range plan.Balancers {
		if _, err := d.balancer(b.Name); err != nil {
			return err
		}
	}
	for i := range plan.Steps {
		if err := d.fitStep(&plan.Steps[i]); err != nil {
			return fmt.Errorf("step %s: %w", plan.Steps[i].ID, err)
		}
	}
	return nil
}

func (d Drivers) fitStep(step *planner.Step) error {
	if _, ok := runners[step.Kind]; !ok {
		return fmt.Errorf("this version of rel does not know steps of the kind %q", step.Kind)
	}
	if target, _, ok := step.Place(); ok {
		_, err := d.platform(target)
		return err
	}
	if name := balancerOf(step); name != "" {
		_, err := d.balancer(name)
		return err
	}
	return nil
}

// balancerOf gives the load balancer that a step works on; empty: none.
func balancerOf(step *planner.Step) string {
	switch args := step.Args.(type) {
	case *planner.EnsureBalancer:
		return args.Balancer
	case *planner.Drain:
		return args.Balancer
	case *planner.Undrain:
		return args.Balancer
	case *planner.Traffic:
		return args.Balancer
	}
	return ""
}
