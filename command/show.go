package command

import (
	"context"

	"github.com/posener/complete"

	"rel/command/view"
)

// showCommand shows a plan file.
func showCommand() command {
	const usage = "rel show [options] FILE"
	var out outputFlags
	return command{
		name:     "show",
		synopsis: "Show a plan file",
		usage:    usage,
		about: `
Shows a plan that rel plan -out saved, as text or as JSON with Terraform's keys where a
plan of Terraform has them. It needs the file alone.`,
		flags:   out.register,
		predict: complete.PredictFiles("*.relplan"),
		run: func(_ context.Context, p process, args []string) error {
			if err := want(args, 1, usage); err != nil {
				return err
			}
			f, _, err := readPlanFile(args[0])
			if err != nil {
				return err
			}
			if out.json {
				return view.PlanJSON(p.Out, f)
			}
			d := view.PlanData{Plan: f.Plan, Digest: f.Digest, Observed: f.Provenance.Refreshed}
			st := p.outStyle(out)
			if err := view.Plan(st, p.Out, d); err != nil {
				return err
			}
			view.PlanSaved(st, p.Out, d, args[0])
			return nil
		},
	}
}
