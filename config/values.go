package config

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// givenValue is a value for a variable and where it comes from.
type givenValue struct {
	value cty.Value
	at    hcl.Range
	what  string // "default", "-var", "REL_VAR_name", "file:line"
	diags hcl.Diagnostics
}

func (g *givenValue) isNull() bool { return !g.diags.HasErrors() && g.value.IsNull() }

// givenValues are the values that count: the later a source, the stronger. Environment variables, then the auto files,
// then -var-file, then -var.
func (l *loader) givenValues(declared map[string]*variable) map[string]*givenValue {
	given := map[string]*givenValue{}
	s := valueSources{loader: l, declared: declared, given: given}
	s.environ()
	for _, name := range l.list("*.auto.vars.hcl") {
		s.file(name, filepath.Join(l.project.Dir, name))
	}
	for _, path := range l.inputs.VarFiles {
		s.file(path, path)
	}
	for _, option := range l.inputs.Vars {
		s.option(option)
	}
	return given
}

type valueSources struct {
	*loader
	declared map[string]*variable
	given    map[string]*givenValue
}

// environ takes what is declared: the environment is shared with other programs, and may hold more.
func (s valueSources) environ() {
	for _, name := range slices.Sorted(maps.Keys(s.declared)) {
		key := "REL_VAR_" + name
		if text, ok := s.inputs.Environ[key]; ok {
			s.given[name] = s.fromText(s.declared[name], key, text)
		}
	}
}

func (s valueSources) option(option string) {
	name, text, ok := strings.Cut(option, "=")
	name = strings.TrimSpace(name)
	if !ok || name == "" {
		s.report(&hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Invalid -var",
			Detail: "An option -var is not of the form NAME=VALUE. What was given is not shown, as it may be sensitive."})
		return
	}
	v, ok := s.declared[name]
	if !ok {
		if d := s.undeclared(name, "option -var"); d != nil {
			s.report(d)
		}
		return
	}
	s.given[name] = s.fromText(v, "-var", text)
}

// fromText is a value from a place that has only text: a string as it is, anything else as an expression. The text is
// a source like a file, so that messages can show it, but for sensitive ones.
func (s valueSources) fromText(v *variable, what, text string) *givenValue {
	at := hcl.Range{Filename: fmt.Sprintf("%s for variable %q", what, v.name), Start: hcl.InitialPos, End: hcl.InitialPos}
	at.End.Byte += len(text)
	at.End.Column += len(text)
	if !v.sensitive {
		s.project.Files[at.Filename] = &hcl.File{Bytes: []byte(text)}
	}
	g := &givenValue{at: at, what: what, value: cty.StringVal(text)}
	if v.literal {
		return g
	}
	expr, diags := parseExpression([]byte(text), at.Filename)
	if diags.HasErrors() {
		g.diags = diags
		return g
	}
	g.value, g.diags = evaluate(expr, constants(), cty.DynamicPseudoType)
	return g
}

// file reads the values of a file. Its text is shown in messages only where no variable is sensitive: after an error
// of syntax it is not known which line holds what.
func (s valueSources) file(name, path string) {
	src, err := readFile(path)
	if err != nil {
		s.report(&hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Cannot read the values of " + name, Detail: err.Error()})
		return
	}
	file, diags := parse(src, name)
	if file != nil && !s.anySensitive() {
		s.project.Files[name] = file
	}
	s.report(diags...)
	if diags.HasErrors() {
		return
	}
	body := file.Body.(*hclsyntax.Body)
	for _, b := range body.Blocks {
		s.report(mistake(b.TypeRange, "Unsupported block type", "A file of values holds arguments alone: NAME = VALUE."))
	}
	for _, attr := range sorted(body.Attributes) {
		s.argument(name, attr)
	}
}

func (s valueSources) argument(file string, attr *hclsyntax.Attribute) {
	if _, ok := s.declared[attr.Name]; !ok {
		if d := s.undeclared(attr.Name, "file"); d != nil {
			d.Subject = attr.NameRange.Ptr()
			s.report(d)
		}
		return
	}
	g := &givenValue{at: attr.Expr.Range(), what: fmt.Sprintf("%s:%d", file, attr.SrcRange.Start.Line)}
	g.value, g.diags = evaluate(attr.Expr, constants(), cty.DynamicPseudoType)
	s.given[attr.Name] = g
}

func (s valueSources) anySensitive() bool {
	for _, v := range s.declared {
		if v.sensitive {
			return true
		}
	}
	return false
}

// undeclared is about a value for a variable that is not there; nil where its declaration was refused.
func (s valueSources) undeclared(name, where string) *hcl.Diagnostic {
	if slices.Contains(s.root.names(variableSpec.name), name) {
		return nil
	}
	return &hcl.Diagnostic{
		Severity: hcl.DiagError,
		Summary:  "Unknown variable",
		Detail: fmt.Sprintf("The %s gives a value for variable %q, but there is no such variable.%s", where, name,
			didYouMean(name, slices.Collect(maps.Keys(s.declared)))),
	}
}
