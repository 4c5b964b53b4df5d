package planner

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func readWorld(b []byte) (*World, error) { return ReadWorld(bytes.NewReader(b), int64(len(b))) }

// What is live is compared with must be what was planned, whatever the plan's mode.
func TestReadWorldGivesWhatWasWritten(t *testing.T) {
	p := upgrade(t)
	for _, mode := range []Mode{Normal, Rollback} {
		p.Mode = mode
		if mode == Rollback {
			p.RollbackTo = 3
		}
		w, err := readWorld(written(t, p))
		require.NoError(t, err)
		require.Equal(t, p.World, *w)
	}
}

// A world that was changed after it was written, or that this rel cannot know, is refused in the
// words of Read.
func TestReadWorldRefuses(t *testing.T) {
	tests := map[string]struct {
		file []byte
		says string
		is   error
	}{
		"no zip":            {[]byte("hello"), "no plan file", ErrDamaged},
		"edited":            {bytes.Replace(written(t, upgrade(t)), []byte("shop-2.0.0"), []byte("shop-2.0.1"), 1), "checksum", ErrDamaged},
		"edited at its end": {zipped(t, zip.Store, memberPlan, "{}", memberProvenance, `{"digest":"sha256:00"}`), "edited", ErrDamaged},
		"no plan":           {edited(t, func(string) string { return "[]" }), `format ""`, ErrVersion},
		"other version":     {edited(t, replace(`"format_version":"1.0"`, `"format_version":"1.1"`)), "the rel that made it", ErrVersion},
		"unknown field":     {edited(t, replace(`"mode"`, `"surprise":1,"mode"`)), "not in the form", ErrDamaged},
		"unknown, world":    {edited(t, replace(`"project"`, `"surprise":1,"project"`)), `"surprise"`, ErrDamaged},
		"key twice":         {edited(t, replace(`"mode":"normal"`, `"mode":"normal","mode":"normal"`)), "not in the form", ErrDamaged},
		"spelled otherwise": {edited(t, replace(`"project"`, `"PROJECT"`)), "not in the form", ErrDamaged},
		"space":             {edited(t, replace(`"mode":"normal"`, `"mode": "normal"`)), "not in the form", ErrDamaged},
		"no world":          {edited(t, replace(`"world"`, `"earth"`)), "not in the form", ErrDamaged},
		"cut short":         {edited(t, func(s string) string { return s[:strings.Index(s, `"releases"`)] }), "does not know", ErrDamaged},
		"contradicts":       {edited(t, replace(`"slot":"green","number"`, `"slot":"mauve","number"`)), "blue and green", ErrDamaged},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := readWorld(test.file)
			require.ErrorIs(t, err, test.is)
			require.ErrorContains(t, err, test.says)
		})
	}
}

// Where both read a plan they must see the same world; reading must not panic.
func FuzzDecodeWorld(f *testing.F) {
	var b bytes.Buffer
	require.NoError(f, upgrade(f).encode(&b))
	f.Add(b.Bytes())
	f.Add([]byte(`{"format_version":"1.0","mode":"normal","world":{}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		w, err := decodeWorld(b)
		p, planErr := decode(b, sumOf(string(b)))
		if planErr == nil {
			require.NoError(t, err)
			require.Equal(t, p.World, *w)
		}
	})
}

// The world of a plan of many instances costs little more than its digest.
func BenchmarkReadWorld(b *testing.B) {
	in := newUniverse().input(layout{way: wayRolling, slots: 2, balanced: true, instances: 5000, version: "1.0.0"}.world())
	p, err := Compute(in)
	require.NoError(b, err)
	file := written(b, p)
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		_, err := readWorld(file)
		require.NoError(b, err)
	}
}
