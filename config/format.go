package config

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclwrite"
)

// Format lays a file of the language out in the one usual way. A file that cannot be parsed comes back as it was,
// with the reason: what is broken must not be reshaped.
func Format(src []byte, filename string) ([]byte, hcl.Diagnostics) {
	if _, diags := parse(src, filename); diags.HasErrors() {
		return src, diags
	}
	return hclwrite.Format(src), nil
}
