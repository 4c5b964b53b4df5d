package contract

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"rel/platform"
	"rel/state"
)

// steps are n records, from number first on; as they are read back.
func (b *bench) steps(first, n int) []state.Record {
	records := make([]state.Record, n)
	for i := range records {
		a := platform.Address{Release: "shop", Service: "web", Key: strconv.Itoa(first + i)}
		records[i] = state.Record{Seq: int64(first + i), Time: b.time(), Type: state.End, Step: a.String() + "/activate:main",
			After: &state.After{Address: &a, Instance: &platform.Instance{Slots: map[string]platform.Slot{platform.Main: {Revision: "line\nbreak <&>", Running: true}}}}}
	}
	return records
}

func openJournal(t *testing.T, backend state.Backend, deployment int) (state.JournalWriter, []state.Record) {
	t.Helper()
	j, records, err := backend.OpenJournal(t.Context(), env, deployment)
	require.NoError(t, err)
	return j, records
}

func readJournal(t *testing.T, backend state.Backend, deployment int) []state.Record {
	t.Helper()
	records, err := backend.ReadJournal(t.Context(), env, deployment)
	require.NoError(t, err)
	return records
}

func aJournalIsAppendedToAndRead(t *testing.T, b *bench) {
	one := b.open(t)
	_, err := one.ReadJournal(t.Context(), env, 1)
	require.ErrorIs(t, err, state.ErrNotFound)
	j, records := openJournal(t, one, 1)
	require.Empty(t, records)
	require.Empty(t, readJournal(t, one, 1), "it is there, and empty")

	given := b.steps(1, 6)
	for i := range given {
		given[i].Seq = 0
	}
	require.NoError(t, j.Append(t.Context()), "nothing is nothing")
	require.NoError(t, j.Append(t.Context(), given[0]))
	require.NoError(t, j.Append(t.Context(), given[1:4]...))
	require.NoError(t, j.Append(t.Context(), given[4:]...))
	require.Equal(t, b.steps(1, 6), readJournal(t, b.open(t), 1), "numbered from 1, in their order")
	require.Zero(t, given[0].Seq, "what was given in is not changed")
	require.NoError(t, j.Close())
	require.Error(t, j.Append(t.Context(), given[0]), "it is closed")
}

func aJournalIsGoneOnWith(t *testing.T, b *bench) {
	for i := range 4 {
		j, records := openJournal(t, b.open(t), 3)
		require.Equal(t, b.steps(1, 2*i), append([]state.Record{}, records...))
		require.NoError(t, j.Append(t.Context(), b.steps(2*i+1, 2)...))
		require.NoError(t, j.Close())
	}
	require.Equal(t, b.steps(1, 8), readJournal(t, b.open(t), 3))
}

func aJournalIsReadWhileItGrows(t *testing.T, b *bench) {
	j, _ := openJournal(t, b.open(t), 1)
	reader := b.open(t)
	errs := sideBySide(2, func(i int) error {
		if i == 0 {
			return appendAll(t, j, b.steps(1, 40), 4)
		}
		return readOften(t, reader, 40)
	})
	require.NoError(t, errs[0])
	require.NoError(t, errs[1])
	require.NoError(t, j.Close())
	require.Equal(t, b.steps(1, 40), readJournal(t, reader, 1))
}

func appendAll(t *testing.T, j state.JournalWriter, records []state.Record, batch int) error {
	for i := 0; i < len(records); i += batch {
		if err := j.Append(t.Context(), records[i:i+batch]...); err != nil {
			return err
		}
	}
	return nil
}

// readOften finds a beginning of the journal each time, never less than the time before.
func readOften(t *testing.T, reader state.Backend, times int) error {
	seen := 0
	for range times {
		records, err := reader.ReadJournal(t.Context(), env, 1)
		if err != nil {
			return err
		}
		if len(records) < seen {
			return fmt.Errorf("%d records, and %d were there before", len(records), seen)
		}
		seen = len(records)
	}
	return nil
}

func aJournalTakesAppendsSideBySide(t *testing.T, b *bench) {
	j, _ := openJournal(t, b.open(t), 1)
	given := b.steps(1, 20)
	errs := sideBySide(10, func(i int) error { return j.Append(t.Context(), given[2*i], given[2*i+1]) })
	require.Equal(t, 10, winners(t, errs, nil))
	require.NoError(t, j.Close())

	records := readJournal(t, b.open(t), 1)
	var got, want []string
	for i, r := range records {
		require.EqualValues(t, i+1, r.Seq)
		got, want = append(got, r.Step), append(want, given[i].Step)
		if i%2 == 0 {
			require.Equal(t, stepAfter(given, r.Step), records[i+1].Step, "what was appended together stands together")
		}
	}
	require.ElementsMatch(t, want, got)
}

func stepAfter(records []state.Record, step string) string {
	for i, r := range records {
		if r.Step == step {
			return records[i+1].Step
		}
	}
	return ""
}

func aSecondWriterOfAJournalIsFound(t *testing.T, b *bench) {
	old, _ := openJournal(t, b.open(t), 1)
	require.NoError(t, old.Append(t.Context(), b.steps(1, 1)...))
	young, records := openJournal(t, b.open(t), 1)
	require.Len(t, records, 1)
	require.NoError(t, young.Append(t.Context(), b.steps(2, 1)...))

	require.ErrorIs(t, old.Append(t.Context(), b.steps(2, 1)...), state.ErrLeaseLost, "it must stop")
	require.NoError(t, young.Append(t.Context(), b.steps(3, 1)...))
	require.NoError(t, old.Close())
	require.NoError(t, young.Close())
	require.Equal(t, b.steps(1, 3), readJournal(t, b.open(t), 1))
}

func aRecordThatCannotBeIsRefused(t *testing.T, b *bench) {
	j, _ := openJournal(t, b.open(t), 1)
	impossible := b.steps(2, 1)[0]
	impossible.Time = b.time().AddDate(9000, 0, 0)
	require.Error(t, j.Append(t.Context(), b.steps(1, 1)[0], impossible))
	require.Empty(t, readJournal(t, b.open(t), 1), "none of what was appended together")
	require.NoError(t, j.Append(t.Context(), b.steps(1, 2)...))
	require.NoError(t, j.Close())
	require.Equal(t, b.steps(1, 2), readJournal(t, b.open(t), 1))
}

func aTornTailIsDropped(t *testing.T, b *bench) {
	j, _ := openJournal(t, b.open(t), 1)
	require.NoError(t, j.Append(t.Context(), b.steps(1, 3)...))
	require.NoError(t, j.Close())
	want := b.steps(1, 3)
	if b.Tear != nil {
		b.Tear(t, env, 1, 10)
		want = want[:2]
	}
	require.Equal(t, want, readJournal(t, b.open(t), 1))
	j, records := openJournal(t, b.open(t), 1)
	require.Equal(t, want, records)
	next := len(want) + 1
	require.NoError(t, j.Append(t.Context(), b.steps(next, 2)...))
	require.NoError(t, j.Close())
	require.Equal(t, append(want, b.steps(next, 2)...), readJournal(t, b.open(t), 1), "what comes later is not hidden")
}
