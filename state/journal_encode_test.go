package state_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"rel/balancer"
	"rel/platform"
	"rel/state"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// sampleRecords is a short journal with every field in it.
func sampleRecords() []state.Record {
	at := web("web<1>")
	facts := platform.Instance{Slots: sample().Instances[at].Slots}
	records := []state.Record{
		{Type: state.Opened, Opened: &state.Opening{Deployment: 5, PlanDigest: "sha256:cc", Lineage: "6b1f", Mode: "rollback",
			RollbackTo: 3, RollbackOf: 4, Versions: map[string]string{"shop": "1.2.0"}, Former: map[string]string{"shop": "1.1.0"},
			Strategies: map[string]string{"shop.web": "rolling"}, Operator: "ann", Reason: "line\nbreak", GitCommit: "c0ffee", RelVersion: "1.0.0", FormerLive: 4}},
		{Type: state.Sick, Slots: []string{at.String() + "/blue"}},
		{Type: state.Begin, Step: at.String() + "/activate:green"},
		{Type: state.End, Step: at.String() + "/activate:green", After: &state.After{Address: &at, Instance: &facts}},
		{Type: state.Failed, Step: "edge/traffic#1", Error: "it said <no>"},
		{Type: state.UndoEnd, Step: "edge/traffic#1", Left: []string{"x"}, After: &state.After{Balancer: "edge", SetupSet: true,
			Servers: map[string]balancer.Server{"x": {Address: "10.0.0.1:80", Weight: 50, Drained: true}}, Gone: []string{"y"}}},
		{Type: state.Consent, Step: "shop/promote", By: "bob"},
		{Type: state.Finished, Outcome: state.Succeeded},
	}
	return numbered(records)
}

func numbered(records []state.Record) []state.Record {
	for i := range records {
		records[i].Seq, records[i].Time = int64(i)+1, noon.Add(time.Duration(i)*time.Second)
	}
	return records
}

func encoded(t testing.TB, records []state.Record) []byte {
	t.Helper()
	var data []byte
	for _, r := range records {
		var err error
		data, err = state.AppendRecord(data, r)
		require.NoError(t, err)
	}
	return data
}

// The framing is a format that other versions of rel, and people with grep, must read.
func TestAppendRecordIsFixed(t *testing.T) {
	line, err := state.AppendRecord([]byte("before\n"), state.Record{Seq: 3, Time: noon, Type: state.Failed, Step: "a<b", Error: "x\ny"})
	require.NoError(t, err)
	require.Equal(t, "before\n"+
		`00000053 a3418ede {"seq":3,"time":"2026-03-01T12:00:00Z","type":"failed","step":"a<b","error":"x\ny"}`+"\n", string(line))
}

func TestJournalRoundTrip(t *testing.T) {
	data := encoded(t, sampleRecords())
	require.Equal(t, len(sampleRecords()), bytes.Count(data, []byte("\n")), "one line a record")
	records, torn, err := state.DecodeJournal(data)
	require.NoError(t, err)
	require.Zero(t, torn)
	require.Equal(t, sampleRecords(), records)
}

// A crash may cut the last write anywhere, and leave zeros where bytes were not written yet:
// the records before are all there, nothing of the cut one is, and it is no error.
func TestTornTailIsDropped(t *testing.T) {
	all := sampleRecords()
	data := encoded(t, all)
	ends := lineEnds(data)
	for cut := range len(data) + 1 {
		whole := 0
		for _, end := range ends {
			if end <= cut {
				whole++
			}
		}
		for _, zeros := range []int{0, 1, 4096} {
			records, torn, err := state.DecodeJournal(append(data[:cut:cut], make([]byte, zeros)...))
			require.NoError(t, err, "cut at %d, %d zeros", cut, zeros)
			require.Len(t, records, whole)
			require.Equal(t, cut+zeros-torn, append([]int{0}, ends...)[whole], "what is left ends with a whole record")
		}
	}
}

func lineEnds(data []byte) (ends []int) {
	for i, c := range data {
		if c == '\n' {
			ends = append(ends, i+1)
		}
	}
	return ends
}

// A bit that flips anywhere in an acknowledged journal is found, and never taken for a torn
// tail: it would silently take away what has happened.
func TestEveryFlippedBitIsFound(t *testing.T) {
	data := encoded(t, sampleRecords())
	for i := range data {
		for bit := range 8 {
			flipped := bytes.Clone(data)
			flipped[i] ^= 1 << bit
			records, torn, err := state.DecodeJournal(flipped)
			require.ErrorIs(t, err, state.ErrDamaged, "byte %d bit %d", i, bit)
			require.Zero(t, torn)
			require.Equal(t, sampleRecords()[:len(records)], append([]state.Record{}, records...), "those before it are good")
		}
	}
}

// The error tells which record, where, and what to do.
func TestDamageIsNamed(t *testing.T) {
	all := sampleRecords()
	lines := bytes.SplitAfter(encoded(t, all), []byte("\n"))[:len(all)]
	join := func(lines ...[]byte) []byte { return bytes.Join(lines, nil) }
	unknown := func(line []byte, old, with string) []byte {
		return reframed(t, strings.Replace(string(line[18:len(line)-1]), old, with, 1))
	}
	for name, c := range map[string]struct {
		data []byte
		is   error
		says string
	}{
		"a record is missing": {join(lines[0], lines[2]), state.ErrDamaged, fmt.Sprintf("record 2 of the journal, at byte %d: record 3 stands in its place", len(lines[0]))},
		"the first is missing": {lines[1], state.ErrDamaged,
			"record 1 of the journal, at byte 0: record 2 stands in its place; nothing was changed, and the 0 records before it are good: put the journal back from a backup"},
		"a record twice":          {join(lines[0], lines[0]), state.ErrDamaged, "record 1 stands in its place"},
		"text of its own":         {join(lines[0], []byte("hello\n"), lines[1]), state.ErrDamaged, "record 2 of the journal"},
		"a hole, then records":    {join(lines[0], make([]byte, 100), lines[2]), state.ErrDamaged, "record 2 of the journal"},
		"a long line without end": {join(lines[0], bytes.Repeat([]byte("x"), 100)), state.ErrDamaged, "record 2 of the journal"},
		"a header that is none":   {join(lines[0], bytes.Repeat([]byte("x"), 18)), state.ErrDamaged, "record 2 of the journal"},
		"a field that is newer":   {join(lines[0], unknown(lines[1], `"type"`, `"zone":1,"type"`)), state.ErrUnknownFormat, "record 2 of the journal"},
		"a type that is newer":    {join(lines[0], unknown(lines[1], `"sick"`, `"odd"`)), state.ErrUnknownFormat, `type "odd"`},
		"two documents in one":    {join(lines[0], unknown(lines[1], `{`, `{} {`)), state.ErrUnknownFormat, "follows the document"},
	} {
		t.Run(name, func(t *testing.T) {
			_, torn, err := state.DecodeJournal(c.data)
			require.ErrorIs(t, err, c.is)
			require.ErrorContains(t, err, c.says)
			require.Zero(t, torn)
		})
	}
}

// reframed frames any text as a record.
func reframed(t *testing.T, body string) []byte {
	t.Helper()
	return fmt.Appendf(nil, "%08x %08x %s\n", len(body), castagnoli(body), body)
}

// A time that JSON cannot hold is an error, not a record that cannot be read.
func TestAppendRecordRefusesAnImpossibleTime(t *testing.T) {
	dst, err := state.AppendRecord([]byte("kept"), state.Record{Seq: 1, Time: noon.AddDate(9000, 0, 0), Type: state.Resumed})
	require.ErrorContains(t, err, "encoding record 1 (resumed)")
	require.Equal(t, "kept", string(dst))
}

// What is read is written the same, byte for byte up to the torn tail, and reading never panics.
func FuzzDecodeJournal(f *testing.F) {
	data := encoded(f, sampleRecords())
	f.Add(data)
	f.Add(data[:len(data)-20])
	f.Add(append(bytes.Clone(data), 0, 0, 0))
	f.Add([]byte("ffffffff 00000000 {}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		records, torn, err := state.DecodeJournal(data)
		for i, r := range records {
			require.Equal(t, int64(i)+1, r.Seq)
		}
		if err != nil {
			require.Zero(t, torn)
			return
		}
		require.LessOrEqual(t, torn, len(data))
		again, rest, err := state.DecodeJournal(data[:len(data)-torn])
		require.NoError(t, err)
		require.Zero(t, rest)
		require.Equal(t, records, again)
	})
}

func BenchmarkAppendRecord(b *testing.B) {
	r := sampleRecords()[3]
	var dst []byte
	for b.Loop() {
		dst, _ = state.AppendRecord(dst[:0], r)
	}
}

func BenchmarkDecodeJournal50000(b *testing.B) {
	data := encoded(b, deploymentOf(25_000, state.Succeeded))
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		_, _, err := state.DecodeJournal(data)
		require.NoError(b, err)
	}
}
