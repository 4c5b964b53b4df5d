package platform_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"rel/platform"
)

// What stands in a command is exactly what the process gets: a placeholder's value is put in
// once and never read again, and nothing else is touched.
func TestExpand(t *testing.T) {
	values := map[string]string{"port": "8081", "instance.key": "${port}", "empty": ""}
	for in, want := range map[string]string{
		"":                          "",
		"serve":                     "serve",
		":${port}":                  ":8081",
		"${port}${port}":            "80818081",
		"${instance.key}":           "${port}",
		"a${empty}b":                "ab",
		"$${port}":                  "${port}",
		"$$${port}":                 "$${port}",
		"$port $ {port} }":          "$port $ {port} }",
		"$${":                       "${",
		"cost: 5$":                  "cost: 5$",
		"${port}$${port}":           "8081${port}",
		"größe=${port}, 世界 ${port}": "größe=8081, 世界 8081",
	} {
		got, err := platform.Expand(in, values)
		require.NoError(t, err, in)
		require.Equal(t, want, got, in)
	}
}

// A mistake is an error that names it, and is never passed on to a process as it stands.
func TestExpandRefuses(t *testing.T) {
	values := map[string]string{"port": "8081", "slot": "blue"}
	for in, want := range map[string]string{
		"${prot}":   `"${prot}" has the unknown placeholder ${prot}; known are ${port}, ${slot}`,
		"${ port }": "unknown placeholder ${ port }",
		"${}":       "unknown placeholder ${}",
		"${port":    "without its }",
		"x${":       "without its }",
	} {
		_, err := platform.Expand(in, values)
		require.ErrorContains(t, err, want, in)
	}
}

// For every text: written with $${ it comes back as it was, and without ${ it is left alone.
func FuzzExpand(f *testing.F) {
	for _, s := range []string{"", "${port}", "$${port}", "$$${", "${", "}", "a${port", "${a${port}}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := platform.Expand(strings.ReplaceAll(s, "${", "$${"), nil)
		require.NoError(t, err)
		require.Equal(t, s, got)

		got, err = platform.Expand(s, map[string]string{"port": "1"})
		if !strings.Contains(s, "${") {
			require.NoError(t, err)
			require.Equal(t, s, got)
		}
	})
}
