package view

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"rel/planner"
	"rel/platform"
)

// PlanData is a plan with what is known beside it.
type PlanData struct {
	Plan       *planner.Plan
	Digest     string
	Observed   bool // false: planned from the recorded state
	Unfinished int  // the deployment that has to end first; 0: none
}

// Plan draws a plan: what changes, how it will go, what can go wrong.
func Plan(s Style, w io.Writer, d PlanData) error {
	var b strings.Builder
	if d.Plan.Empty() {
		noChanges(&b, d)
	} else {
		changes(s, &b, d.Plan)
		impact := d.Plan.Impact()
		howItGoes(s, &b, d.Plan, impact)
		ifItFails(s, &b, d.Plan, impact)
	}
	if d.Unfinished == 0 { // else what it has changed so far would count as drift
		drift(s, &b, d.Plan)
	}
	if unknown(d.Plan) {
		fmt.Fprintf(&b, "\n%s The state does not know what is live here: it was lost, or it is another one.\n"+
			"rel state adopt -env %s makes this state its own.\n", s.yellow("!"), d.Plan.World.Environment)
	}
	if !d.Observed {
		fmt.Fprintf(&b, "\nPlanned from the recorded state (-refresh=false); apply observes what is live before it changes anything.\n")
	}
	if d.Unfinished != 0 {
		fmt.Fprintf(&b, "\n%s Deployment %d is unfinished, so this plan cannot be applied before that has ended: rel status -env %s\n",
			s.yellow("!"), d.Unfinished, d.Plan.World.Environment)
	}
	if !d.Plan.Empty() {
		fmt.Fprintf(&b, "\n%s\n", s.bold(summary(d.Plan)))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// PlanSaved says where the plan is and how to apply it.
func PlanSaved(s Style, w io.Writer, d PlanData, file string) {
	switch {
	case d.Plan.Empty() && file == "":
	case d.Plan.Empty():
		fmt.Fprintf(w, "Saved as %s: a plan with nothing to do.\n", file)
	case d.Unfinished != 0 && file != "":
		fmt.Fprintf(w, "Saved as %s, digest %s.\n", file, ShortDigest(d.Digest))
	case file == "":
		fmt.Fprintf(w, "Not saved. Save it with -out=FILE to apply exactly this later; digest %s.\n", ShortDigest(d.Digest))
	default:
		fmt.Fprintf(w, "Saved as %s, digest %s. Apply exactly this with: %s\n", file, ShortDigest(d.Digest), s.bold("rel apply "+file))
	}
}

// unknown says that something is there of which the state knows nothing.
func unknown(p *planner.Plan) bool {
	if len(p.Former) > 0 {
		return false
	}
	return len(p.Drift) > 0 || slices.ContainsFunc(p.Changes, func(c planner.Change) bool { return c.FromSlot != "" })
}

func noChanges(b *strings.Builder, d PlanData) {
	w := d.Plan.World
	fmt.Fprintf(b, "No changes. %s in %s, as configured.\n", liveText(w), w.Environment)
}

func summary(p *planner.Plan) string {
	add, change, destroy := p.Counts()
	return fmt.Sprintf("Plan: %d to add, %d to change, %d to destroy.", add, change, destroy)
}

// changes draws each release that changes, then what is no release's.
func changes(s Style, b *strings.Builder, p *planner.Plan) {
	byRelease, rest := changesByRelease(p)
	if len(byRelease) == 0 {
		fmt.Fprintf(b, "%s\n\n", s.bold(planTitle(p)+" in "+p.World.Environment))
	}
	for _, name := range unionKeys(p.World.Versions(), p.Former) {
		if len(byRelease[name]) > 0 {
			releaseChanges(s, b, p, name, byRelease[name])
		}
	}
	for _, c := range rest {
		fmt.Fprintf(b, "  %s %s  %s\n", sign(s, c.Action), c.Address, balancerText(p, c))
	}
	if len(rest) > 0 {
		b.WriteString("\n")
	}
}

// changesByRelease sorts what changes into releases and load balancers.
func changesByRelease(p *planner.Plan) (byRelease map[string][]planner.Change, rest []planner.Change) {
	byRelease = map[string][]planner.Change{}
	for _, c := range p.Changes {
		a, err := platform.ParseAddress(c.Address)
		switch {
		case c.Action == planner.NoAction && len(c.Reasons) == 0:
		case err != nil:
			rest = append(rest, c)
		default:
			byRelease[a.Release] = append(byRelease[a.Release], c)
		}
	}
	return byRelease, rest
}

func releaseChanges(s Style, b *strings.Builder, p *planner.Plan, name string, changes []planner.Change) {
	r := release(p, name)
	title := fmt.Sprintf("%s in %s", VersionChange(name, p.Former[name], p.World.Versions()[name]), p.World.Environment)
	fmt.Fprintf(b, "%s\n\n", s.beside(s.bold(title), strategyText(p, r)))
	head := "because"
	for _, reason := range reasons(changes) {
		source := ""
		if r != nil && p.Mode == planner.Normal && strings.HasPrefix(reason, "version ") {
			source = r.Source
		}
		fmt.Fprintf(b, "  %s %s\n", pad(head, 10), strings.TrimRight(pad(reason, 40)+"  "+s.dim(source), " "))
		head = ""
	}
	if r != nil && !onlyDestroyed(changes) {
		fmt.Fprintf(b, "  %s %s  %s\n", pad("artifact", 10), pad(r.Artifact.Name, 40), s.dim(ShortDigest(r.Artifact.Digest)+", "+Bytes(r.Artifact.Bytes)))
	}
	b.WriteString("\n")
	for _, g := range foldChanges(changes) {
		fmt.Fprintf(b, "  %s %s  %s\n", sign(s, g.change.Action), g.addresses(), changeText(g.change))
	}
	b.WriteString("\n")
}

func release(p *planner.Plan, name string) *planner.Release {
	for i := range p.World.Releases {
		if p.World.Releases[i].Name == name {
			return &p.World.Releases[i]
		}
	}
	return nil
}

// strategyText says how a release goes: canary "careful".
func strategyText(p *planner.Plan, r *planner.Release) string {
	switch {
	case p.Mode == planner.Rollback:
		return fmt.Sprintf("rollback to deployment %d", p.RollbackTo)
	case r == nil:
		return "no longer configured"
	case unknown(p):
		return "not in the state"
	case p.Former[r.Name] == "":
		return "first deployment"
	case r.Strategy.Name == "":
		return r.Strategy.Type
	}
	return fmt.Sprintf("%s %q", r.Strategy.Type, r.Strategy.Name)
}

// reasons are those of all changes, each once, in order.
func reasons(changes []planner.Change) []string {
	var all []string
	for _, c := range changes {
		all = append(all, c.Reasons...)
	}
	return unique(all)
}

func onlyDestroyed(changes []planner.Change) bool {
	for _, c := range changes {
		if c.Action != planner.Destroy {
			return false
		}
	}
	return true
}

func sign(s Style, a planner.Action) string {
	switch a {
	case planner.Create:
		return s.green("+")
	case planner.Destroy:
		return s.red("-")
	case planner.NoAction:
		return "!"
	}
	return s.yellow("~")
}

// changeGroup is equal changes of one service, folded.
type changeGroup struct {
	change planner.Change
	of     []platform.Address
}

func foldChanges(changes []planner.Change) (groups []*changeGroup) {
	type key struct{ service, text string }
	seen := map[key]*changeGroup{}
	for _, c := range changes {
		a, _ := platform.ParseAddress(c.Address) // sorted by changesByRelease, so it parses
		k := key{a.ServiceName(), string(c.Action) + changeText(c)}
		if seen[k] == nil {
			seen[k] = &changeGroup{change: c}
			groups = append(groups, seen[k])
		}
		seen[k].of = append(seen[k].of, a)
	}
	return groups
}

// addresses is shop.web["1"], ["2"], or with the number where there are many.
func (g *changeGroup) addresses() string {
	text := g.of[0].String()
	if n := len(g.of); n > 4 {
		return fmt.Sprintf("%s … [%q] (%d)", text, g.of[n-1].Key, n)
	}
	for _, a := range g.of[1:] {
		text += fmt.Sprintf(", [%q]", a.Key)
	}
	return text
}

func changeText(c planner.Change) string {
	from := strings.TrimSpace(c.From.Revision + slotSuffix(c.FromSlot))
	to := c.To.Revision + slotSuffix(c.ToSlot)
	switch c.Action {
	case planner.Create:
		return to
	case planner.Destroy:
		return from + ", stopped and removed"
	case planner.Repair:
		return to + ", put right: " + strings.Join(c.Reasons, ", ")
	case planner.NoAction:
		return strings.Join(c.Reasons, ", ")
	}
	if c.FromSlot == c.ToSlot {
		return c.From.Revision + " → " + c.To.Revision + ", in place"
	}
	return from + " → " + to
}

// slotSuffix names a slot where there are two.
func slotSuffix(slot string) string {
	if slot == "" || slot == platform.Main {
		return ""
	}
	return " " + slot
}

func balancerText(p *planner.Plan, c planner.Change) string {
	for _, b := range p.Balancers {
		if b.Name != c.Address {
			continue
		}
		text := "load balancer " + b.Type
		if c.Action == planner.Destroy {
			return text + ", stopped and removed"
		}
		if b.Bind != "" {
			text += " on " + b.Bind
		}
		return text + prefixed(": ", strings.Join(c.Reasons, ", "))
	}
	return strings.Join(c.Reasons, ", ")
}

func drift(s Style, b *strings.Builder, p *planner.Plan) {
	list := gravest(p.Drift)
	if len(list) == 0 {
		return
	}
	are := "objects are"
	if len(list) == 1 {
		are = "object is"
	}
	fmt.Fprintf(b, "\nDrift: %d %s not as rel left it\n", len(list), are)
	for _, d := range list {
		fmt.Fprintf(b, "  %s %s   %s\n", s.red("!"), d.Address, d.What)
	}
}

// gravest leaves out the servers of a load balancer that has drifted itself.
func gravest(drift []planner.Drift) (list []planner.Drift) {
	drifted := map[string]bool{}
	for _, d := range drift {
		drifted[d.Address] = true
	}
	for _, d := range drift {
		if name, _, server := strings.Cut(d.Address, "/"); !server || !drifted[name] {
			list = append(list, d)
		}
	}
	return list
}

// between is a range of times: 26m to 48m, or one where both are the same.
func between(least, most time.Duration) string {
	if Duration(least) == Duration(most) {
		return Duration(least)
	}
	return Duration(least) + " to " + Duration(most)
}
