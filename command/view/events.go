package view

import (
	"encoding/json"
	"io"
	"time"

	"github.com/hashicorp/hcl/v2"

	"rel/executor"
	"rel/planner"
	"rel/platform"
	"rel/state"
)

// Events writes the event stream: one JSON object a line, as Terraform's machine-readable UI
// has it, first "version", last "result".
type Events struct {
	w          io.Writer
	now        func() time.Time
	relVersion string
	seq        int
	deployment int
	digest     string
	failed     error // the first write that failed
}

// NewEvents begins a stream.
func NewEvents(w io.Writer, now func() time.Time, relVersion string) *Events {
	e := &Events{w: w, now: now, relVersion: relVersion}
	e.write("version", "info", "rel "+relVersion, fields{"rel": relVersion, "ui": "1.0"})
	return e
}

type fields map[string]any

// Plan writes what a plan changes.
func (e *Events) Plan(p *planner.Plan, digest string) {
	e.digest = digest
	for _, d := range p.Drift {
		e.write("drift", "info", d.Address+": "+d.What, fields{"address": d.Address, "what": d.What})
	}
	for _, c := range p.Changes {
		if c.Action != planner.NoAction {
			e.write("planned_change", "info", c.Address+": "+string(c.Action), fields{"change": fields{
				"address": c.Address, "action": c.Action, "reasons": c.Reasons,
				"before": slotJSON(c.FromSlot, c.From), "after": slotJSON(c.ToSlot, c.To)}})
		}
	}
	add, change, destroy := p.Counts()
	e.write("change_summary", "info", summary(p), fields{"changes": fields{
		"add": add, "change": change, "destroy": destroy, "operation": "plan"}})
}

// Take writes an event of an apply.
func (e *Events) Take(ev executor.Event) {
	switch ev := ev.(type) {
	case executor.LockWaiting:
		e.at(ev.At, "lock", "info", "waiting for "+ev.Lease.Holder.Who, fields{"holder": ev.Lease.Holder})
	case executor.Began:
		e.began(ev)
	case executor.StepBegan:
		e.step(ev.At, "step_start", "info", ev.Step, ev.Undo, nil)
	case executor.StepProgress:
		e.progress(ev)
	case executor.StepEnded:
		e.ended(ev)
	case executor.UndoBegan:
		e.at(ev.At, "rollback_start", "warn", ev.Reason, fields{"reason": ev.Reason})
	case executor.Interrupting:
		e.at(ev.At, "diagnostic", "warn", interruptText(ev), nil)
	case executor.LeaseEvent:
		e.at(ev.At, "lock", "error", ev.Err.Error(), nil)
	case executor.Ended:
		if o := ev.Result.Outcome; o == state.RolledBack || o == state.Aborted {
			e.at(ev.At, "rollback_complete", "info", "undone", fields{"outcome": o, "reason": ev.Result.Reason})
		}
	}
}

// slotJSON is a slot that a change goes from or to; null where there is none.
func slotJSON(name string, s platform.Slot) any {
	if name == "" {
		return nil
	}
	return fields{"slot": name, "revision": s.Revision, "port": s.Port, "running": s.Running}
}

func (e *Events) began(ev executor.Began) {
	e.deployment, e.digest = ev.Deployment, ev.Digest
	e.at(ev.At, "lock", "info", "lock taken", fields{"number": ev.Fence})
	if len(ev.Done)+len(ev.HadBegun) > 0 {
		e.at(ev.At, "resume", "info", began(Style{}, ev), fields{"done": len(ev.Done), "begun": ev.HadBegun, "steps": len(ev.Plan.Steps)})
	}
}

func (e *Events) progress(ev executor.StepProgress) {
	f := fields{"message": ev.Message}
	if !ev.Until.IsZero() {
		f["until"] = ev.Until
	}
	kind := "step_progress"
	switch {
	case ev.Waiting:
		kind = "approval_wait"
	case ev.Step.Kind == planner.KindCheck:
		kind = "health"
	}
	e.step(ev.At, kind, "info", ev.Step, ev.Undo, f)
}

func (e *Events) ended(ev executor.StepEnded) {
	f := fields{"duration_seconds": ev.Took.Seconds()}
	switch {
	case ev.Cancelled:
		e.step(ev.At, "step_skipped", "info", ev.Step, ev.Undo, f)
	case ev.Err != nil:
		f["error"], f["log"] = ev.Err.Error(), ev.Log
		e.step(ev.At, "step_errored", "error", ev.Step, ev.Undo, f)
	default:
		e.step(ev.At, "step_complete", "info", ev.Step, ev.Undo, f)
		if t, ok := ev.Step.Args.(*planner.Traffic); ok && !ev.Undo {
			e.at(ev.At, "traffic", "info", stepText(ev.Step), fields{"load_balancer": t.Balancer, "share": t.Share})
		}
	}
}

func (e *Events) step(at time.Time, kind, level string, s *planner.Step, undo bool, more fields) {
	f := fields{"step": s.ID, "kind": s.Kind, "address": s.Address, "undo": undo}
	for k, v := range more {
		f[k] = v
	}
	text := stepText(s)
	if text == "" {
		text = s.ID
	}
	if undo {
		text = "undo " + text
	}
	e.at(at, kind, level, text, f)
}

// Diagnostic writes an error or warning.
func (e *Events) Diagnostic(severity, summary, detail string) {
	e.diagnostic(Diagnostic{Severity: severity, Summary: summary, Detail: detail})
}

// Mistakes writes what is wrong with the configuration, each with its place.
func (e *Events) Mistakes(files map[string]*hcl.File, diags hcl.Diagnostics) {
	for _, d := range diags {
		e.diagnostic(diagnosticJSON(files, d))
	}
}

func (e *Events) diagnostic(d Diagnostic) {
	level := d.Severity
	if level == "warning" {
		level = "warn"
	}
	e.write("diagnostic", level, d.Summary, fields{"diagnostic": d})
}

// Result ends the stream. It gives the first error of writing it.
func (e *Events) Result(outcome string, code int, took time.Duration, changes int) error {
	e.write("result", "info", outcome, fields{"outcome": outcome, "exit_code": code, "duration_seconds": took.Seconds(), "changes": changes})
	return e.failed
}

func (e *Events) write(kind, level, message string, f fields) { e.at(e.now(), kind, level, message, f) }

func (e *Events) at(at time.Time, kind, level, message string, f fields) {
	if e.failed != nil {
		return
	}
	line := fields{"@level": level, "@message": message, "@module": "rel", "@timestamp": at.Format(time.RFC3339Nano), "type": kind}
	for k, v := range f {
		line[k] = v
	}
	e.seq++
	line["seq"] = e.seq
	if e.deployment != 0 {
		line["deployment"] = e.deployment
	}
	if e.digest != "" {
		line["plan_digest"] = e.digest
	}
	enc := json.NewEncoder(e.w)
	enc.SetEscapeHTML(false)
	e.failed = enc.Encode(line)
}
