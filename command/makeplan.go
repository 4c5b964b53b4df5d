package command

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"

	"rel/artifact"
	"rel/config"
	"rel/planner"
	"rel/platform"
	"rel/state"
)

// planInputs are the options that decide what a plan holds.
type planInputs struct {
	project   projectFlags
	vars      variableFlags
	out       outputFlags
	noRefresh bool
}

// made is a plan, with what it was made from.
type made struct {
	workspace
	env       string
	state     state.State
	observed  bool // not planned from the recorded state
	plan      *planner.Plan
	variables []string // names
	content   []byte   // the plan file, once it is encoded
	digest    string
}

// desired is what the configuration says an environment shall be.
type desired struct {
	workspace
	world     planner.World
	variables []string
}

// desire reads the configuration and resolves its artifacts.
func desire(ctx context.Context, p process, o planInputs) (desired, error) {
	project, err := loadConfig(p, o.vars, p.errorStyle(o.out))
	if err != nil {
		return desired{}, err
	}
	env, err := configuredEnvironment(p, project, o.project.env)
	if err != nil {
		return desired{}, err
	}
	w, err := projectWorkspace(p, project.Name)
	if err != nil {
		return desired{}, err
	}
	artifacts, err := resolveArtifacts(ctx, p, env)
	if err != nil {
		return desired{}, err
	}
	world, err := planner.Desire(env, project.Name, artifacts)
	return desired{workspace: w, world: world, variables: project.Variables}, err
}

// plan plans the way there: the one path of plan and apply.
func (d desired) plan(ctx context.Context, p process, o planInputs) (made, error) {
	in := planner.Input{Mode: planner.Normal, World: d.world, Observed: !o.noRefresh}
	return d.compute(ctx, p, in, d.world.Environment, d.variables)
}

// compute completes the input by state, history and facts, and plans.
func (w workspace) compute(ctx context.Context, p process, in planner.Input, env string, variables []string) (made, error) {
	m := made{workspace: w, env: env, observed: in.Observed, variables: variables}
	var err error
	if m.state, err = w.read(ctx, env); err != nil {
		return m, err
	}
	in.State = m.state
	if in.Former, err = w.world(ctx, env, m.state.Live); err != nil {
		return m, err
	}
	if in.Facts, err = w.facts(ctx, p, in, env); err != nil {
		return m, err
	}
	m.plan, err = planner.Compute(in)
	return m, err
}

// facts observes everything that the new world, the former one and the state name, or takes
// the state's word.
func (w workspace) facts(ctx context.Context, p process, in planner.Input, env string) (planner.Facts, error) {
	if !in.Observed {
		return planner.FactsFromState(in.State), nil
	}
	s, err := w.site(p, env)
	if err != nil {
		return planner.Facts{}, err
	}
	sc := scopeOf(in.World, in.Former, in.State)
	drivers, err := openDrivers(s, sc.targets, sc.balancers)
	if err != nil {
		return planner.Facts{}, err
	}
	return observe(ctx, drivers, sc.instances)
}

// write writes the plan file, and notes its digest.
func (m *made) write(w io.Writer, p process) (err error) {
	m.digest, err = planner.Write(w, m.plan, planner.Provenance{
		Who: operator(p), When: p.now(), GitCommit: gitCommit(), RelVersion: Version, Variables: m.variables,
		Refreshed: m.observed, Base: planner.Base{Lineage: m.state.Lineage, Serial: m.state.Serial},
	})
	return err
}

// stepBytes is about what a step takes in a plan file, with its part of what comes before the
// steps. A large plan would else be copied at each doubling of its buffer.
const stepBytes = 560

// encode writes the plan file into memory, to be applied and kept in the history.
func (m *made) encode(p process) error {
	var b bytes.Buffer
	b.Grow(1<<16 + stepBytes*len(m.plan.Steps))
	if err := m.write(&b, p); err != nil {
		return fmt.Errorf("encoding the plan: %w", err)
	}
	m.content = b.Bytes()
	return nil
}

// save writes the plan file to a file, without keeping it in memory. Where none is wanted the
// digest alone is noted. A plan with nothing to do is saved too: what applies it next finds
// that, and not an older plan.
func (m *made) save(file string, p process) (err error) {
	if file == "" {
		m.digest, err = m.plan.Digest()
	} else {
		err = saveFile(file, func(w io.Writer) error { return m.write(w, p) })
	}
	if err != nil {
		return fmt.Errorf("saving the plan: %w", err)
	}
	return nil
}

// resolveArtifacts finds the digest of each release's artifact, all at once.
func resolveArtifacts(ctx context.Context, p process, env *config.Environment) (map[string]planner.Artifact, error) {
	home, err := cacheHome(p)
	if err != nil {
		return nil, err
	}
	cache := openCache(home)
	found := make([]planner.Artifact, len(env.Releases))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(8)
	for i, r := range env.Releases {
		g.Go(func() error {
			a, err := artifact.Resolve(ctx, cache, artifact.Request{
				Source: r.Artifact.Source, Checksum: r.Artifact.Checksum, Insecure: r.Artifact.Insecure,
				Contains: r.Artifact.Contains, Dir: ".",
			})
			if err != nil {
				return fmt.Errorf("the artifact of %s %s (%s:%d): %w", r.Name, r.Version, r.VersionSource.File, r.VersionSource.Line, err)
			}
			found[i] = planner.Artifact{
				Artifact: platform.Artifact{Digest: a.Digest, Name: a.Name, Kind: a.Kind}, Source: a.Source, Bytes: a.Size,
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	byRelease := map[string]planner.Artifact{}
	for i, r := range env.Releases {
		byRelease[r.Name] = found[i]
	}
	return byRelease, nil
}

func openCache(home string) *artifact.Cache {
	return artifact.NewCache(filepath.Join(home, "rel", "artifacts"))
}

// gitCommit is the commit of the working folder; empty where there is none, or no git.
func gitCommit() string {
	out, err := exec.Command("git", "rev-parse", "HEAD").Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}
