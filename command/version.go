package command

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"runtime"

	"rel/planner"
	"rel/state"
)

// versionCommand prints the versions that matter for a report or a pin.
func versionCommand() command {
	var asJSON bool
	return command{
		name:     "version",
		synopsis: "Print rel's version",
		usage:    "rel version [-json]",
		about:    "Prints the version of rel, of Go and of the platform; with -json also those of the plan\nand state formats.",
		flags:    func(fs *flag.FlagSet) { fs.BoolVar(&asJSON, "json", false, "print JSON, for programs") },
		run: func(_ context.Context, p process, args []string) error {
			if err := want(args, 0, "rel version [-json]"); err != nil {
				return err
			}
			if !asJSON {
				_, err := fmt.Fprintf(p.Out, "rel %s\n%s, %s_%s\n", Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
				return err
			}
			return json.NewEncoder(p.Out).Encode(map[string]string{
				"rel_version": Version, "go_version": runtime.Version(), "platform": runtime.GOOS + "_" + runtime.GOARCH,
				"plan_format": planner.FormatVersion, "state_format": state.FormatVersion,
			})
		},
	}
}
