package view

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"rel/executor"
	"rel/planner"
	"rel/state"
)

// Applied is what an apply left, and what its last words need.
type Applied struct {
	Result executor.Result
	Plan   *planner.Plan
	GoOn   string // the command that goes on with it
	GoBack string // the command that goes back from it
	// Down is what should be live after an undo and does not run; Repair the command that starts it.
	Down   []string
	Repair string
}

func (a Applied) env() string { return a.Plan.World.Environment }

// Success says what is live now, to out. Everything else that Result draws goes to err.
func Success(s Style, out io.Writer, a Applied) {
	add, change, destroy := a.Plan.Counts()
	head := "Deployed."
	if a.Plan.Mode == planner.Rollback {
		head = "Rolled back."
	}
	if len(a.Plan.World.Releases) == 0 {
		head = "Removed."
	}
	fmt.Fprintf(out, "%s %s in %s: %d added, %d changed, %d destroyed in %s.\n", s.green(s.bold(head)),
		liveText(a.Plan.World), a.env(), add, change, destroy, Duration(a.Result.Took))
	if len(a.Plan.Former) > 0 {
		fmt.Fprintf(out, "Back with: %s\n", a.GoBack)
	}
}

// WentBack says that an unfinished deployment was undone, as a person asked.
func WentBack(s Style, out io.Writer, a Applied) {
	_, what, _ := strings.Cut(undoneText(a), ": ")
	fmt.Fprintf(out, "%s Deployment %d is taken back in %s: %s\n", s.green(s.bold("Undone.")), a.Result.Deployment,
		Duration(a.Result.Took), what)
}

// Unfinished says where an apply that was interrupted, or waits for a person, stands.
func Unfinished(s Style, w io.Writer, a Applied) {
	if a.Result.Waiting != "" {
		fmt.Fprintf(w, "%s Deployment %d waits at %s. Go on: rel promote -env %s   Go back: %s\n",
			s.bold("Waiting for a person."), a.Result.Deployment, a.Result.Waiting, a.env(), a.GoBack)
		return
	}
	fmt.Fprintf(w, "%s Deployment %d is unfinished. Go on: %s   Go back: %s\n",
		s.bold("Interrupted."), a.Result.Deployment, a.GoOn, a.GoBack)
}

// Failure says what happened, where, what is unchanged or undone, and what to do next, in this
// order and no more.
func Failure(s Style, w io.Writer, a Applied) {
	r := a.Result
	fmt.Fprintf(w, "\n%s %s\n\n", s.red(s.bold("Error:")), s.bold(failureTitle(a)))
	for line := range strings.Lines(r.Reason) {
		fmt.Fprintf(w, "  %s\n", Printable(strings.TrimRight(line, "\n")))
	}
	fmt.Fprintf(w, "  %s\n", undoneText(a))
	for _, left := range append(slices.Clip(r.Left), a.Down...) {
		fmt.Fprintf(w, "    %s %s\n", s.red("!"), Printable(left))
	}
	for _, next := range nextTexts(a) {
		fmt.Fprintf(w, "  %s\n", next)
	}
}

func failureTitle(a Applied) string {
	s := failedStep(a)
	if s == nil {
		return "the deployment of " + planTitle(a.Plan) + " did not succeed"
	}
	switch s.Kind {
	case planner.KindCheck:
		return fmt.Sprintf("%s did not become healthy on %s", releaseTitle(a.Plan, target(s).Release), target(s))
	case planner.KindGate:
		return "the gates did not pass"
	}
	return stepText(s) + " failed"
}

func failedStep(a Applied) *planner.Step {
	for i := range a.Plan.Steps {
		if a.Plan.Steps[i].ID == a.Result.Failed {
			return &a.Plan.Steps[i]
		}
	}
	return nil
}

func releaseTitle(p *planner.Plan, name string) string {
	for _, r := range p.World.Releases {
		if r.Name == name {
			return r.Name + " " + r.Version
		}
	}
	return name
}

func undoneText(a Applied) string {
	former := "nothing was live before, and nothing is now"
	if text := versionsText(a.Plan.Former); text != "" && len(a.Down) > 0 {
		former = text + " should be live, but not all of it runs"
	} else if text != "" {
		former = text + is(len(a.Plan.Former)) + "live, as before"
	}
	switch a.Result.Outcome {
	case state.Aborted:
		return "Nothing live was changed: " + former + "."
	case state.RolledBack:
		return "Undone: " + former + "."
	}
	if len(a.Result.Left) == 0 {
		return "It stands where it stopped, and nothing was undone; a person must look."
	}
	return "Not all of it could be undone; a person must look:"
}

// nextTexts are what to do next.
func nextTexts(a Applied) (texts []string) {
	if len(a.Down) > 0 {
		texts = append(texts, "Start it: "+a.Repair)
	}
	if check, ok := failedArgs(a).(*planner.Check); ok && len(a.Plan.Former) > 0 { // else its log is gone with it
		texts = append(texts, fmt.Sprintf("Look at: rel logs -env %s -slot %s '%s'", a.env(), check.Slot, check.Instance))
	}
	if a.Result.Outcome == state.Partial || a.Result.Outcome == "" {
		texts = append(texts, "Then go on: "+a.GoOn, "or go back: "+a.GoBack)
	}
	return texts
}

func failedArgs(a Applied) planner.Args {
	if s := failedStep(a); s != nil {
		return s.Args
	}
	return nil
}

// planTitle is what a plan is about: shop 1.4.2 → 1.5.0.
func planTitle(p *planner.Plan) string {
	versions := map[string]string{}
	for _, r := range p.World.Releases {
		versions[r.Name] = r.Version
	}
	var parts []string
	for _, name := range unionKeys(versions, p.Former) {
		parts = append(parts, VersionChange(name, p.Former[name], versions[name]))
	}
	return strings.Join(parts, ", ")
}

func versionsText(versions map[string]string) string {
	var parts []string
	for _, name := range unionKeys(versions, nil) {
		parts = append(parts, name+" "+versions[name])
	}
	return strings.Join(parts, ", ")
}

// liveText is what a world makes live: shop 1.5.0 is live.
func liveText(w planner.World) string {
	var parts []string
	for _, r := range w.Releases {
		parts = append(parts, r.Name+" "+r.Version)
	}
	if len(parts) == 0 {
		return "Nothing is live"
	}
	return strings.Join(parts, ", ") + is(len(parts)) + "live"
}

func is(n int) string {
	if n == 1 {
		return " is "
	}
	return " are "
}
