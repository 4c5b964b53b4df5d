package command

import (
	"context"
	"flag"
	"fmt"

	"rel/command/view"
	"rel/config"
)

// validateCommand checks the configuration and nothing else: no state, no host, no network.
func validateCommand() command {
	var (
		vars variableFlags
		out  outputFlags
	)
	return command{
		name:     "validate",
		synopsis: "Check the configuration",
		usage:    "rel validate [options]",
		about: `
Reads all *.rel.hcl files of the folder, for every environment, and shows every
mistake at once, with file, line and what was meant. It looks at nothing else: not
at the state, the hosts or the artifacts.

Exits with 0 where the configuration is valid (warnings are allowed), else with 1.`,
		flags: func(fs *flag.FlagSet) { vars.register(fs); out.register(fs) },
		run: func(_ context.Context, p process, args []string) error {
			if err := want(args, 0, "rel validate [options]"); err != nil {
				return err
			}
			if out.json {
				return validateJSON(p, vars)
			}
			project, err := loadConfig(p, vars, p.errorStyle(out))
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(p.Out, "%s is valid: %s.\n", project.Name, view.Count(len(project.Environments), "environment"))
			return err
		},
	}
}

func validateJSON(p process, vars variableFlags) error {
	project, diags := config.Load(".", config.Inputs{
		Version: Version, Environ: environMap(p.environ()), VarFiles: vars.files, Vars: vars.vars,
	})
	if err := view.ValidateJSON(p.Out, project.Files, diags); err != nil {
		return err
	}
	if diags.HasErrors() {
		return shownError{errConfiguration}
	}
	return nil
}
