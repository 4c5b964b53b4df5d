package local

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"rel/platform"
)

// manifest lies in a revision's folder and says all of it: the revision, so that a slot can be
// pointed at it again by its name alone, and what each file was when it was staged.
type manifest struct {
	Revision platform.Revision       `json:"revision"`
	Files    map[string]manifestFile `json:"files"` // by path below the folder, with /
}

// manifestFile is a file with its sha256 or a link with its target; folders are not listed.
type manifestFile struct {
	Mode   string `json:"mode"`
	Sha256 string `json:"sha256,omitempty"`
	Link   string `json:"link,omitempty"`
}

func manifestOf(folder string) string { return filepath.Join(folder, ".rel", "manifest.json") }

// describe reads what is in a folder into a manifest.
func describe(r platform.Revision, folder string) (manifest, error) {
	m := manifest{Revision: r, Files: map[string]manifestFile{}}
	err := filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		name, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		m.Files[filepath.ToSlash(name)], err = describeFile(path, e)
		return err
	})
	return m, err
}

func describeFile(path string, e fs.DirEntry) (manifestFile, error) {
	info, err := e.Info()
	if err != nil {
		return manifestFile{}, err
	}
	f := manifestFile{Mode: fmt.Sprintf("%04o", info.Mode().Perm())}
	switch {
	case info.Mode().Type() == fs.ModeSymlink:
		f.Link, err = os.Readlink(path)
	case info.Mode().IsRegular():
		f.Sha256, err = hashFile(path)
	default:
		err = fmt.Errorf("%s is neither a file nor a link", path)
	}
	return f, err
}

func hashFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	sum, err := hashReader(f)
	return sum, errors.Join(err, f.Close())
}

func hashReader(r io.Reader) (string, error) {
	h := sha256.New()
	_, err := io.Copy(h, r)
	return hex.EncodeToString(h.Sum(nil)), err
}

func (m manifest) write(folder string) error {
	b, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	if err := os.Mkdir(filepath.Join(folder, ".rel"), 0o755); err != nil {
		return err
	}
	return writeFile(manifestOf(folder), append(b, '\n'), 0o644)
}

// staged reads the revision of a staged folder from its manifest.
func (i instance) staged(revision string) (platform.Revision, error) {
	if err := folderName(revision); err != nil {
		return platform.Revision{}, fmt.Errorf("revision of %s: %w", i.address, err)
	}
	b, err := readFile(manifestOf(i.release(revision)))
	if err != nil {
		return platform.Revision{}, err
	}
	if b == nil {
		return platform.Revision{}, fmt.Errorf("%s: revision %s is not staged in %s", i.address, revision, i.releases())
	}
	var m manifest
	if err := json.Unmarshal(b, &m); err != nil {
		return platform.Revision{}, fmt.Errorf("reading the manifest of %s in %s: %w", revision, i.releases(), err)
	}
	if name := m.Revision.Name(); name != revision {
		return platform.Revision{}, fmt.Errorf("%s: the manifest in %s is of revision %s: it has been changed by hand", i.address, i.release(revision), name)
	}
	return m.Revision, nil
}
