package command

import (
	"errors"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"rel/command/view"
	"rel/config"
)

var errConfiguration = errors.New("the configuration has mistakes")

// loadConfig reads the project in the working folder and shows every mistake and warning.
func loadConfig(p process, v variableFlags, st view.Style) (*config.Project, error) {
	project, diags := config.Load(".", config.Inputs{
		Version: Version, Environ: environMap(p.environ()), VarFiles: v.files, Vars: v.vars,
	})
	if len(diags) > 0 {
		view.Diagnostics(st, p.Err, project.Files, diags)
	}
	if diags.HasErrors() {
		return project, shownError{&mistakes{project.Files, diags}}
	}
	return project, nil
}

// mistakes is errConfiguration with what is wrong, for the event streams.
type mistakes struct {
	files map[string]*hcl.File
	diags hcl.Diagnostics
}

func (m *mistakes) Error() string { return errConfiguration.Error() }
func (m *mistakes) Unwrap() error { return errConfiguration }

// configuredEnvironment picks the environment that -env or REL_ENV names.
func configuredEnvironment(p process, project *config.Project, wanted string) (*config.Environment, error) {
	byName := map[string]*config.Environment{}
	for _, e := range project.Environments {
		byName[e.Name] = e
	}
	name, err := chooseEnvironment(p, wanted, sortedKeys(byName), "in this configuration")
	return byName[name], err
}

func environMap(environ []string) map[string]string {
	m := map[string]string{}
	for _, kv := range environ {
		if name, value, ok := strings.Cut(kv, "="); ok {
			m[name] = value
		}
	}
	return m
}

func nearest(name string, known []string) string { return config.Nearest(name, known) }
