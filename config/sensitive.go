package config

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// hasMark says whether any part of a value is sensitive.
func hasMark(v cty.Value) bool {
	_, marks := v.UnmarkDeep()
	return len(marks) > 0
}

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

// redact takes sensitive values out of messages. Marks keep them out of the values that HCL shows, but an error of a
// function may quote its arguments.
func (l *loader) redact(diags hcl.Diagnostics) hcl.Diagnostics {
	for _, d := range diags {
		if failedOnSensitive(d) {
			d.Detail = "The function failed. It was given a sensitive value, so the reason is not shown."
		}
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

// failedOnSensitive says whether a function failed whose arguments are computed from sensitive values.
func failedOnSensitive(d *hcl.Diagnostic) bool {
	_, called := hcl.DiagnosticExtra[hclsyntax.FunctionCallDiagExtra](d)
	if !called || d.Expression == nil || d.EvalContext == nil {
		return false
	}
	for _, t := range d.Expression.Variables() {
		if v, diags := t.TraverseAbs(d.EvalContext); !diags.HasErrors() && hasMark(v) {
			return true
		}
	}
	return false
}
