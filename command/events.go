package command

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"rel/command/view"
	"rel/executor"
	"rel/planner"
)

// eventFlags say where the event stream goes, beside or instead of the human view.
type eventFlags struct {
	into string
}

func (o *eventFlags) register(fs *flag.FlagSet) {
	fs.StringVar(&o.into, "json-into", "", "`FILE` to write the event stream to, beside what people see")
}

// stream is the event streams of one command: none, -json on standard output, -json-into.
type stream struct {
	process process
	began   time.Time
	sinks   []*view.Events
	files   []io.Closer
	changes int
}

// openStream begins the streams that were asked for.
func openStream(p process, o eventFlags, out outputFlags) (*stream, error) {
	s := &stream{process: p, began: p.now()}
	if out.json {
		s.sinks = append(s.sinks, view.NewEvents(p.Out, p.now, Version))
	}
	if o.into != "" {
		f, err := os.Create(o.into)
		if err != nil {
			return nil, fmt.Errorf("-json-into: %w", err)
		}
		s.files = append(s.files, f)
		s.sinks = append(s.sinks, view.NewEvents(f, p.now, Version))
	}
	return s, nil
}

func (s *stream) plan(p *planner.Plan, digest string) {
	add, change, destroy := p.Counts()
	s.changes = add + change + destroy
	for _, e := range s.sinks {
		e.Plan(p, digest)
	}
}

func (s *stream) take(ev executor.Event) {
	for _, e := range s.sinks {
		e.Take(ev)
	}
}

// close ends the streams with how the command ended, and gives its error on.
func (s *stream) close(err error) error {
	for _, e := range s.sinks {
		diagnose(e, err)
		if writeErr := e.Result(outcomeOf(err, s.changes), exitCode(err), s.process.now().Sub(s.began), s.changes); writeErr != nil && err == nil {
			err = fmt.Errorf("writing the event stream: %w", writeErr)
		}
	}
	for _, f := range s.files {
		if closeErr := f.Close(); closeErr != nil && err == nil {
			err = fmt.Errorf("writing the event stream: %w", closeErr)
		}
	}
	return err
}

// diagnose tells the stream what is wrong: an error, or each mistake in the configuration.
func diagnose(e *view.Events, err error) {
	var wrong *mistakes
	switch {
	case errors.As(err, &wrong):
		e.Mistakes(wrong.files, wrong.diags)
	case err != nil && !errors.As(err, new(shownError)):
		summary, detail, _ := strings.Cut(err.Error(), "\n")
		e.Diagnostic("error", summary, strings.TrimSpace(detail))
	}
}

// outcomeOf is the result's word for an exit.
func outcomeOf(err error, changes int) string {
	switch exitCode(err) {
	case exitDone, exitChanges:
		if changes == 0 {
			return "noop"
		}
		return "succeeded"
	case exitUndone:
		return "rolled_back"
	case exitRefused, exitLocked:
		return "refused"
	case exitInterrupted:
		return "interrupted"
	}
	return "failed"
}
