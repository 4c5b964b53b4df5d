package config

import (
	"cmp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// leaves are the texts inside a value, as a message could show them.
func leaves(v cty.Value) []string {
	var all []string
	_ = cty.Walk(v, func(_ cty.Path, v cty.Value) (bool, error) { // the callback returns no error
		switch {
		case v.IsNull() || !v.IsKnown():
		case v.Type() == cty.String:
			all = append(all, v.AsString())
		case v.Type() == cty.Number:
			all = append(all, v.AsBigFloat().Text('f', -1))
		}
		return true, nil
	})
	return all
}

// discreet takes the reason out of diagnostics about an expression that uses sensitive values: HCL quotes values in
// some, and shows the variables of a for expression, whose values have lost their marks.
func (s scope) discreet(expr hcl.Expression, diags hcl.Diagnostics) hcl.Diagnostics {
	if len(diags) == 0 || !s.usesSensitive(expr) {
		return diags
	}
	for _, d := range diags {
		d.Expression, d.EvalContext = nil, nil
		d.Detail = "The expression uses a sensitive value, so the reason is not shown."
	}
	return diags
}

func (s scope) usesSensitive(expr hcl.Expression) bool {
	for _, t := range expr.Variables() {
		if v, diags := t.TraverseAbs(s.context); diags.HasErrors() || v.ContainsMarked() {
			return true
		}
	}
	return false
}

// redact takes sensitive values out of messages. It is the second fence: none should get as far.
func (l *loader) redact(diags hcl.Diagnostics) hcl.Diagnostics {
	// the longest first, for one may hold another
	slices.SortFunc(l.secrets, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b)) })
	for _, d := range diags {
		for _, s := range l.secrets {
			d.Summary = hide(d.Summary, s)
			d.Detail = hide(d.Detail, s)
		}
	}
	return diags
}

// hide replaces a sensitive text. A text of one or two characters is in every sentence and says nothing there.
func hide(message, sensitive string) string {
	if len(sensitive) < 3 {
		return message
	}
	return strings.ReplaceAll(message, sensitive, "(sensitive)")
}
