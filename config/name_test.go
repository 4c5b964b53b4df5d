package config

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// It protects the way back: the project is found also where its configuration is broken.
func TestProjectNameOfABrokenProject(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"one file":         {"a.rel.hcl": "rel { project = \"shop\" }\n"},
		"mistakes beside":  {"a.rel.hcl": "rel { project = \"shop\" }\nrelease \"x\" { nonsense = 1 }\n"},
		"a syntax error":   {"a.rel.hcl": "rel {\n  project = \"shop\"\n}\nrelease {{{\n"},
		"a file not whole": {"a.rel.hcl": "env {{", "b.rel.hcl": "rel { project = \"shop\" }\n"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for file, content := range files {
				require.NoError(t, os.WriteFile(filepath.Join(dir, file), []byte(content), 0o644))
			}
			got, err := ProjectName(dir)
			require.NoError(t, err)
			require.Equal(t, "shop", got)
		})
	}
}

func TestProjectNameThatIsNotThere(t *testing.T) {
	_, err := ProjectName(t.TempDir())
	require.ErrorIs(t, err, ErrNoProject)

	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a.rel.hcl"), []byte("rel { project = \"../x\" }\n"), 0o644))
	_, err = ProjectName(dir)
	require.ErrorContains(t, err, "cannot be a name")
}
