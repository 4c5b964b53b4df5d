package command

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"rel/artifact"
	"rel/balancer"
	"rel/balancer/embedded"
	"rel/executor"
	"rel/planner"
	"rel/platform"
	platformlocal "rel/platform/local"
)

// site is what drivers may need to know of where they run.
type site struct {
	dir        string // the environment's state folder
	executable string // rel's own binary
}

// platforms is the table of platforms: a new one is one folder and one line here.
var platforms = map[string]func(site, planner.Target) platform.Driver{
	"local": func(s site, t planner.Target) platform.Driver {
		return platformlocal.New(platformlocal.Config{
			Root: cmp.Or(t.Root, s.dir), Executable: s.executable, Unpack: unpack,
		})
	},
}

// unpack is what a platform unpacks artifacts with.
func unpack(ctx context.Context, r platform.ArtifactReader, kind, name, dir string) error {
	return artifact.Unpack(ctx, r, artifact.Artifact{Name: name, Kind: kind, Size: r.Size()}, dir, artifact.DefaultLimits())
}

// balancers is the table of load balancers, likewise.
var balancers = map[string]func(site, planner.Balancer) balancer.Driver{
	"embedded": func(s site, b planner.Balancer) balancer.Driver {
		return embedded.New(embedded.Config{
			Dir: filepath.Join(s.dir, "balancers", b.Name), Executable: s.executable, Version: Version,
		})
	},
}

// openDrivers makes a driver for each target and load balancer.
func openDrivers(s site, targets []planner.Target, lbs []planner.Balancer) (executor.Drivers, error) {
	d := executor.Drivers{Platforms: map[string]platform.Driver{}, Balancers: map[string]balancer.Driver{}}
	for _, t := range targets {
		open, ok := platforms[t.Type]
		if !ok {
			return d, fmt.Errorf("target %q is of type %q, which this version of rel does not have: %s", t.Name, t.Type, known(platforms))
		}
		d.Platforms[t.Name] = open(s, t)
	}
	for _, b := range lbs {
		open, ok := balancers[b.Type]
		if !ok {
			return d, fmt.Errorf("load balancer %q is of type %q, which this version of rel does not have: %s", b.Name, b.Type, known(balancers))
		}
		d.Balancers[b.Name] = open(s, b)
	}
	return d, nil
}

func known[V any](table map[string]V) string {
	var names []string
	for name := range table {
		names = append(names, name)
	}
	return "it has " + strings.Join(sorted(names), ", ")
}

func (w workspace) site(p process, env string) (site, error) {
	exe, err := p.executable()
	if err != nil {
		return site{}, fmt.Errorf("finding rel's own binary: %w", err)
	}
	return site{dir: filepath.Join(w.dir, env), executable: exe}, nil
}

// observe learns the facts of all that the worlds and the state name, all targets at once.
func observe(ctx context.Context, d executor.Drivers, where map[string][]platform.Address) (planner.Facts, error) {
	facts := planner.Facts{Instances: map[platform.Address]platform.Instance{}, Balancers: map[string]balancer.Facts{}}
	for _, target := range sortedKeys(where) {
		found, err := d.Platforms[target].Observe(ctx, where[target])
		if err != nil {
			return facts, fmt.Errorf("observing target %q: %w", target, err)
		}
		for a, i := range found {
			facts.Instances[a] = i
		}
	}
	for _, name := range sortedKeys(d.Balancers) {
		f, err := d.Balancers[name].Observe(ctx)
		if err != nil {
			return facts, fmt.Errorf("observing load balancer %q: %w", name, err)
		}
		facts.Balancers[name] = f
	}
	return facts, nil
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return slices.Clip(keys)
}
