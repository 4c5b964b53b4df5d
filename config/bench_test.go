package config

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// manyInstances is a project whose cost must not depend on the number of instances.
func manyInstances(instances int) string {
	return fmt.Sprintf(`rel { project = "shop" }
environment "production" {
  target "local" "web" {
    instances     = %d
    load_balancer = load_balancer.edge
  }
  load_balancer "embedded" "edge" { bind = ":80" }
}
release "shop" {
  artifact {
    source   = "shop.tar.gz"
    insecure = true
  }
  service "web" {
    command = ["web", ":${port}"]
    ports   = { blue = 10000, green = 40000 }
  }
  deploy "production" { version = "1.0" }
}
`, instances)
}

// The instances of a target stay a number: ten thousand allocate as much as one.
func TestInstancesCostNothing(t *testing.T) {
	allocations := func(instances int) float64 {
		dir := write(t, map[string]string{"shop.rel.hcl": manyInstances(instances)})
		return testing.AllocsPerRun(5, func() {
			_, diags := Load(dir, Inputs{})
			require.False(t, diags.HasErrors())
		})
	}
	require.InEpsilon(t, allocations(2), allocations(10_000), 0.05)
}

func BenchmarkLoad10000Instances(b *testing.B) {
	dir := write(b, map[string]string{"shop.rel.hcl": manyInstances(10_000)})
	for b.Loop() {
		_, diags := Load(dir, Inputs{})
		require.False(b, diags.HasErrors())
	}
}

// A hundred releases in ten environments.
func BenchmarkLoadManyReleases(b *testing.B) {
	var src strings.Builder
	src.WriteString("rel { project = \"shop\" }\n")
	for e := range 10 {
		fmt.Fprintf(&src, "environment \"e%d\" {\n  target \"local\" \"web\" {}\n}\n", e)
	}
	for r := range 100 {
		fmt.Fprintf(&src, "release \"r%d\" {\n  artifact {\n    source = \"a-${release.version}\"\n    insecure = true\n  }\n", r)
		fmt.Fprintf(&src, "  service \"web\" {\n    command = [\"web\", \":${port}\"]\n    ports = { blue = %d, green = %d }\n    health_check \"http\" {}\n  }\n", 1000+2*r, 1001+2*r)
		for e := range 10 {
			fmt.Fprintf(&src, "  deploy \"e%d\" { version = \"1.%d\" }\n", e, r)
		}
		src.WriteString("}\n")
	}
	dir := write(b, map[string]string{"shop.rel.hcl": src.String()})
	for b.Loop() {
		project, diags := Load(dir, Inputs{})
		require.False(b, diags.HasErrors(), render(project, diags))
	}
}
