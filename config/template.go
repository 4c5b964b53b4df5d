package config

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// placeholderRoots are the first names of references to placeholders.
var placeholderRoots = []string{"port", "slot", "instance"}

// withPlaceholders is the scope of commands and health checks. A service without a port has no name port.
func (s scope) withPlaceholders(hasPort bool) scope {
	names := map[string]cty.Value{
		"slot": cty.StringVal(sentinel(holdSlot)),
		"instance": cty.ObjectVal(map[string]cty.Value{
			"key":  cty.StringVal(sentinel(holdInstanceKey)),
			"host": cty.StringVal(sentinel(holdInstanceHost)),
		}),
	}
	if hasPort {
		names["port"] = cty.StringVal(sentinel(holdPort))
	}
	return s.with(names)
}

func (s scope) knowsPlaceholders() bool {
	_, ok := s.lookup("slot")
	return ok
}

// template is a string that may hold placeholders.
func (r reader) template(name string) string {
	v, ok := r.templateValue(name, cty.String)
	if !ok {
		return ""
	}
	return r.encoded(name, v)
}

// templates is a list of strings that may hold placeholders.
func (r reader) templates(name string) []string {
	v, ok := r.templateValue(name, cty.List(cty.String))
	if !ok || !r.noNulls(name, v) {
		return nil
	}
	all := make([]string, 0, v.LengthInt())
	for _, e := range v.AsValueSlice() {
		all = append(all, r.encoded(name, e))
	}
	return all
}

// templateMap is a map of strings that may hold placeholders.
func (r reader) templateMap(name string) map[string]string {
	v, ok := r.templateValue(name, cty.Map(cty.String))
	if !ok || !r.noNulls(name, v) || v.LengthInt() == 0 {
		return nil
	}
	all := map[string]string{}
	for key, e := range v.AsValueMap() {
		all[r.encoded(name, cty.StringVal(key))] = r.encoded(name, e)
	}
	return all
}

func (r reader) encoded(name string, v cty.Value) string {
	s, err := encode(v.AsString())
	if err != nil {
		r.wrong(name, "%s.", upperFirst(err.Error()))
	}
	return s
}

// templateValue evaluates an argument in which placeholders stand only where they can be kept until activation.
func (r reader) templateValue(name string, want cty.Type) (cty.Value, bool) {
	attr, written := r.block.args[name]
	if !written {
		return r.value(name, want)
	}
	w := placeholderWalk{roots: placeholderRoots}
	w.allow(attr.Expr)
	if w.diags.HasErrors() {
		r.report(w.diags...)
		return cty.NilVal, false
	}
	return r.value(name, want)
}

// placeholderWalk finds references to placeholders that cannot be kept: what is computed from a value that is not
// known yet would be computed from its name.
type placeholderWalk struct {
	roots []string // without the names that a for expression around hides
	diags hcl.Diagnostics
}

// listBuilders are the functions that hand on the strings of their arguments as they are.
var listBuilders = []string{"concat", "flatten", "compact", "tolist"}

// allow goes through an expression whose value is kept as it is.
func (w *placeholderWalk) allow(expr hclsyntax.Expression) {
	switch e := expr.(type) {
	case *hclsyntax.ScopeTraversalExpr:
		w.reference(e)
	case *hclsyntax.TemplateExpr:
		w.allowAll(e.Parts)
	case *hclsyntax.TemplateWrapExpr:
		w.allow(e.Wrapped)
	case *hclsyntax.TemplateJoinExpr:
		w.allow(e.Tuple)
	case *hclsyntax.ParenthesesExpr:
		w.allow(e.Expression)
	case *hclsyntax.TupleConsExpr:
		w.allowAll(e.Exprs)
	case *hclsyntax.ObjectConsExpr:
		w.object(e)
	case *hclsyntax.ConditionalExpr:
		w.forbid(e.Condition)
		w.allowAll([]hclsyntax.Expression{e.TrueResult, e.FalseResult})
	case *hclsyntax.ForExpr:
		w.loop(e)
	case *hclsyntax.FunctionCallExpr:
		w.call(e)
	default:
		w.forbid(expr)
	}
}

func (w *placeholderWalk) allowAll(exprs []hclsyntax.Expression) {
	for _, e := range exprs {
		w.allow(e)
	}
}

// reference allows port, slot, instance.key and instance.host, but nothing inside these.
func (w *placeholderWalk) reference(e *hclsyntax.ScopeTraversalExpr) {
	steps := 1
	if e.Traversal.RootName() == "instance" {
		steps = 2
	}
	if len(e.Traversal) > steps {
		w.forbid(e)
	}
}

func (w *placeholderWalk) object(e *hclsyntax.ObjectConsExpr) {
	for _, item := range e.Items {
		w.forbid(item.KeyExpr)
		w.allow(item.ValueExpr)
	}
}

func (w *placeholderWalk) call(e *hclsyntax.FunctionCallExpr) {
	if slices.Contains(listBuilders, e.Name) {
		w.allowAll(e.Args)
		return
	}
	w.forbid(e)
}

// loop allows placeholders in the values of a for expression alone: what it goes over, it may compare.
func (w *placeholderWalk) loop(e *hclsyntax.ForExpr) {
	w.forbid(e.CollExpr)
	inner := placeholderWalk{}
	for _, root := range w.roots {
		if root != e.KeyVar && root != e.ValVar {
			inner.roots = append(inner.roots, root)
		}
	}
	for _, part := range []hclsyntax.Expression{e.KeyExpr, e.CondExpr} {
		if part != nil {
			inner.forbid(part)
		}
	}
	inner.allow(e.ValExpr)
	w.diags = append(w.diags, inner.diags...)
}

func (w *placeholderWalk) forbid(expr hclsyntax.Expression) {
	for _, t := range expr.Variables() {
		if slices.Contains(w.roots, t.RootName()) {
			w.diags = append(w.diags, mistake(t.SourceRange(), "Not known yet", "%q is known only when an instance is activated. "+
				"It can be an element of a list or a part of a template, but nothing can be computed from it: "+
				"no condition, comparison, arithmetic, index or function, except %s.", t.RootName(), quotedList(listBuilders)))
		}
	}
}
