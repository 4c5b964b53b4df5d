package config

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// One usual way: two spaces a level, equals signs in a column, no spaces at the end of a line.
func TestFormat(t *testing.T) {
	const before = "strategy  \"rolling\" \"fast\" {\nmax_parallel=1   # one\n    min_healthy_time =\"10s\"\n\n  step { weight=5}   \n}\n"
	const after = "strategy \"rolling\" \"fast\" {\n  max_parallel     = 1 # one\n  min_healthy_time = \"10s\"\n\n  step { weight = 5 }\n}\n"
	got, diags := Format([]byte(before), "a.rel.hcl")
	require.Empty(t, diags)
	require.Equal(t, after, string(got))
}

// A file that cannot be parsed is not reshaped.
func TestFormatLeavesWhatIsBroken(t *testing.T) {
	const broken = "a =   [1\nb   = 2\n"
	got, diags := Format([]byte(broken), "a.rel.hcl")
	require.True(t, diags.HasErrors())
	require.Equal(t, "a.rel.hcl", diags[0].Subject.Filename)
	require.Equal(t, broken, string(got))
}

// What is shown as an example is laid out as Format does it.
func TestTheSampleProjectsAreFormatted(t *testing.T) {
	files, err := filepath.Glob("testdata/valid/*/*.hcl")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		src, err := os.ReadFile(file)
		require.NoError(t, err)
		got, diags := Format(src, file)
		require.Empty(t, diags)
		require.Equal(t, string(src), string(got), file)
	}
}
