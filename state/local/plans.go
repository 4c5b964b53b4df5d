package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"rel/state"
)

// PutPlan keeps the plan of a deployment.
func (b *Backend) PutPlan(ctx context.Context, env string, deployment int, plan []byte) error {
	folder, err := b.deployment(env, deployment)
	if err != nil {
		return err
	}
	err = b.exclusively(ctx, env, func(string) error {
		if err := b.files.makeFolder(folder); err != nil {
			return err
		}
		return b.files.replace(filepath.Join(folder, planFile), plan)
	})
	if err != nil {
		return fmt.Errorf("keeping the plan of deployment %d of environment %q: %w", deployment, env, err)
	}
	return nil
}

// GetPlan gives the plan of a deployment.
func (b *Backend) GetPlan(_ context.Context, env string, deployment int) ([]byte, error) {
	folder, err := b.deployment(env, deployment)
	if err != nil {
		return nil, err
	}
	plan, err := os.ReadFile(filepath.Join(folder, planFile))
	if errors.Is(err, fs.ErrNotExist) {
		err = state.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("reading the plan of deployment %d of environment %q: %w", deployment, env, err)
	}
	return plan, nil
}

// Deployments numbers the deployments that have a plan or a journal, ascending.
func (b *Backend) Deployments(_ context.Context, env string) ([]int, error) {
	folder, err := b.folder(env)
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(filepath.Join(folder, deploymentsFolder))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("listing the deployments of environment %q: %w", env, err)
	}
	var numbers []int
	for _, e := range entries {
		if n, err := strconv.Atoi(e.Name()); err == nil && n > 0 && has(filepath.Join(folder, deploymentsFolder, e.Name())) {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	return numbers, nil
}

// has says that there is a plan or a journal in the folder: a crash may leave neither.
func has(folder string) bool {
	for _, name := range []string{planFile, journalFile} {
		if _, err := os.Stat(filepath.Join(folder, name)); err == nil {
			return true
		}
	}
	return false
}
