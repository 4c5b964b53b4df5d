package command

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"syscall"
	"time"

	"rel/artifact"
	"rel/command/view"
	"rel/executor"
	"rel/planner"
	"rel/platform"
	"rel/state"
	"rel/state/local"
)

// runOptions are what apply, promote and rollback have in common.
type runOptions struct {
	events      eventFlags
	autoApprove bool
	input       bool
	parallelism int
	lockTimeout time.Duration
	reason      string
}

func (o *runOptions) register(fs *flag.FlagSet) {
	o.events.register(fs)
	o.registerQuestions(fs)
	fs.IntVar(&o.parallelism, "parallelism", 32, "at most `N` steps at once")
	fs.DurationVar(&o.lockTimeout, "lock-timeout", 0, "wait up to `TIME` for somebody else's lock, such as 5m")
	fs.StringVar(&o.reason, "reason", "", "`TEXT` that the history keeps: why")
}

func (o *runOptions) registerQuestions(fs *flag.FlagSet) {
	fs.BoolVar(&o.autoApprove, "auto-approve", false, "do not ask")
	fs.BoolVar(&o.input, "input", true, "ask where a person has to decide; -input=false never asks")
}

// approve asks a person to say yes, unless they did so by -auto-approve.
func (o runOptions) approve(p process, question string) error {
	if o.autoApprove {
		return nil
	}
	if !o.input {
		return fmt.Errorf("It may not be asked (-input=false), so nothing was changed: %s\nSay it with -auto-approve", question)
	}
	return confirm(p, question, "-auto-approve")
}

// run is a plan that is about to be run, or gone on with.
type run struct {
	workspace
	plan       *planner.File
	content    []byte
	file       string // empty: planned on the spot, or from the history
	expect     string
	intent     executor.Intent
	deployment int // that is gone on with; 0: a new one
	former     int // the deployment that was live before it; 0: none
}

// errOtherPlan: the plan is not for the environment that was named.
var errOtherPlan = errors.New("another environment's plan")

// unfinished gives the deployment that has not ended, to be gone on with.
func (w workspace) unfinished(ctx context.Context, env string, intent executor.Intent) (r run, found bool, err error) {
	s, err := w.read(ctx, env)
	if err != nil || s.Unfinished == nil {
		return run{}, false, err
	}
	n := s.Unfinished.Deployment
	content, err := w.backend.GetPlan(ctx, env, n)
	if err != nil {
		return run{}, false, fmt.Errorf("reading the plan of deployment %d of %s: %w", n, env, err)
	}
	f, err := decodePlan(content)
	if err != nil {
		return run{}, false, fmt.Errorf("the plan of deployment %d of %s: %w", n, env, err)
	}
	return run{workspace: w, plan: f, content: content, intent: intent, deployment: n, former: s.Live}, true, nil
}

func decodePlan(content []byte) (*planner.File, error) {
	return planner.Read(bytes.NewReader(content), int64(len(content)))
}

// execute runs the plan, shows how it goes, and says how it ended.
func (r run) execute(ctx context.Context, p process, o runOptions, out outputFlags, events *stream) error {
	options, err := r.options(p, o)
	if err != nil {
		return err
	}
	interrupts, stop := interrupts()
	defer stop()
	options.Interrupts = interrupts
	sink, endView := progress(p, out, events)
	options.Sink = sink
	result, err := executor.Apply(ctx, options)
	endView()
	if err != nil {
		return r.refused(p, err)
	}
	return r.ended(ctx, p, out, result)
}

func (r run) options(p process, o runOptions) (executor.Options, error) {
	plan := r.plan.Plan
	s, err := r.site(p, plan.World.Environment)
	if err != nil {
		return executor.Options{}, err
	}
	drivers, err := openDrivers(s, plan.Targets, plan.Balancers)
	if err != nil {
		return executor.Options{}, err
	}
	home, err := cacheHome(p)
	if err != nil {
		return executor.Options{}, err
	}
	drivers.Artifacts = artifacts(openCache(home), plan.World)
	return executor.Options{
		Plan: plan, File: r.content, Digest: r.plan.Digest, Expect: r.expect, Intent: r.intent,
		Backend: r.backend, Drivers: drivers, Clock: executor.SystemClock(),
		Holder: local.Self(operator(p), r.reason()), LockTimeout: o.lockTimeout, Parallelism: o.parallelism,
		Ask: asker(p, o), Operator: operator(p), Reason: o.reason, GitCommit: r.plan.Provenance.GitCommit, RelVersion: Version,
	}, nil
}

// reason is what others read where they find the environment locked.
func (r run) reason() string {
	switch {
	case r.intent == executor.GoBack:
		return "rollback"
	case r.intent == executor.Promote:
		return "promote"
	case r.plan.Plan.Mode == planner.Rollback:
		return "rollback"
	}
	return "apply"
}

// progress is who watches a deployment: the event streams, and a person unless -json.
func progress(p process, out outputFlags, events *stream) (sink executor.Sink, end func()) {
	if out.json {
		return events.take, func() {}
	}
	style := p.errorStyle(out)
	human, end := view.Lines(style, p.Err), func() {}
	if style.Live {
		human, end = view.Live(style, p.Err, p.now)
	}
	return func(e executor.Event) {
		human(e)
		events.take(e)
	}, end
}

// interrupts turns signals into what the executor understands: the first lets running steps
// end, the second stops at once. A terminal that goes away counts as Ctrl-C.
func interrupts() (<-chan struct{}, func()) {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	out, quit := make(chan struct{}, 2), make(chan struct{})
	go func() {
		for {
			select {
			case <-signals:
				out <- struct{}{}
			case <-quit:
				return
			}
		}
	}()
	return out, func() { signal.Stop(signals); close(quit) }
}

// artifacts opens the artifact of a revision: from the cache, or from its source again.
func artifacts(cache *artifact.Cache, w planner.World) func(platform.Revision) platform.OpenArtifact {
	byDigest := map[string]planner.Artifact{}
	for _, r := range w.Releases {
		byDigest[r.Artifact.Digest] = r.Artifact
	}
	return func(r platform.Revision) platform.OpenArtifact {
		from := byDigest[r.Artifact.Digest]
		return func(ctx context.Context) (platform.ArtifactReader, error) {
			f, err := cache.Open(ctx, artifact.Artifact{
				Source: from.Source, Name: r.Artifact.Name, Digest: r.Artifact.Digest, Size: from.Bytes, Kind: r.Artifact.Kind,
			}, ".")
			if err != nil {
				return nil, err
			}
			return artifactFile{f, from.Bytes}, nil
		}
	}
}

// artifactFile is a file that knows its size.
type artifactFile struct {
	*os.File
	size int64
}

func (f artifactFile) Size() int64 { return f.size }

// refused keeps a state that could not be saved beside the plan, and passes the error on.
func (r run) refused(p process, err error) error {
	var locked *state.LockedError
	if errors.As(err, &locked) {
		return fmt.Errorf("%w\nWait for it: -lock-timeout=5m. If its holder is gone for good: rel force-unlock -env %s %d",
			err, r.plan.Plan.World.Environment, locked.Lease.Number)
	}
	if errors.Is(err, executor.ErrOtherState) {
		return fmt.Errorf("%w\nIf the state was lost, take over what is live: rel state adopt -env %s", err, r.plan.Plan.World.Environment)
	}
	var unsaved *executor.StateError
	if !errors.As(err, &unsaved) || unsaved.State == nil {
		return err
	}
	const name = "errored.relstate"
	if writeErr := os.WriteFile(name, unsaved.State, fs.FileMode(0o600)); writeErr != nil {
		return errors.Join(err, fmt.Errorf("nor could it be kept in %s: %w", name, writeErr))
	}
	return fmt.Errorf("%w\nIt was kept in %s. When the cause is mended: rel state push %[2]s", err, name)
}

// ended says how the deployment ended, and turns that into the exit code.
func (r run) ended(ctx context.Context, p process, out outputFlags, result executor.Result) error {
	way := wayOf(r.plan.Plan, r.file, r.former)
	a := view.Applied{Result: result, Plan: r.plan.Plan, GoOn: way.on, GoBack: way.back}
	a.Repair = fmt.Sprintf("rel rollback -env %s -to %d", r.plan.Plan.World.Environment, r.former)
	undone := result.Outcome == state.RolledBack || result.Outcome == state.Aborted
	if undone { // nobody is told that all is well before somebody looked
		var err error
		if a.Down, err = r.notRunning(ctx, p, r.plan.Plan.World.Environment); err != nil {
			a.Down = []string{"what is live now could not be observed: " + err.Error()}
		}
	}
	wentBack := undone && r.intent == executor.GoBack && len(a.Down) == 0
	switch {
	case out.json:
	case result.Outcome == state.Succeeded:
		view.Success(p.outStyle(out), p.Out, a)
	case wentBack:
		view.WentBack(p.outStyle(out), p.Out, a)
	case result.Outcome == "" && (result.Interrupted || result.Waiting != ""):
		view.Unfinished(p.errorStyle(out), p.Err, a)
	default:
		view.Failure(p.errorStyle(out), p.Err, a)
	}
	if result.Outcome == state.Succeeded || wentBack {
		return nil
	}
	if len(a.Down) > 0 {
		result.Outcome = state.Partial // for the exit code: a person must look
	}
	return shownError{outcomeError{result}}
}

// asker asks the person at the terminal to promote, where there is one.
func asker(p process, o runOptions) func(context.Context, *planner.Step) (string, bool) {
	if !p.interactive() || !o.input || o.autoApprove {
		return nil
	}
	return func(_ context.Context, step *planner.Step) (string, bool) {
		return operator(p), confirm(p, fmt.Sprintf("%s: let the new version take everything?", step.Address), "rel promote") == nil
	}
}
