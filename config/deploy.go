package config

import (
	"errors"
	"regexp"
	"slices"

	"github.com/zclconf/go-cty/cty"
)

var deploySpec = blockSpec{
	name:   "deploy",
	labels: []string{labelEnvironment},
	repeat: named,
	doc:    "That the release goes to an environment, and at which version. The change of this version is the release.",
	args: []argSpec{
		{name: "version", kind: text, required: true, doc: "The version: letters, digits, and . _ + - after the first."},
		{name: "strategy", kind: reference, to: "strategy", doc: "Left out: the environment's, else rolling with its defaults."},
	},
}

// A version names folders and is part of addresses.
const maxVersion = 128 // characters; in the pattern they would cost each start of rel a tenth of a megabyte

var versionPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._+-]*$`)

func parseVersion(s string) (string, error) {
	if len(s) > maxVersion || !versionPattern.MatchString(s) {
		return "", errors.New("it names folders, so it begins with a letter or digit and goes on with these, '.', '_', '+' and '-', up to 128 characters")
	}
	return s, nil
}

// deployEnvironment is the environment of a deploy block; nil, reported, where there is none.
func (l *loader) deployEnvironment(d *block) *environment {
	if e, ok := l.environments[d.name]; ok {
		return e
	}
	if known := l.root.names(environmentSpec.name); !slices.Contains(known, d.name) {
		l.report(mistake(d.syntax.LabelRanges[0], "Unknown environment", "There is no environment %q.%s", d.name, didYouMean(d.name, known)))
	}
	return nil
}

// decodeDeploy reads the version and the strategy.
func (rel *release) decodeDeploy(d *block) {
	in := rel.loader.reader(d, rel.loader.global)
	rel.Version = in.parsed("version", parseVersion)
	rel.Strategy = rel.chooseStrategy(in.reference("strategy", rel.loader.root.names(strategySpec.name)))
}

// chooseStrategy takes the deploy block's, else the environment's, else the default.
func (rel *release) chooseStrategy(name string) *Strategy {
	if s, ok := rel.loader.strategies[name]; ok {
		return s
	}
	if s := rel.environment.strategy; s != nil {
		return s
	}
	return rel.loader.defaultStrategy()
}

// knownVersion is the version for expressions: unknown after a mistake in it, so that it causes no other.
func (rel *release) knownVersion() cty.Value {
	if rel.Version == "" {
		return cty.UnknownVal(cty.String)
	}
	return cty.StringVal(rel.Version)
}
