package command

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"rel/config"
	"rel/planner"
	"rel/state"
	"rel/state/local"
)

// workspace is where a project's state is kept: the part of rel's world that needs no
// configuration.
type workspace struct {
	project string
	dir     string // the state folder; an environment's is below it
	backend state.Backend
}

// openWorkspace finds the project by -project, REL_PROJECT or the configuration's name alone:
// status, rollback and logs must work where the rest of the configuration is broken or gone.
func openWorkspace(p process, o projectFlags) (workspace, error) {
	name := o.project
	if name == "" {
		name = p.getenv("REL_PROJECT")
	}
	if name == "" {
		var err error
		if name, err = config.ProjectName("."); err != nil {
			return workspace{}, fmt.Errorf("which project? %w\nName it with -project or REL_PROJECT", err)
		}
	}
	return projectWorkspace(p, name)
}

// projectWorkspace opens the state of a project, which need not exist yet.
func projectWorkspace(p process, name string) (workspace, error) {
	if err := config.CheckName(name); err != nil {
		return workspace{}, fmt.Errorf("the project's name: %w", err)
	}
	home, err := stateHome(p)
	if err != nil {
		return workspace{}, err
	}
	dir := filepath.Join(home, "rel", name)
	return workspace{project: name, dir: dir, backend: local.Open(dir, p.now)}, nil
}

// stateHome is $XDG_STATE_HOME, or what the XDG specification says where it is not set.
func stateHome(p process) (string, error) {
	return baseDirectory(p, "XDG_STATE_HOME", ".local/state")
}

// cacheHome is likewise for what may be lost.
func cacheHome(p process) (string, error) {
	return baseDirectory(p, "XDG_CACHE_HOME", ".cache")
}

func baseDirectory(p process, variable, below string) (string, error) {
	if dir := p.getenv(variable); filepath.IsAbs(dir) {
		return dir, nil
	}
	if home := p.getenv("HOME"); filepath.IsAbs(home) {
		return filepath.Join(home, below), nil
	}
	return "", fmt.Errorf("neither %s nor HOME is set to an absolute path, so there is no place to keep anything", variable)
}

// environment picks the one that -env or REL_ENV names, or the only one that has a state.
func (w workspace) environment(ctx context.Context, p process, o projectFlags) (string, error) {
	known, err := w.backend.Environments(ctx)
	if err != nil {
		return "", fmt.Errorf("listing the environments of %s: %w", w.project, err)
	}
	return chooseEnvironment(p, o.env, known, "with anything deployed in project "+w.project)
}

func chooseEnvironment(p process, wanted string, known []string, which string) (string, error) {
	if wanted == "" {
		wanted = p.getenv("REL_ENV")
	}
	switch {
	case len(known) == 0:
		return "", fmt.Errorf("there is no environment %s", which)
	case wanted == "" && len(known) == 1:
		return known[0], nil
	case wanted == "":
		return "", fmt.Errorf("which environment? Name one with -env or REL_ENV: %s", strings.Join(known, ", "))
	case slices.Contains(known, wanted):
		return wanted, nil
	}
	meant := "There are: " + strings.Join(known, ", ") + "."
	if near := config.Nearest(wanted, known); near != "" {
		meant = fmt.Sprintf("Did you mean %q?", near)
	}
	return "", fmt.Errorf("there is no environment %q %s. %s", wanted, which, meant)
}

// read gives an environment's state; the zero state where nothing was ever applied.
func (w workspace) read(ctx context.Context, env string) (state.State, error) {
	s, err := w.backend.ReadState(ctx, env)
	if errors.Is(err, state.ErrNotFound) {
		return state.State{}, nil
	}
	if err != nil {
		return state.State{}, fmt.Errorf("reading the state of %s: %w", env, err)
	}
	return s, nil
}

// world is what a deployment left live, by its plan; nil for deployment 0.
func (w workspace) world(ctx context.Context, env string, deployment int) (*planner.World, error) {
	if deployment == 0 {
		return nil, nil
	}
	b, err := w.backend.GetPlan(ctx, env, deployment)
	var world *planner.World
	if err == nil {
		world, err = planner.ReadWorld(bytes.NewReader(b), int64(len(b)))
	}
	if err != nil {
		return nil, fmt.Errorf("reading the plan of deployment %d of %s: %w", deployment, env, err)
	}
	return world, nil
}
