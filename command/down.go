package command

import (
	"context"
	"fmt"

	"rel/platform"
	"rel/state"
)

// notRunning names what should be live in an environment and does not run. An undo puts back
// what its deployment had changed; what went down by itself meanwhile, as in a reboot, it does
// not start.
func (w workspace) notRunning(ctx context.Context, p process, env string) (down []string, err error) {
	l := live{workspace: w, env: env}
	if err := l.open(ctx, p); err != nil || l.world == nil {
		return nil, err
	}
	facts, err := l.observe(ctx)
	if err != nil {
		return nil, err
	}
	for _, a := range instanceAddresses(l.state) {
		if was := l.state.Instances[a]; was.Live != "" && was.Slots[was.Live].Running && !runs(facts.Instances[a], was) {
			down = append(down, a.String()+" does not run")
		}
	}
	for _, b := range l.world.Balancers {
		if l.state.Balancers[b.Name].Setup == nil {
			continue
		}
		if problem := balancerProblem(facts.Balancers[b.Name]); problem != "" {
			down = append(down, fmt.Sprintf("%s %s", b.Name, problem))
		}
	}
	return down, nil
}

func runs(f platform.Instance, was state.Instance) bool { return f.Slots[was.Live].Running }
