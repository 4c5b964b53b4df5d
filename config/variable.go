package config

import (
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

var variableSpec = blockSpec{
	name:   "variable",
	labels: []string{labelName},
	repeat: named,
	doc:    "A value that is brought in from outside, used as var.NAME.",
	args: []argSpec{
		{name: "type", kind: typeOf, doc: "What values it takes, as in list(string). Left out: any; a value given with -var is then taken as a string."},
		{name: "default", kind: anything, doc: "The value where none is given. Left out: one must be given."},
		{name: "nullable", kind: boolean, def: "true", doc: "false: null stands for the default, or is refused where there is none."},
		{name: "description", kind: text, doc: "For people."},
		{name: "sensitive", kind: boolean, def: "false", doc: "true: the value is never shown, and may not reach a plan."},
	},
	blocks: []blockSpec{validationSpec},
}

var validationSpec = blockSpec{
	name:   "validation",
	repeat: anyNumber,
	doc:    "A condition that the value must meet.",
	args: []argSpec{
		{name: "condition", kind: condition, required: true, doc: "May use variables and functions; see can()."},
		{name: "error_message", kind: text, required: true, doc: "What to say where it is not met."},
	},
}

// variable is a declared variable.
type variable struct {
	name      string
	block     *block
	literal   bool // a value given as text is the value, not an expression
	valueType cty.Type
	defaults  *typeexpr.Defaults
	nullable  bool
	sensitive bool
}

// sensitiveMark is on every value that no plan, message or log may show.
const sensitiveMark = mark("sensitive")

type mark string

func decodeVariables(l *loader, blocks []*block) {
	declared := map[string]*variable{}
	for _, b := range blocks {
		declared[b.name] = l.declare(b)
	}
	l.project.Variables = slices.Sorted(maps.Keys(declared))
	given := l.givenValues(declared)
	values := map[string]cty.Value{}
	// what is declared in a refused block is there, but nothing is known of it
	for _, name := range l.root.names(variableSpec.name) {
		values[name] = cty.DynamicVal
	}
	for _, b := range blocks {
		values[b.name] = l.variableValue(declared[b.name], given[b.name])
	}
	l.global.context.Variables["var"] = cty.ObjectVal(values)
	for _, b := range blocks {
		l.validate(declared[b.name])
	}
}

func (l *loader) declare(b *block) *variable {
	r := l.reader(b, constants())
	r.text("description")
	v := &variable{
		name: b.name, block: b, literal: true, valueType: cty.DynamicPseudoType,
		nullable: r.flag("nullable"), sensitive: r.flag("sensitive"),
	}
	if attr, ok := b.args["type"]; ok {
		t, defaults, diags := typeexpr.TypeConstraintWithDefaults(attr.Expr)
		l.report(diags...)
		v.valueType, v.defaults, v.literal = t, defaults, t == cty.String
	}
	return v
}

// variableValue is the value of a variable: what was given last, else its default. Unknown stands for a mistake.
func (l *loader) variableValue(v *variable, given *givenValue) cty.Value {
	if given == nil || given.isNull() && !v.nullable {
		given = l.defaultOf(v)
	}
	if given == nil {
		l.report(mistake(v.block.place(), "No value for variable", "The variable %q has no default, and no value is given. "+
			"Give one with -var %s=VALUE, in a .vars.hcl file, or as REL_VAR_%s.", v.name, v.name, v.name))
		return cty.DynamicVal
	}
	value, ok := l.converted(v, given)
	if ok && v.sensitive {
		l.secrets = append(l.secrets, leaves(value)...)
		return value.Mark(sensitiveMark)
	}
	return value
}

func (l *loader) defaultOf(v *variable) *givenValue {
	attr, ok := v.block.args["default"]
	if !ok {
		return nil
	}
	g := &givenValue{at: attr.Expr.Range(), what: "default"}
	g.value, g.diags = evaluate(attr.Expr, constants(), cty.DynamicPseudoType)
	if !g.diags.HasErrors() && g.isNull() && !v.nullable {
		g.diags = append(g.diags, mistake(attr.Expr.Range(), "Invalid default", "The default cannot be null where nullable = false."))
	}
	return g
}

// converted is a given value as the variable's type.
func (l *loader) converted(v *variable, given *givenValue) (cty.Value, bool) {
	if given.diags.HasErrors() {
		l.report(v.discreet(given, given.diags)...)
		return cty.UnknownVal(v.valueType), false
	}
	value := given.value
	if v.defaults != nil && !value.IsNull() {
		value = v.defaults.Apply(value)
	}
	value, err := convert.Convert(value, v.valueType)
	if err != nil {
		l.report(v.discreet(given, hcl.Diagnostics{mistake(given.at, "Wrong type",
			"The value of variable %q does not fit its type, %s: %s.", v.name, typeexpr.TypeString(v.valueType), problem(err))})...)
		return cty.UnknownVal(v.valueType), false
	}
	return value, true
}

// discreet is what may be said about a mistake in a given value: of a sensitive one not even its line, which would be
// shown as a snippet.
func (v *variable) discreet(given *givenValue, diags hcl.Diagnostics) hcl.Diagnostics {
	if !v.sensitive {
		return diags
	}
	return hcl.Diagnostics{mistake(v.block.place(), "Invalid value", "What is given to the sensitive variable %q (%s) "+
		"is not a value of its type, %s. Neither the value nor its line is shown.",
		v.name, given.what, typeexpr.TypeString(v.valueType))}
}

// validate checks the conditions of a variable.
func (l *loader) validate(v *variable) {
	onlyVariables := scope{&hcl.EvalContext{Variables: l.global.context.Variables, Functions: l.global.context.Functions}}
	for _, b := range v.block.accepted(validationSpec.name) {
		r := l.reader(b, onlyVariables)
		message := r.text("error_message")
		if met, ok := r.condition("condition"); ok && !met && message != "" {
			l.report(mistake(b.at("condition"), "Invalid value for variable", "%s\n\nThe value of variable %q is checked here.", message, v.name))
		}
	}
}

// condition is an argument that is true or false. It may look at sensitive values: the answer goes no further.
func (r reader) condition(name string) (met, ok bool) {
	attr, written := r.block.args[name]
	if !written {
		return false, false
	}
	v, diags := evaluate(attr.Expr, r.scope, cty.Bool)
	r.report(diags...)
	v, _ = v.Unmark()
	if diags.HasErrors() || !v.IsKnown() {
		return false, false
	}
	if v.IsNull() {
		r.wrong(name, "%q must be true or false.", name)
		return false, false
	}
	return v.True(), true
}
