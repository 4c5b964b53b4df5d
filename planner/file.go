package planner

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// Errors of reading a plan file that callers decide on.
var (
	// ErrDamaged: it is no plan file, or not as it was written.
	ErrDamaged = errors.New("plan file cannot be used")
	// ErrVersion: another version of rel wrote it.
	ErrVersion = errors.New("plan file of another format")
)

// Provenance says where a plan comes from. It stands beside the plan, outside its digest:
// the same change planned again has the same digest.
type Provenance struct {
	Who        string    `json:"who"`
	When       time.Time `json:"when"`
	GitCommit  string    `json:"git_commit,omitempty"`
	RelVersion string    `json:"rel_version"`
	Variables  []string  `json:"variables,omitempty"` // their names, never their values
	Refreshed  bool      `json:"refreshed"`           // planned from what was observed
	Base       Base      `json:"base"`
}

// Base is the state that a plan was made from.
type Base struct {
	Lineage string `json:"lineage,omitempty"`
	Serial  int64  `json:"serial"`
}

// File is a plan file that was read.
type File struct {
	Plan       *Plan
	Provenance Provenance
	Digest     string // sha256:… over plan.json
}

// The members of a plan file, sorted.
const (
	memberPlan       = "plan.json"
	memberProvenance = "provenance.json"
)

// signed is provenance.json: the digest ties it to its plan.
type signed struct {
	Digest string `json:"digest"`
	Provenance
}

// Write writes a plan file and gives the plan's digest. The same plan and provenance give
// the same bytes.
func Write(w io.Writer, p *Plan, from Provenance) (digest string, err error) {
	z := zip.NewWriter(w)
	h := sha256.New()
	m, err := member(z, memberPlan)
	if err != nil {
		return "", err
	}
	if err := p.encode(io.MultiWriter(m, h)); err != nil {
		return "", fmt.Errorf("writing %s: %w", memberPlan, err)
	}
	digest = digestOf(h.Sum(nil))
	if m, err = member(z, memberProvenance); err != nil {
		return "", err
	}
	e := json.NewEncoder(m)
	e.SetEscapeHTML(false)
	if err := e.Encode(signed{digest, from}); err != nil {
		return "", fmt.Errorf("writing %s: %w", memberProvenance, err)
	}
	if err := z.Close(); err != nil {
		return "", fmt.Errorf("ending the plan file: %w", err)
	}
	return digest, nil
}

// epoch is the time of every member: the earliest that a zip can hold.
var epoch = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

// member begins one: stored as it is, so that its size in the file is its size in memory.
func member(z *zip.Writer, name string) (io.Writer, error) {
	m, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store, Modified: epoch})
	if err != nil {
		return nil, fmt.Errorf("beginning %s: %w", name, err)
	}
	return m, nil
}

// maxMember is the most that a member may hold: a plan of 100,000 instances has a tenth.
const maxMember = 1 << 30

// Read reads a plan file and refuses what it does not know, what was changed after it was
// written, and what cannot be run. Its errors are ErrDamaged or ErrVersion.
func Read(r io.ReaderAt, size int64) (*File, error) {
	f, plan, err := open(r, size)
	if err != nil {
		return nil, err
	}
	f.Plan, err = decode(plan, f.Digest)
	return f, err
}

// open reads all of a plan file but what its plan.json means.
func open(r io.ReaderAt, size int64) (f *File, plan []byte, err error) {
	members, err := readMembers(r, size)
	if err != nil {
		return nil, nil, err
	}
	plan = members[memberPlan]
	digest := sha256.Sum256(plan)
	f = &File{Digest: digestOf(digest[:])}
	var from signed
	if err := strict(members[memberProvenance], &from); err != nil {
		return nil, nil, damaged("its provenance.json cannot be read: %v", err)
	}
	if from.Digest != f.Digest {
		return nil, nil, damaged("its plan was edited after it was written: plan.json has the digest %s, and %s was written", f.Digest, from.Digest)
	}
	f.Provenance = from.Provenance
	return f, plan, nil
}

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %s; plan again", ErrDamaged, fmt.Sprintf(format, args...))
}

// readMembers reads the two members that a plan file has.
func readMembers(r io.ReaderAt, size int64) (map[string][]byte, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, damaged("it is %s", notZip(r))
	}
	members := map[string][]byte{}
	for _, f := range z.File {
		if f.Name != memberPlan && f.Name != memberProvenance || members[f.Name] != nil {
			return nil, damaged("it has %q, which no plan file of this format has", f.Name)
		}
		if members[f.Name], err = readMember(f, size); err != nil {
			return nil, err
		}
	}
	for _, name := range []string{memberPlan, memberProvenance} {
		if members[name] == nil {
			return nil, damaged("it has no %s", name)
		}
	}
	return members, nil
}

// notZip says what is wrong with a file without a zip's directory, which stands at its end.
func notZip(r io.ReaderAt) string {
	start := make([]byte, 4)
	if _, err := r.ReadAt(start, 0); err == nil && bytes.Equal(start, []byte("PK\x03\x04")) {
		return "cut short, or damaged"
	}
	return "no plan file"
}

func readMember(f *zip.File, size int64) ([]byte, error) {
	if f.Method != zip.Store || f.CompressedSize64 != f.UncompressedSize64 || f.UncompressedSize64 > maxMember {
		return nil, damaged("%s is compressed or larger than any plan", f.Name)
	}
	r, err := f.Open()
	if err != nil {
		return nil, damaged("%s cannot be read: %v", f.Name, err)
	}
	defer r.Close()
	room := min(f.UncompressedSize64, uint64(size)) // the one is only what the file claims, the other what it has
	b := bytes.NewBuffer(make([]byte, 0, room+bytes.MinRead))
	if _, err := b.ReadFrom(r); err != nil {
		return nil, damaged("%s is not as it was written: %v", f.Name, err)
	}
	return b.Bytes(), nil
}

// decode reads a plan strictly: what is decoded, encoded again, must be the same bytes. That
// also finds keys that stand twice or are spelled otherwise, which encoding/json lets pass.
func decode(b []byte, digest string) (*Plan, error) {
	var of struct {
		FormatVersion string `json:"format_version"`
	}
	if err := json.Unmarshal(b, &of); err != nil {
		return nil, damaged("its plan.json is not JSON: %v", err)
	}
	if err := checkVersion(of.FormatVersion); err != nil {
		return nil, err
	}
	p := new(Plan)
	if err := strict(b, p); err != nil {
		return nil, damaged("its plan.json has what this rel does not know: %v", err)
	}
	if err := p.Validate(); err != nil {
		return nil, damaged("its plan contradicts itself: %v", err)
	}
	again, err := p.Digest()
	if err != nil || again != digest {
		return nil, damaged("its plan.json is not in the form in which rel writes it")
	}
	return p, nil
}

func checkVersion(format string) error {
	if format == FormatVersion {
		return nil
	}
	return fmt.Errorf("%w: it has format %q, and this rel reads %s: apply it with the rel that made it, or plan again with this one",
		ErrVersion, format, FormatVersion)
}
