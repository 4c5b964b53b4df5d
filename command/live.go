package command

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"rel/config"
	"rel/executor"
	"rel/planner"
	"rel/platform"
	"rel/state"
)

// live is what is live in an environment by the state alone, with drivers to look at it.
type live struct {
	workspace
	env     string
	state   state.State
	world   *planner.World // of the live deployment; nil: nothing was deployed, or all of it was undone
	drivers executor.Drivers
	places  map[platform.Address]planner.Placement
}

func openLive(ctx context.Context, p process, o projectFlags) (live, error) {
	w, err := openWorkspace(p, o)
	if err != nil {
		return live{}, err
	}
	l := live{workspace: w}
	if l.env, err = w.environment(ctx, p, o); err != nil {
		return live{}, err
	}
	return l, l.open(ctx, p)
}

func (l *live) open(ctx context.Context, p process) (err error) {
	if l.state, err = l.read(ctx, l.env); err != nil {
		return err
	}
	if l.world, err = l.workspace.world(ctx, l.env, l.state.Live); err != nil {
		return err
	}
	s, err := l.site(p, l.env)
	if err != nil || l.world == nil {
		return err
	}
	l.places = l.world.Instances()
	l.drivers, err = openDrivers(s, l.world.Targets, l.world.Balancers)
	return err
}

func (l live) targetOf(a platform.Address) string { return l.places[a].Target }

// match gives the addresses that a person means: all, of a service, or one.
func (l live) match(which string) (found []platform.Address, err error) {
	var services []string
	for a := range l.places {
		services = append(services, a.ServiceName())
		if which == "" || which == a.String() || which == a.ServiceName() || which == a.Service {
			found = append(found, a)
		}
	}
	slices.SortFunc(found, platform.CompareAddresses)
	if len(found) > 0 {
		return found, nil
	}
	if which == "" {
		return nil, fmt.Errorf("nothing is live in %s", l.env)
	}
	services = slices.Compact(sorted(services))
	if near := config.Nearest(which, services); near != "" {
		return nil, fmt.Errorf("%s has no service or instance %q. Did you mean %q?", l.env, which, near)
	}
	return nil, fmt.Errorf("%s has no service or instance %q. It has: %s", l.env, which, strings.Join(services, ", "))
}
