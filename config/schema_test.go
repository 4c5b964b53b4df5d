package config

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/zclconf/go-cty/cty"
)

// Every block and argument of the tables can be shown in a manual, and its default can be read.
func TestTheTablesAreWhole(t *testing.T) {
	for _, spec := range fileSpec.blocks {
		checkSpec(t, spec, spec.name)
	}
}

func checkSpec(t *testing.T, spec blockSpec, path string) {
	require.Regexp(t, `\.$`, spec.doc, "%s has no doc", path)
	seen := map[string]bool{}
	for _, a := range spec.args {
		where := path + "." + a.name
		require.False(t, seen[a.name], "%s is there twice", where)
		seen[a.name] = true
		require.Regexp(t, `\.$`, a.doc, "%s has no doc", where)
		require.False(t, a.required && a.def != "", "%s is required and has a default", where)
		require.Equal(t, a.kind == reference || a.kind == references, a.to != "", where)
		checkDefault(t, a, where)
	}
	for _, b := range spec.blocks {
		require.False(t, seen[b.name], "%s.%s is there twice", path, b.name)
		seen[b.name] = true
		checkSpec(t, b, path+"."+b.name)
	}
	for _, name := range spec.later {
		require.False(t, seen[name], "%s.%s is supported and is not", path, name)
	}
	for _, kind := range spec.types {
		merged, ok := spec.ofType(kind.name)
		require.True(t, ok)
		merged.types = nil
		checkSpec(t, merged, path+" "+kind.name)
		require.NotContains(t, spec.laterTypes, kind.name)
	}
}

func checkDefault(t *testing.T, a argSpec, where string) {
	if a.def == "" {
		return
	}
	v, ok := defaultValue(a, cty.String)
	require.True(t, ok, where)
	var err error
	switch a.kind {
	case duration:
		_, err = parseDuration(v.AsString())
	case count:
		_, err = parseCount(v.AsString())
	case integer, boolean, text:
	default:
		t.Errorf("%s: nothing checks a default of kind %s", where, a.kind)
	}
	require.NoError(t, err, where)
}

// The reference is for each type of a block on its own, with what all types share.
func TestBlocks(t *testing.T) {
	var names []string
	for _, b := range Blocks() {
		names = append(names, strings.TrimSpace(b.Name+" "+b.Type))
	}
	require.Equal(t, []string{
		"rel", "variable", "locals",
		"strategy recreate", "strategy rolling", "strategy blue_green", "strategy canary",
		"environment", "release",
	}, names)
	rolling := Blocks()[4]
	require.Equal(t, []string{"TYPE", "NAME"}, rolling.Labels)
	require.Contains(t, rolling.Arguments, ArgumentDoc{
		Name: "max_parallel", Type: "count or percentage", Default: "1",
		Doc: "How many instances change at once. A percentage is rounded down, to at least 1.",
	})
	require.Contains(t, rolling.Arguments, ArgumentDoc{
		Name: "healthy_deadline", Type: "duration", Default: `"5m"`, Doc: "How long a new instance may take to get there.",
	})
	require.Equal(t, "at least once", Blocks()[6].Blocks[0].Repeat)
}
