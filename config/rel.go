package config

import (
	"github.com/hashicorp/go-version"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

var relSpec = blockSpec{
	name:   "rel",
	repeat: exactlyOne,
	doc:    "The project. It stands once, in any of the files.",
	args: []argSpec{
		{name: "project", kind: text, required: true, doc: "The name of the project; names its state."},
		{name: "required_version", kind: text, doc: "The versions of rel that may read this project, as in \">= 0.1.0\"."},
	},
	later: []string{"backend"},
}

func decodeRel(l *loader, blocks []*block) {
	l.global = scope{&hcl.EvalContext{Functions: functions(l.project.Dir), Variables: map[string]cty.Value{}}}
	for _, b := range blocks {
		r := l.reader(b, constants())
		l.project.Name = r.parsed("project", parseName)
	}
}

// constants is a scope without any name or function.
func constants() scope {
	return scope{&hcl.EvalContext{Variables: map[string]cty.Value{}, Functions: map[string]function.Function{}}}
}

// checkVersion says whether this version of rel may read the project. It looks before anything else is checked.
func (l *loader) checkVersion(bodies []*hclsyntax.Body) bool {
	for _, body := range bodies {
		for _, b := range body.Blocks {
			if attr, ok := b.Body.Attributes["required_version"]; ok && b.Type == relSpec.name {
				l.report(l.versionMistakes(attr)...)
			}
		}
	}
	return !l.diags.HasErrors()
}

func (l *loader) versionMistakes(attr *hclsyntax.Attribute) hcl.Diagnostics {
	at := attr.Expr.Range()
	v, diags := evaluate(attr.Expr, constants(), cty.String)
	if diags.HasErrors() || v.IsNull() || !v.IsKnown() {
		return diags
	}
	wanted, err := version.NewConstraint(v.AsString())
	if err != nil {
		return hcl.Diagnostics{mistake(at, "Invalid version constraint",
			"%q is not a constraint of versions; write it as in \">= 0.1.0\" or \"~> 0.1\".", v.AsString())}
	}
	own, err := version.NewVersion(l.inputs.Version)
	if err != nil {
		return hcl.Diagnostics{mistake(at, "Unknown version of rel",
			"The project requires rel %s, but this rel does not know its own version (%q).", wanted, l.inputs.Version)}
	}
	// a prerelease counts as the version that it leads to
	if !wanted.Check(own) && !wanted.Check(own.Core()) {
		return hcl.Diagnostics{mistake(at, "Unsupported version of rel",
			"The project requires rel %s, but this is rel %s. Use a version that fits; nothing else was checked.", wanted, own)}
	}
	return nil
}
