package config

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// ErrNoProject says that no file of the folder names a project.
var ErrNoProject = errors.New("no *.rel.hcl file here has a rel block that names the project")

// ProjectName reads the project's name and nothing else, so that what is live can be looked at,
// and gone back from, while the rest of the configuration has mistakes. Files that do not parse
// are read as far as they do.
func ProjectName(dir string) (string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.rel.hcl"))
	if err != nil {
		return "", err
	}
	for _, file := range files {
		src, err := readFile(file)
		if err != nil {
			return "", err
		}
		// what is wrong with the file is for Load to say
		parsed, _ := parse(src, file)
		if parsed == nil {
			continue
		}
		if name := nameIn(parsed.Body.(*hclsyntax.Body)); name != "" {
			return name, CheckName(name)
		}
	}
	return "", ErrNoProject
}

func nameIn(body *hclsyntax.Body) string {
	for _, b := range body.Blocks {
		attr, ok := b.Body.Attributes["project"]
		if b.Type != relSpec.name || !ok {
			continue
		}
		if v, diags := evaluate(attr.Expr, constants(), cty.String); !diags.HasErrors() && v.IsKnown() && !v.IsNull() {
			return v.AsString()
		}
	}
	return ""
}

// CheckName says what is wrong with the name of a project, environment or block.
func CheckName(name string) error {
	if !namePattern.MatchString(name) {
		return fmt.Errorf("%q cannot be a name: %s", name, nameRule)
	}
	return nil
}

// Nearest is the known name that was probably meant by the given one; empty where none is near.
func Nearest(given string, known []string) string { return nearest(given, known) }
