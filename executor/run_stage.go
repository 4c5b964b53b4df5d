package executor

import (
	"context"
	"errors"
	"fmt"

	"rel/planner"
	"rel/platform"
	"rel/state"
)

func doStage(ctx context.Context, r Runners, t Task) (*state.After, error) {
	stage := t.Step.Args.(*planner.Stage)
	host, err := r.Drivers.platform(stage.Target)
	if err != nil {
		return nil, err
	}
	revision, ok := r.Plan.World.Revisions[stage.Revision]
	if !ok {
		return nil, fmt.Errorf("the plan does not hold the revision %s", stage.Revision)
	}
	return nil, platform.Stager(host).Stage(ctx, r.Fence, stage.Instance, revision, r.artifact(revision))
}

func (r Runners) artifact(revision platform.Revision) platform.OpenArtifact {
	if r.Drivers.Artifacts == nil {
		return func(context.Context) (platform.ArtifactReader, error) {
			return nil, fmt.Errorf("there is no source for the artifact %s", revision.Artifact.Digest)
		}
	}
	return r.Drivers.Artifacts(revision)
}

func undoStage(ctx context.Context, r Runners, t Task) (*state.After, error) {
	u := t.Step.Undo.Unstage
	host, err := r.Drivers.platform(u.Target)
	if err != nil {
		return nil, err
	}
	err = platform.Stager(host).Unstage(ctx, r.Fence, u.Instance, []string{u.Revision})
	if errors.Is(err, platform.ErrFenced) {
		return nil, nil // a host that refuses rel now has not let it stage anything either
	}
	return nil, err
}
