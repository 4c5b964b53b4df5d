package planner

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// provenance is one that a plan may come from.
var provenance = Provenance{Who: "ana", When: time.Date(2026, 8, 1, 14, 2, 0, 0, time.UTC), GitCommit: "3f9c2ab",
	RelVersion: "0.3.0", Variables: []string{"shop_version"}, Refreshed: true, Base: Base{Lineage: "l1", Serial: 7}}

// upgrade is a plan that has most kinds of steps.
func upgrade(t testing.TB) *Plan {
	l := layout{way: wayCanary, slots: 2, balanced: true, instances: 2, version: "1.0.0", worker: true}
	u := deployed(l.world())
	l.version = "2.0.0"
	l.change = func(w *World) { w.Releases[0].Strategy.KeepReleases, w.Releases[0].Strategy.AutoPromote = 1, false }
	p, err := Compute(u.input(l.world()))
	require.NoError(t, err)
	return p
}

func written(t testing.TB, p *Plan) []byte {
	var b bytes.Buffer
	digest, err := Write(&b, p, provenance)
	require.NoError(t, err)
	own, err := p.Digest()
	require.NoError(t, err)
	require.Equal(t, own, digest)
	return b.Bytes()
}

func read(b []byte) (*File, error) { return Read(bytes.NewReader(b), int64(len(b))) }

// What is applied must be what was planned: nothing is lost on the way through the file.
func TestReadGivesWhatWasWritten(t *testing.T) {
	p := upgrade(t)
	f, err := read(written(t, p))
	require.NoError(t, err)
	require.Equal(t, p, f.Plan)
	require.Equal(t, provenance, f.Provenance)
	require.True(t, strings.HasPrefix(f.Digest, "sha256:"))
}

// The same plan must have the same bytes, or a review could not be recognised after the merge.
func TestWriteIsDeterministic(t *testing.T) {
	require.Equal(t, written(t, upgrade(t)), written(t, upgrade(t)))
}

// Who planned, and when, must not change the digest.
func TestDigestLeavesProvenanceOut(t *testing.T) {
	p := upgrade(t)
	var a, b bytes.Buffer
	first, err := Write(&a, p, provenance)
	require.NoError(t, err)
	second, err := Write(&b, p, Provenance{Who: "ben"})
	require.NoError(t, err)
	require.Equal(t, first, second)
	require.NotEqual(t, a.Bytes(), b.Bytes())
}

// Writing step by step must give what encoding/json gives for the whole.
func TestEncodeIsCanonicalJSON(t *testing.T) {
	for _, p := range []*Plan{upgrade(t), {Steps: []Step{}}} {
		var whole, streamed bytes.Buffer
		e := json.NewEncoder(&whole)
		e.SetEscapeHTML(false)
		require.NoError(t, e.Encode(p))
		require.NoError(t, p.encode(&streamed))
		require.Equal(t, whole.String(), streamed.String())
	}
}

// A file must be refused wherever it is cut.
func TestReadRefusesFilesCutShort(t *testing.T) {
	whole := written(t, upgrade(t))
	for n := 0; n < len(whole); n += 97 {
		_, err := read(whole[:n])
		require.ErrorIs(t, err, ErrDamaged, "%d bytes", n)
	}
}

// A changed bit anywhere in the plan must be found.
func TestReadRefusesChangedBits(t *testing.T) {
	whole := written(t, upgrade(t))
	start := bytes.Index(whole, []byte(`{"format_version"`))
	end := bytes.Index(whole, []byte(`{"digest"`))
	for n := start; n < end; n += 101 {
		changed := bytes.Clone(whole)
		changed[n] ^= 1
		_, err := read(changed)
		require.ErrorIs(t, err, ErrDamaged, "byte %d", n)
	}
}

// zipped makes a plan file of given members.
func zipped(t testing.TB, method uint16, members ...string) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for n := 0; n < len(members); n += 2 {
		w, err := z.CreateHeader(&zip.FileHeader{Name: members[n], Method: method})
		require.NoError(t, err)
		_, err = io.WriteString(w, members[n+1])
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	return b.Bytes()
}

// edited is the plan file of a plan whose JSON was changed, with a provenance that fits.
func edited(t testing.TB, change func(plan string) string) []byte {
	var b bytes.Buffer
	require.NoError(t, upgrade(t).encode(&b))
	plan := change(b.String())
	digest := sumOf(plan)
	return zipped(t, zip.Store, memberPlan, plan, memberProvenance, `{"digest":"`+digest+`","who":"x"}`)
}

func replace(from, to string) func(string) string {
	return func(s string) string { return strings.Replace(s, from, to, 1) }
}

// Each way in which a file can be wrong is refused in words that say what to do.
func TestReadRefuses(t *testing.T) {
	tests := map[string]struct {
		file []byte
		says string
		is   error
	}{
		"no zip":                 {[]byte("hello"), "no plan file", ErrDamaged},
		"empty":                  {nil, "no plan file", ErrDamaged},
		"another member":         {zipped(t, zip.Store, "evil.sh", "x"), `"evil.sh"`, ErrDamaged},
		"twice":                  {zipped(t, zip.Store, memberPlan, "{}", memberPlan, "{}"), `"plan.json"`, ErrDamaged},
		"no provenance":          {zipped(t, zip.Store, memberPlan, "{}"), "no provenance.json", ErrDamaged},
		"compressed":             {zipped(t, zip.Deflate, memberPlan, strings.Repeat("0", 1<<20)), "compressed", ErrDamaged},
		"other digest":           {zipped(t, zip.Store, memberPlan, "{}", memberProvenance, `{"digest":"sha256:00"}`), "edited", ErrDamaged},
		"other version":          {edited(t, replace(`"format_version":"1.0"`, `"format_version":"1.1"`)), "the rel that made it", ErrVersion},
		"unknown field":          {edited(t, replace(`"mode"`, `"surprise":1,"mode"`)), `"surprise"`, ErrDamaged},
		"unknown field, step":    {edited(t, replace(`"phase":"gate"`, `"surprise":1,"phase":"gate"`)), `"surprise"`, ErrDamaged},
		"unknown argument":       {edited(t, replace(`"claims"`, `"surprise":1,"claims"`)), `"surprise"`, ErrDamaged},
		"unknown kind":           {edited(t, replace(`"kind":"stage"`, `"kind":"dance"`)), `"dance"`, ErrDamaged},
		"key spelled otherwise":  {edited(t, replace(`"hold":true`, `"HOLD":true`)), "not in the form", ErrDamaged},
		"key twice":              {edited(t, replace(`"mode":"normal"`, `"mode":"normal","mode":"normal"`)), "not in the form", ErrDamaged},
		"space":                  {edited(t, replace(`"mode":"normal"`, `"mode": "normal"`)), "not in the form", ErrDamaged},
		"more after the end":     {edited(t, func(s string) string { return s + "{}" }), "", ErrDamaged},
		"no arguments":           {edited(t, replace(`"args":{}`, `"args":null`)), "no arguments", ErrDamaged},
		"id twice":               {edited(t, replace(`"id":"staged"`, `"id":"gates"`)), "not unique", ErrDamaged},
		"need that is not there": {edited(t, replace(`"needs":["gates"]`, `"needs":["finish"]`)), `needs "finish"`, ErrDamaged},
		"unknown target":         {edited(t, replace(`"args":{"target":"web"`, `"args":{"target":"moon"`)), `target "moon"`, ErrDamaged},
		"unknown slot":           {edited(t, replace(`"slot":"green","port":9001,"rev`, `"slot":"mauve","port":9001,"rev`)), `slot is "mauve"`, ErrDamaged},
		"slots that are not":     {edited(t, replace(`"slot":"green","number"`, `"slot":"mauve","number"`)), "blue and green", ErrDamaged},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := read(test.file)
			require.ErrorIs(t, err, test.is)
			require.ErrorContains(t, err, test.says)
		})
	}
}

// A kind must have its type in the table, and its type must name its kind.
func TestKinds(t *testing.T) {
	require.Len(t, Kinds(), len(kinds))
	for _, k := range Kinds() {
		require.Contains(t, kinds, k)
		require.Equal(t, k, kinds[k]().kind())
	}
}

// Whatever a file holds, reading it must not panic, and what is accepted must be what rel
// itself writes.
func FuzzRead(f *testing.F) {
	f.Add(written(f, upgrade(f)))
	f.Add(zipped(f, zip.Store, memberPlan, "{}", memberProvenance, "{}"))
	f.Add(edited(f, replace(`"kind":"stage"`, `"kind":"stop"`)))
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := read(b)
		if err != nil {
			return
		}
		again, err := file.Plan.Digest()
		require.NoError(t, err)
		require.Equal(t, file.Digest, again)
	})
}

// What the zip's checksums do not hide from a fuzzer: the plan itself.
func FuzzDecode(f *testing.F) {
	var b bytes.Buffer
	require.NoError(f, upgrade(f).encode(&b))
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := decode(b, sumOf(string(b)))
		if err == nil {
			require.NoError(t, p.Validate())
		}
	})
}
