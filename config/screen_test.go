package config

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The screen of a mistake is a promise of the design, to the wording.
func TestTheScreenOfAMistake(t *testing.T) {
	const src = `rel { project = "shop" }








strategy "rolling" "fast" {
  # twelve lines down
  max_paralel = 2
}
`
	const want = `Error: Unsupported argument

  on releases.rel.hcl line 12, in strategy "rolling" "fast":
  12:   max_paralel = 2

An argument named "max_paralel" is not expected here. Did you mean "max_parallel"?

`
	project, diags := loadSource(t, "releases.rel.hcl", []byte(src))
	require.Equal(t, want, render(project, diags))
}

// A mistake that shows in each environment is said once; one that shows in some names them.
func TestEachMistakeIsSaidOnce(t *testing.T) {
	project, diags := loadSource(t, "a.rel.hcl", []byte(`rel { project = "shop" }
environment "one" {
  target "local" "web" {}
}
environment "two" {
  target "local" "web" {}
}
environment "three" {}
release "shop" {
  artifact {
    source   = "a"
    insecure = "perhaps"
  }
  service "web" { command = ["web"] }
  deploy "one" { version = "1" }
  deploy "two" { version = "2" }
  deploy "three" { version = "3" }
}
`))
	require.Len(t, diags, 2, render(project, diags))
	require.Contains(t, diags[0].Detail, "bool is required")
	require.Contains(t, diags[1].Detail, `deployed to "three", but that environment has no target "web"`)
}
