package view

import (
	"io"
	"time"

	"rel/planner"
)

// planDocument is what `rel show -json` prints: Terraform's keys where a user of Terraform has
// them in the fingers, and rel's own.
type planDocument struct {
	FormatVersion   string                      `json:"format_version"`
	RelVersion      string                      `json:"rel_version"`
	Timestamp       time.Time                   `json:"timestamp"`
	Applyable       bool                        `json:"applyable"`
	Complete        bool                        `json:"complete"`
	Errored         bool                        `json:"errored"`
	Digest          string                      `json:"digest"`
	Project         string                      `json:"project"`
	Environment     string                      `json:"environment"`
	Mode            planner.Mode                `json:"mode"`
	RollbackTo      int                         `json:"rollback_to,omitempty"`
	Base            planner.Base                `json:"base"`
	Provenance      provenance                  `json:"provenance"`
	Variables       []string                    `json:"variables"`
	Releases        []planner.Release           `json:"releases"`
	ResourceChanges []resourceChange            `json:"resource_changes"`
	ResourceDrift   []planner.Drift             `json:"resource_drift"`
	Checks          map[string]planner.Checks   `json:"checks"`
	Strategy        map[string]planner.Strategy `json:"strategy"`
	Impact          planner.Impact              `json:"impact"`
	Objects         map[string]string           `json:"objects"`
	Steps           []planner.Step              `json:"steps"`
}

type provenance struct {
	Who       string `json:"who"`
	GitCommit string `json:"git_commit,omitempty"`
	Refreshed bool   `json:"refreshed"`
}

type resourceChange struct {
	Address      string   `json:"address"`
	Type         string   `json:"type"`
	Change       change   `json:"change"`
	ActionReason []string `json:"action_reason,omitempty"`
}

type change struct {
	Actions         []string `json:"actions"`
	Before          any      `json:"before"`
	After           any      `json:"after"`
	AfterUnknown    fields   `json:"after_unknown"`
	BeforeSensitive bool     `json:"before_sensitive"`
	AfterSensitive  bool     `json:"after_sensitive"`
}

// PlanJSON prints a plan file for programs.
func PlanJSON(w io.Writer, f *planner.File) error {
	p := f.Plan
	d := planDocument{
		FormatVersion: p.FormatVersion, RelVersion: f.Provenance.RelVersion, Timestamp: f.Provenance.When,
		Applyable: !p.Empty(), Complete: true, Digest: f.Digest,
		Project: p.World.Project, Environment: p.World.Environment, Mode: p.Mode, RollbackTo: p.RollbackTo,
		Base:       f.Provenance.Base,
		Provenance: provenance{f.Provenance.Who, f.Provenance.GitCommit, f.Provenance.Refreshed},
		Variables:  f.Provenance.Variables, Releases: p.World.Releases, ResourceChanges: []resourceChange{},
		ResourceDrift: append([]planner.Drift{}, p.Drift...), Checks: p.Checks,
		Strategy: map[string]planner.Strategy{}, Impact: p.Impact(), Objects: p.Objects, Steps: p.Steps,
	}
	for _, r := range p.World.Releases {
		d.Strategy[r.Name] = r.Strategy
	}
	for _, c := range p.Changes {
		d.ResourceChanges = append(d.ResourceChanges, resourceChangeOf(c))
	}
	return JSON(w, d)
}

// actions are Terraform's words: a repair is an update that starts again what is right already.
var actions = map[planner.Action][]string{
	planner.NoAction: {"no-op"},
	planner.Create:   {"create"},
	planner.Update:   {"update"},
	planner.Repair:   {"update"},
	planner.Destroy:  {"delete"},
}

func resourceChangeOf(c planner.Change) resourceChange {
	out := resourceChange{Address: c.Address, Type: string(c.Object), ActionReason: c.Reasons, Change: change{
		Actions: actions[c.Action], Before: slotJSON(c.FromSlot, c.From), After: slotJSON(c.ToSlot, c.To), AfterUnknown: fields{},
	}}
	if c.Action == planner.Update || c.Action == planner.Create {
		out.Change.AfterUnknown["unit"] = true // its hash is known once it is activated
	}
	if c.Action == planner.Destroy {
		out.Change.After = nil
	}
	return out
}
