package config

import (
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/stretchr/testify/require"
	"github.com/zclconf/go-cty/cty"
)

// The second fence: what got into a message all the same is taken out of it, the longer of two overlapping texts first.
func TestRedact(t *testing.T) {
	value := cty.ObjectVal(map[string]cty.Value{
		"short": cty.StringVal("ab"),
		"long":  cty.StringVal("sesame"),
		"list":  cty.ListVal([]cty.Value{cty.StringVal("sesame-2"), cty.NullVal(cty.String)}),
		"pin":   cty.NumberIntVal(4711),
	})
	l := &loader{secrets: leaves(value)}
	diags := l.redact(hcl.Diagnostics{{Summary: "about sesame", Detail: "sesame-2, 4711 and absent"}})
	require.Equal(t, "about (sensitive)", diags[0].Summary)
	require.Equal(t, "(sensitive), (sensitive) and absent", diags[0].Detail)
}
