package config

import (
	"errors"
	"path/filepath"
)

var targetSpec = blockSpec{
	name:   "target",
	labels: []string{labelType, labelName},
	repeat: named,
	doc:    "Where in the environment services run.",
	types: []blockSpec{
		{
			name: "local", doc: "This machine. Each instance has a folder of its own, as if it were a host.",
			args: []argSpec{
				{name: "instances", kind: integer, def: "1", doc: "How many instances of a service run, at least 1."},
				{name: "root", kind: text, doc: "The folder for them, an absolute path. Left out: below the project's state."},
				{name: "load_balancer", kind: reference, to: "load_balancer", doc: "What shares the requests among the instances."},
			},
			later: []string{"hosts", "user", "become", "transfer", "ssh_config"},
		},
	},
	laterTypes: []string{"ssh", "kubernetes", "lua"},
}

func decodeTargets(e *environment, blocks []*block) {
	for _, b := range blocks {
		r := e.loader.reader(b, e.loader.global)
		t := &Target{
			Name: b.name, Type: b.kind, Source: b.source(),
			Instances:    r.integer("instances", 1, maxInstances),
			Root:         r.parsed("root", parseRoot),
			LoadBalancer: r.reference("load_balancer", e.block.names(loadBalancerSpec.name)),
		}
		e.Targets = append(e.Targets, t)
	}
	sortByName(e.Targets, func(t *Target) string { return t.Name })
}

func parseRoot(s string) (string, error) {
	if !filepath.IsAbs(s) {
		return "", errors.New("it must be an absolute path, which is the same wherever rel runs")
	}
	return filepath.Clean(s), nil
}

// maxInstances is more than there are ports.
const maxInstances = 100_000
