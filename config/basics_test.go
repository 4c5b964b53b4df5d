package config

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Durations are what Go reads, with days, without signs.
func TestParseDuration(t *testing.T) {
	for in, want := range map[string]time.Duration{
		"0s":      0,
		"250ms":   250 * time.Millisecond,
		"30s":     30 * time.Second,
		"1h30m":   90 * time.Minute,
		"30d":     30 * 24 * time.Hour,
		"1d1ms":   24*time.Hour + time.Millisecond,
		"0.5s":    500 * time.Millisecond,
		"106751d": 106751 * 24 * time.Hour,
	} {
		got, err := parseDuration(in)
		require.NoError(t, err, in)
		require.Equal(t, want, got, in)
	}
	for _, in := range []string{"", "30", "s", "-1s", "+1s", "1.5d", "1 s", "1w", "1s ", "１s", "1d-1s", "99999999999999999999s"} {
		_, err := parseDuration(in)
		require.ErrorIs(t, err, errDuration, in)
	}
	for _, in := range []string{"106752d", "106751d23h59m", "99999999999999999999999d"} {
		_, err := parseDuration(in)
		require.ErrorIs(t, err, errTooLong, in)
	}
}

// No text makes it panic, or gives a time before now.
func FuzzParseDuration(f *testing.F) {
	for _, s := range []string{"1h30m", "30d", "", "9223372036854775807ms", "1ss"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := parseDuration(s)
		require.GreaterOrEqual(t, d, time.Duration(0))
		if err == nil {
			again, err := parseDuration(d.Truncate(time.Second).String())
			require.NoError(t, err)
			require.Equal(t, d.Truncate(time.Second), again)
		}
	})
}

func TestParseCount(t *testing.T) {
	for in, want := range map[string]Count{"1": {N: 1}, "12": {N: 12}, "1%": {N: 1, Percent: true}, "100%": {N: 100, Percent: true}} {
		got, err := parseCount(in)
		require.NoError(t, err, in)
		require.Equal(t, want, got, in)
	}
	for _, in := range []string{"", "0", "%", "0%", "101%", "-1", "1.5", "1 %", "%1", "99999999999999999999", "2147483648"} {
		_, err := parseCount(in)
		require.ErrorIs(t, err, errCount, in)
	}
}

// A limit is kept: a share is rounded down, but something can always change.
func TestCountOf(t *testing.T) {
	for _, c := range []struct {
		count    Count
		of, want int
	}{
		{Count{N: 2}, 5, 2},
		{Count{N: 9}, 5, 5},
		{Count{N: 25, Percent: true}, 5, 1},
		{Count{N: 25, Percent: true}, 3, 1},
		{Count{N: 50, Percent: true}, 5, 2},
		{Count{N: 100, Percent: true}, 5, 5},
		{Count{N: 25, Percent: true}, 0, 0},
		{Count{}, 5, 5},
		{Count{N: 99, Percent: true}, math.MaxInt32, 2126008810},
	} {
		require.Equal(t, c.want, c.count.Of(c.of), "%+v of %d", c.count, c.of)
	}
}

// Each name comes after what it needs and else by name, whatever the order of the map; each cycle is named.
func TestOrder(t *testing.T) {
	for name, c := range map[string]struct {
		needs  map[string][]string
		sorted []string
		cycles [][]string
	}{
		"nothing":           {map[string][]string{}, nil, nil},
		"by name":           {map[string][]string{"b": nil, "c": nil, "a": nil}, []string{"a", "b", "c"}, nil},
		"needs first":       {map[string][]string{"a": {"c"}, "b": nil, "c": {"b"}}, []string{"b", "c", "a"}, nil},
		"what is not there": {map[string][]string{"a": {"z"}}, []string{"a"}, nil},
		"itself":            {map[string][]string{"a": {"a"}}, []string{"a"}, [][]string{{"a", "a"}}},
		"two cycles": {
			map[string][]string{"a": {"b"}, "b": {"a"}, "c": {"d"}, "d": {"c"}, "e": {"a"}},
			[]string{"b", "a", "d", "c", "e"}, [][]string{{"a", "b", "a"}, {"c", "d", "c"}},
		},
	} {
		sorted, cycles := order(c.needs)
		require.Equal(t, c.sorted, sorted, name)
		require.Equal(t, c.cycles, cycles, name)
	}
}

// A name is suggested only where few characters differ; of equals always the same one.
func TestNearest(t *testing.T) {
	known := []string{"max_parallel", "keep_old", "port", "ports", "path"}
	for given, want := range map[string]string{
		"max_paralel": "max_parallel",
		"keepold":     "keep_old",
		"prot":        "port",
		"portts":      "ports",
		"Port":        "port",
		"completely":  "",
		"po":          "",
		"":            "",
		"pört":        "port",
	} {
		require.Equal(t, want, nearest(given, known), given)
	}
}

func TestLevenshtein(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"", "abc", 3}, {"kitten", "sitting", 3}, {"flaw", "lawn", 2}, {"größe", "grösse", 2}, {"ab", "ba", 2}} {
		require.Equal(t, c.want, levenshtein(c.a, c.b), "%s %s", c.a, c.b)
		require.Equal(t, c.want, levenshtein(c.b, c.a), "%s %s", c.b, c.a)
	}
}

// The arithmetic finds the same ports as writing them all down.
func TestOverlapAgreesWithCounting(t *testing.T) {
	var all []occupied
	for first := 1; first <= 4; first++ {
		for count := 1; count <= 4; count++ {
			for step := 1; step <= 2; step++ {
				all = append(all, occupied{first: first, last: first + (count-1)*step, step: step})
			}
		}
	}
	for _, a := range all {
		for _, b := range all {
			port, ok := a.overlap(b)
			wantPort, wantOK := counted(a, b)
			require.Equal(t, wantOK, ok, "%+v %+v", a, b)
			require.Equal(t, wantPort, port, "%+v %+v", a, b)
		}
	}
}

func counted(a, b occupied) (int, bool) {
	taken := map[int]bool{}
	for port := a.first; port <= a.last; port += a.step {
		taken[port] = true
	}
	for port := b.first; port <= b.last; port += b.step {
		if taken[port] {
			return port, true
		}
	}
	return 0, false
}
