package config

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write golden files anew")

// Every folder of testdata/valid is a project without a mistake; expected.json is what Load makes of it.
func TestLoadGivesTheProjectAsWritten(t *testing.T) {
	dirs, err := filepath.Glob("testdata/valid/*")
	require.NoError(t, err)
	require.NotEmpty(t, dirs)
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			project, diags := Load(dir, Inputs{Version: "0.1.0"})
			require.False(t, diags.HasErrors(), render(project, diags))
			golden(t, filepath.Join(dir, "expected.json"), encodeJSON(t, project))
			golden(t, filepath.Join(dir, "warnings.txt"), []byte(render(project, diags)))
		})
	}
}

// render is the diagnostics as people see them.
func render(p *Project, diags hcl.Diagnostics) string {
	var out bytes.Buffer
	w := hcl.NewDiagnosticTextWriter(&out, p.Files, 0, false)
	if err := w.WriteDiagnostics(diags); err != nil {
		return err.Error()
	}
	return out.String()
}

func encodeJSON(t *testing.T, v any) []byte {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	require.NoError(t, encoder.Encode(v))
	return out.Bytes()
}

func golden(t *testing.T, path string, got []byte) {
	if *update {
		require.NoError(t, os.WriteFile(path, got, 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got))
}
