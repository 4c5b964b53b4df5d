package config

import (
	"slices"

	"github.com/zclconf/go-cty/cty"
)

var releaseSpec = blockSpec{
	name:   "release",
	labels: []string{labelName},
	repeat: named,
	doc: "What is deployed: an artifact at a version, and its services. " +
		"Expressions inside it can use release.name, release.version and environment.name; it is evaluated for each environment.",
	args: []argSpec{
		{name: "depends_on", kind: references, to: "release", doc: "Releases of the same environment that are deployed before this one."},
	},
	blocks: append(specs(releaseBlocks), deploySpec),
	later:  []string{"file", "backup", "migration", "hook", "checklist", "manifests"},
}

// releaseBlocks is the table of the blocks of a release that are evaluated for each of its environments.
var releaseBlocks = []entry[*release]{
	{artifactSpec, decodeArtifact},
	{serviceSpec, decodeServices},
}

// release is a Release while it is decoded for one environment.
type release struct {
	*Release
	loader      *loader
	environment *environment
	block       *block
	scope       scope
}

func decodeReleases(l *loader, blocks []*block) {
	needs := map[string][]string{}
	for _, b := range blocks {
		needs[b.name] = l.reader(b, l.global).references("depends_on", l.root.names(releaseSpec.name))
		l.deployEverywhere(b, needs[b.name])
	}
	l.reportCycles(blocks, needs, "release")
	sorted, _ := order(needs)
	for _, known := range l.project.Environments {
		e := l.environments[known.Name]
		e.arrange(sorted)
		e.check()
	}
}

// reportCycles reports each cycle at the depends_on of the first block in it.
func (l *loader) reportCycles(blocks []*block, needs map[string][]string, kind string) {
	_, cycles := order(needs)
	for _, cycle := range cycles {
		i := slices.IndexFunc(blocks, func(b *block) bool { return b.name == cycle[0] })
		l.report(mistake(blocks[i].at("depends_on"), "Cycle", "These %ss depend on each other: %s.", kind, around(cycle, kind+".")))
	}
}

// deployEverywhere evaluates a release for each environment that it is deployed to.
func (l *loader) deployEverywhere(b *block, needs []string) {
	if len(b.blocks[deploySpec.name]) == 0 {
		l.report(mistake(b.place(), "Unused release",
			"The release %q is deployed to no environment. Give it a block: deploy \"ENVIRONMENT\" { version = … }", b.name))
	}
	for _, d := range b.accepted(deploySpec.name) {
		if e := l.deployEnvironment(d); e != nil {
			l.deploy(b, d, e, needs)
		}
	}
}

// deploy evaluates a release for one environment.
func (l *loader) deploy(b, d *block, e *environment, needs []string) {
	r := &release{
		Release:     &Release{Name: b.name, Source: b.source(), DependsOn: needs, VersionSource: sourceOf(d.at("version"))},
		loader:      l,
		environment: e,
		block:       b,
	}
	r.decodeDeploy(d)
	r.scope = l.global.with(map[string]cty.Value{
		"release":     cty.ObjectVal(map[string]cty.Value{"name": cty.StringVal(r.Name), "version": r.knownVersion()}),
		"environment": cty.ObjectVal(map[string]cty.Value{"name": cty.StringVal(e.Name)}),
	})
	decodeAll(releaseBlocks, r, b)
	e.Releases = append(e.Releases, r.Release)
}

// arrange sorts the releases of an environment, and leaves out the dependencies that are not deployed to it.
func (e *environment) arrange(sorted []string) {
	here := map[string]bool{}
	for _, r := range e.Releases {
		here[r.Name] = true
	}
	for _, r := range e.Releases {
		r.DependsOn = only(r.DependsOn, here)
	}
	position := map[string]int{}
	for i, name := range sorted {
		position[name] = i
	}
	slices.SortFunc(e.Releases, func(a, b *Release) int { return position[a.Name] - position[b.Name] })
}

// only are the names that are in a set; nil where none is.
func only(names []string, in map[string]bool) []string {
	var all []string
	for _, name := range names {
		if in[name] {
			all = append(all, name)
		}
	}
	return all
}
