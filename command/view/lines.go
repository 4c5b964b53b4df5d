package view

import (
	"fmt"
	"io"
	"time"

	"rel/executor"
	"rel/planner"
)

// Lines tells an apply a line a step, with the time since the start: for CI and files.
func Lines(s Style, w io.Writer) executor.Sink {
	l := &lines{style: s, w: w}
	return l.take
}

type lines struct {
	style Style
	w     io.Writer
	start time.Time
}

func (l *lines) take(e executor.Event) {
	switch e := e.(type) {
	case executor.LockWaiting:
		fmt.Fprintf(l.w, "Waiting for the lock that %s on %s holds (%s).\n", e.Lease.Holder.Who, e.Lease.Holder.Host, e.Lease.Holder.Reason)
	case executor.Began:
		l.start = e.At
		fmt.Fprintln(l.w, began(l.style, e))
	case executor.StepBegan:
		if waits(e) {
			l.line(e.At, "%s", stepText(e.Step))
		}
	case executor.StepProgress:
		if e.Step.Kind == planner.KindDrain {
			l.line(e.At, "%s: %s", stepText(e.Step), l.style.yellow(e.Message))
		}
	case executor.StepEnded:
		l.ended(e)
	case executor.UndoBegan:
		l.line(e.At, "%s: %s", l.style.yellow("undoing"), Printable(firstLine(e.Reason)))
	case executor.Interrupting:
		l.line(e.At, "%s", interruptText(e))
	case executor.LeaseEvent:
		l.line(e.At, "lock: %s", errorLine(e.Err))
	}
}

func (l *lines) ended(e executor.StepEnded) {
	text := stepText(e.Step)
	if text == "" {
		return
	}
	if e.Undo {
		text = "undo " + text
	}
	switch {
	case e.Cancelled:
		l.line(e.At, "%s cut short", text)
	case e.Err != nil:
		l.line(e.At, "%s %s: %s", text, l.style.red("failed"), errorLine(e.Err))
		for _, line := range logTail(e.Log) {
			fmt.Fprintf(l.w, "    %s\n", line)
		}
	default:
		l.line(e.At, "%s done in %s", text, Duration(e.Took))
	}
}

func (l *lines) line(at time.Time, format string, args ...any) {
	fmt.Fprintf(l.w, "[+%s] %s\n", seconds(at.Sub(l.start)), fmt.Sprintf(format, args...))
}

func seconds(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%.1fs", d.Seconds())
	}
	return Duration(d)
}

// waits tells steps whose begin is worth a line: nothing else is told for a long time.
func waits(e executor.StepBegan) bool {
	return !e.Undo && e.Step.Kind == "pause"
}

func interruptText(e executor.Interrupting) string {
	return fmt.Sprintf("Finishing %s, starting none. Again to stop at once.", Count(e.Running, "running step"))
}

// began is the first line of an apply.
func began(s Style, e executor.Began) string {
	head := s.bold(fmt.Sprintf("Deployment %d of %s: %s", e.Deployment, e.Plan.World.Environment, planTitle(e.Plan)))
	if len(e.Done) == 0 && len(e.HadBegun) == 0 && !e.Undoing {
		return s.beside(head, fmt.Sprintf("lock %d", e.Fence))
	}
	text := fmt.Sprintf("Going on with deployment %d: %d of %d steps were done", e.Deployment, len(e.Done), len(e.Plan.Steps))
	if n := len(e.HadBegun); n > 0 {
		text += fmt.Sprintf("; %s had begun", Count(n, "step"))
	}
	if e.Undoing {
		text += "; it is being undone"
	}
	return text + "."
}
