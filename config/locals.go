package config

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

var localsSpec = blockSpec{
	name:   "locals",
	repeat: anyNumber,
	open:   true,
	doc:    "Named values, NAME = VALUE, used as local.NAME; in any order, in any number of blocks.",
}

func decodeLocals(l *loader, blocks []*block) {
	declared := map[string]*hclsyntax.Attribute{}
	for _, b := range blocks {
		for _, attr := range sorted(b.args) {
			if first, ok := declared[attr.Name]; ok {
				at := sourceOf(first.SrcRange)
				l.report(mistake(attr.NameRange, "Duplicate name", "There is another local value %q, at %s:%d.", attr.Name, at.File, at.Line))
				continue
			}
			declared[attr.Name] = attr
		}
	}
	l.evaluateLocals(declared)
}

// evaluateLocals gives each local value after those that it uses. What is in a cycle, or wrong, stays unknown.
func (l *loader) evaluateLocals(declared map[string]*hclsyntax.Attribute) {
	values := map[string]cty.Value{}
	needs := map[string][]string{}
	for name, attr := range declared {
		values[name] = cty.DynamicVal
		needs[name] = usedLocals(attr.Expr)
	}
	names, cycles := order(needs)
	for _, cycle := range cycles {
		l.report(mistake(declared[cycle[0]].SrcRange, "Cycle", "These local values need each other: %s.", around(cycle, "local.")))
	}
	l.global.context.Variables["local"] = cty.ObjectVal(values) // for the names
	inCycle := members(cycles)
	for _, name := range names {
		if !inCycle[name] {
			values[name] = l.evaluateLocal(declared[name].Expr, needs[name], values)
		}
	}
	l.global.context.Variables["local"] = cty.ObjectVal(values)
}

// evaluateLocal gives an expression only the local values that it needs: all of them for each would take quadratic time.
func (l *loader) evaluateLocal(expr hcl.Expression, needs []string, values map[string]cty.Value) cty.Value {
	if diags := l.global.check(expr); diags.HasErrors() {
		l.report(diags...)
		return cty.DynamicVal
	}
	needed := map[string]cty.Value{}
	for _, name := range needs {
		needed[name] = values[name]
	}
	v, diags := evaluate(expr, l.global.with(map[string]cty.Value{"local": cty.ObjectVal(needed)}), cty.DynamicPseudoType)
	l.report(diags...)
	return v
}

func usedLocals(expr hcl.Expression) []string {
	var names []string
	for _, t := range expr.Variables() {
		if name, ok := secondName(t); ok && t.RootName() == "local" {
			names = append(names, name)
		}
	}
	return names
}

func members(cycles [][]string) map[string]bool {
	all := map[string]bool{}
	for _, cycle := range cycles {
		for _, name := range cycle {
			all[name] = true
		}
	}
	return all
}
