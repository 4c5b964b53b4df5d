package command

import (
	"fmt"

	"rel/planner"
)

// way is how a deployment goes on, and how it is gone back from: the commands that people are
// told, and that mean just that.
type way struct{ on, back string }

// wayOf a plan, where former was the live deployment before it. A rollback goes on by the same
// command; the way back from it names where it came from.
func wayOf(plan *planner.Plan, file string, former int) way {
	rollback := "rel rollback -env " + plan.World.Environment
	w := way{on: "rel apply -env " + plan.World.Environment, back: rollback}
	if plan.Mode == planner.Rollback {
		w = way{on: rollback, back: fmt.Sprintf("%s -to %d", rollback, former)}
	}
	if file != "" {
		w.on = "rel apply " + file
	}
	return w
}
