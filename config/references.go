package config

import (
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// scope is what the expressions of a block may refer to.
type scope struct{ context *hcl.EvalContext }

// with is the scope with more names in it.
func (s scope) with(names map[string]cty.Value) scope {
	child := s.context.NewChild()
	child.Variables = names
	child.Functions = s.context.Functions // HCL suggests only those of the innermost context
	return scope{child}
}

// lookup finds a first name: var, local, release, …
func (s scope) lookup(name string) (cty.Value, bool) {
	for c := s.context; c != nil; c = c.Parent() {
		if v, ok := c.Variables[name]; ok {
			return v, true
		}
	}
	return cty.NilVal, false
}

// names are the first names that the scope knows.
func (s scope) names() []string {
	var all []string
	for c := s.context; c != nil; c = c.Parent() {
		all = slices.AppendSeq(all, maps.Keys(c.Variables))
	}
	slices.Sort(all)
	return all
}

// check finds names in an expression that the scope does not know, before anything is evaluated.
func (s scope) check(expr hcl.Expression) hcl.Diagnostics {
	var diags hcl.Diagnostics
	for _, t := range expr.Variables() {
		if d := s.checkReference(t); d != nil {
			diags = append(diags, d)
		}
	}
	return diags
}

func (s scope) checkReference(t hcl.Traversal) *hcl.Diagnostic {
	root := t.RootName()
	value, ok := s.lookup(root)
	if !ok {
		return s.unknownName(root, t.SourceRange())
	}
	if !value.Type().IsObjectType() {
		return nil
	}
	name, ok := secondName(t)
	if !ok {
		return mistake(t.SourceRange(), "Invalid reference", "%q needs the name of what is meant, as in %s.NAME.", root, root)
	}
	if value.Type().HasAttribute(name) {
		return nil
	}
	known := slices.Collect(maps.Keys(value.Type().AttributeTypes()))
	return mistake(t.SourceRange(), "Unknown reference", "%s%s", missing(root, name), didYouMean(name, known))
}

// missing says that a first name has no such second name.
func missing(root, name string) string {
	switch root {
	case "var":
		return fmt.Sprintf("There is no variable %q.", name)
	case "local":
		return fmt.Sprintf("There is no local value %q.", name)
	}
	return fmt.Sprintf("There is no %s.%s.", root, name)
}

// blockNames are first names that refer to blocks, and only where a block is expected.
var blockNames = []string{"strategy", "load_balancer", "service", "release", "environment"}

// laterNames are first names that the language has and this version does not.
var laterNames = []string{"secret", "setting", "metrics", "analysis", "notify"}

// releaseNames are first names that mean something inside a release alone.
var releaseNames = []string{"release", "environment"}

func (s scope) unknownName(root string, at hcl.Range) *hcl.Diagnostic {
	const summary = "Unknown reference"
	switch {
	case slices.Contains(laterNames, root):
		return unsupported(at, fmt.Sprintf("A reference to %s", root))
	case root == "port" && s.knowsPlaceholders():
		return mistake(at, summary, "The service has no port: give it one with port or ports.")
	case slices.Contains(placeholderRoots, root):
		return mistake(at, summary, "%q is known only when an instance is activated: "+
			"it can be used in the command of a service and in its health checks.", root)
	case slices.Contains(releaseNames, root):
		return mistake(at, summary, "%q is known only inside a release block, and not in what its deploy blocks say.", root)
	case slices.Contains(blockNames, root):
		return mistake(at, summary, "A %s is not a value: it can be named only where a block is expected, "+
			"as in depends_on = [service.web].", root)
	}
	return mistake(at, summary, "There is nothing named %q here.%s", root, didYouMean(root, s.names()))
}

// blockReference reads TYPE.NAME. It is static: the name is checked, nothing is evaluated.
func blockReference(expr hcl.Expression, to string, known []string) (string, *hcl.Diagnostic) {
	t, diags := hcl.AbsTraversalForExpr(expr)
	name, ok := secondName(t)
	switch {
	case diags.HasErrors() || !ok || len(t) != 2 || t.RootName() != to:
		return "", mistake(expr.Range(), "Invalid reference", "A reference to a %s block is expected here, as in %s.NAME.%s",
			to, to, quotedName(expr, to, known))
	case !slices.Contains(known, name):
		return "", mistake(expr.Range(), "Unknown reference", "There is no %s %q.%s", to, name, didYouMean(name, known))
	}
	return name, nil
}

func secondName(t hcl.Traversal) (string, bool) {
	if len(t) < 2 {
		return "", false
	}
	attr, ok := t[1].(hcl.TraverseAttr)
	return attr.Name, ok
}

// quotedName suggests strategy.fast where "fast" is written.
func quotedName(expr hcl.Expression, to string, known []string) string {
	v, diags := expr.Value(nil)
	if diags.HasErrors() || v.Type() != cty.String || v.IsNull() || !v.IsKnown() || v.IsMarked() {
		return ""
	}
	if name := v.AsString(); slices.Contains(known, name) {
		return fmt.Sprintf(" Did you mean %s.%s, without quotes?", to, name)
	}
	return ""
}

// reference is the name of the block that an argument refers to.
func (r reader) reference(name string, known []string) string {
	spec, _ := r.block.spec.argument(name)
	attr, ok := r.block.args[name]
	if !ok {
		return ""
	}
	to, diag := blockReference(attr.Expr, spec.to, known)
	if diag != nil {
		r.report(diag)
	}
	return to
}

// references are the names of the blocks that an argument refers to, sorted.
func (r reader) references(name string, known []string) []string {
	spec, _ := r.block.spec.argument(name)
	attr, ok := r.block.args[name]
	if !ok {
		return nil
	}
	elements, diags := hcl.ExprList(attr.Expr)
	if diags.HasErrors() {
		r.wrong(name, "A list of references is expected here, as in [%s.NAME].", spec.to)
		return nil
	}
	var all []string
	for _, e := range elements {
		to, diag := blockReference(e, spec.to, known)
		switch {
		case diag != nil:
			r.report(diag)
		case slices.Contains(all, to):
			r.report(mistake(e.Range(), "Duplicate reference", "%s.%s is named twice.", spec.to, to))
		default:
			all = append(all, to)
		}
	}
	slices.Sort(all)
	return all
}
