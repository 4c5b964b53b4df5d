package artifact

import (
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"strings"
)

// inventory is what plan needs of contents: it is kept by their digest, so that they are unpacked once only to look.
// It holds for the name and the limits under which it was made.
type inventory struct {
	Name    string
	Limits  Limits
	Kind    string
	Members []string // paths, in the archive's order
}

// inventory reads the whole artifact unless that was done before: a damaged or unsafe archive fails the plan.
func (c *Cache) inventory(ctx context.Context, a Artifact, dir string) (inventory, error) {
	path := filepath.Join(c.dir, memberFolder, strings.TrimPrefix(a.Digest, "sha256:"))
	var inv inventory
	if readJSON(path, &inv) && inv.Name == a.Name && inv.Limits == c.Limits {
		return inv, nil
	}
	blob, err := c.Open(ctx, a, dir)
	if err != nil {
		return inventory{}, err
	}
	defer blob.Close()
	inv, err = takeInventory(contents{ReaderAt: blob, ctx: ctx, name: a.Name, size: a.Size, limits: c.Limits})
	if err != nil {
		return inventory{}, err
	}
	return inv, writeJSON(path, inv)
}

func takeInventory(c contents) (inventory, error) {
	kind, err := detect(c)
	if err != nil {
		return inventory{}, fmt.Errorf("%s: %w", c.name, err)
	}
	inv := inventory{Name: c.name, Limits: c.limits, Kind: kind}
	err = c.walk(kind, func(a admitted) error {
		if a.path != "." {
			inv.Members = append(inv.Members, a.path)
		}
		return nil
	})
	return inv, err
}

// contains says which of the wanted paths and globs match no member and no folder that one is in.
func (inv inventory) contains(wanted []string) error {
	if len(wanted) == 0 {
		return nil
	}
	paths := inv.paths()
	var missing []string
	for _, want := range wanted {
		found, err := matches(want, paths)
		if err != nil {
			return fmt.Errorf("contains %q: %w", want, err)
		}
		if !found {
			missing = append(missing, want+near(want, inv.Members))
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("%s does not contain\n  %s", inv.Name, strings.Join(missing, "\n  "))
	}
	return nil
}

// paths are the members and the folders that they are in.
func (inv inventory) paths() map[string]bool {
	paths := map[string]bool{}
	for _, m := range inv.Members {
		for p := m; p != "." && !paths[p]; p = path.Dir(p) {
			paths[p] = true
		}
	}
	return paths
}

// matches looks for the very name first: it may hold what means something in a glob.
func matches(want string, paths map[string]bool) (bool, error) {
	want = path.Clean(want)
	if !filepath.IsLocal(want) {
		return false, errors.New("give a path inside the artifact")
	}
	if paths[want] {
		return true, nil
	}
	if _, err := path.Match(want, ""); err != nil {
		return false, err
	}
	for p := range paths {
		if ok, _ := path.Match(want, p); ok {
			return true, nil
		}
	}
	return false, nil
}
