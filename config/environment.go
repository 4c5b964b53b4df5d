package config

import (
	"cmp"
	"slices"
)

var environmentSpec = blockSpec{
	name:   "environment",
	labels: []string{labelName},
	repeat: named,
	doc:    "A place where releases run.",
	args: []argSpec{
		{name: "strategy", kind: reference, to: "strategy", doc: "The strategy of what is deployed here, unless a deploy block names another."},
	},
	blocks: specs(environmentBlocks),
	later:  []string{"settings", "settings_file", "promotion", "approval", "window", "dependency", "monitor"},
}

// environmentBlocks is the table of the blocks of an environment. Targets refer to load balancers.
var environmentBlocks = []entry[*environment]{
	{loadBalancerSpec, decodeLoadBalancers},
	{targetSpec, decodeTargets},
}

// environment is an Environment while it is decoded.
type environment struct {
	*Environment
	loader   *loader
	block    *block
	strategy *Strategy // nil: none is named
	placed   []placement
}

// placement is a service of a release in an environment, and where it is written.
type placement struct {
	release *Release
	service *Service
	block   *block
}

func decodeEnvironments(l *loader, blocks []*block) {
	l.environments = map[string]*environment{}
	for _, b := range blocks {
		e := &environment{Environment: &Environment{Name: b.name, Source: b.source()}, loader: l, block: b}
		e.strategy = l.strategies[l.reader(b, l.global).reference("strategy", l.root.names("strategy"))]
		decodeAll(environmentBlocks, e, b)
		l.environments[b.name] = e
		l.project.Environments = append(l.project.Environments, e.Environment)
	}
	sortByName(l.project.Environments, func(e *Environment) string { return e.Name })
}

func sortByName[T any](all []T, name func(T) string) {
	slices.SortFunc(all, func(a, b T) int { return cmp.Compare(name(a), name(b)) })
}

// target is the target of this name; nil where there is none, or only a refused one.
func (e *Environment) target(name string) *Target {
	for _, t := range e.Targets {
		if t.Name == name {
			return t
		}
	}
	return nil
}
