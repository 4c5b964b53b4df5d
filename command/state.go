package command

import (
	"context"
	"errors"
	"slices"

	"rel/platform"
	"rel/state"
	"rel/state/local"
)

// locked does something under the environment's lease.
func (w workspace) locked(ctx context.Context, p process, env, reason string, do func(context.Context, platform.Fence) error) error {
	lease, err := w.backend.Acquire(ctx, env, local.Self(operator(p), reason))
	if err != nil {
		return err
	}
	s, err := w.read(ctx, env)
	if err == nil {
		err = do(ctx, platform.Fence{Lineage: s.Lineage, Number: lease.Number})
	}
	return errors.Join(err, w.backend.Release(ctx, env, lease))
}

func readState(ctx context.Context, p process, o projectFlags, args []string, n int, usage string) (workspace, string, state.State, error) {
	if err := want(args, n, usage); err != nil {
		return workspace{}, "", state.State{}, err
	}
	w, err := openWorkspace(p, o)
	if err != nil {
		return w, "", state.State{}, err
	}
	env, err := w.environment(ctx, p, o)
	if err != nil {
		return w, "", state.State{}, err
	}
	s, err := w.read(ctx, env)
	return w, env, s, err
}

func instanceAddresses(s state.State) (addresses []platform.Address) {
	for a := range s.Instances {
		addresses = append(addresses, a)
	}
	slices.SortFunc(addresses, platform.CompareAddresses)
	return addresses
}
