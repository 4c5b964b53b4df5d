package contract

import (
	"errors"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"rel/state"
)

func stateIsWrittenAndRead(t *testing.T, b *bench) {
	one := b.open(t)
	_, err := one.ReadState(t.Context(), env)
	require.ErrorIs(t, err, state.ErrNotFound)
	require.NoError(t, one.WriteState(t.Context(), env, aState(1), 0))
	got, err := b.open(t).ReadState(t.Context(), env)
	require.NoError(t, err)
	require.Equal(t, aState(1), got)
}

func stateIsComparedAndSwapped(t *testing.T, b *bench) {
	one, other := b.open(t), b.open(t)
	require.ErrorIs(t, one.WriteState(t.Context(), env, aState(5), 4), state.ErrConflict, "there is none yet")
	require.NoError(t, one.WriteState(t.Context(), env, aState(1), 0))
	require.ErrorIs(t, other.WriteState(t.Context(), env, aState(1), 0), state.ErrConflict, "there is one already")
	require.NoError(t, other.WriteState(t.Context(), env, aState(7), 1), "serials may leap")
	require.ErrorIs(t, one.WriteState(t.Context(), env, aState(8), 1), state.ErrConflict, "it has changed meanwhile")
	got, err := one.ReadState(t.Context(), env)
	require.NoError(t, err)
	require.EqualValues(t, 7, got.Serial)
}

func ofManyWritersOneWins(t *testing.T, b *bench) {
	one := b.open(t)
	require.NoError(t, one.WriteState(t.Context(), env, aState(1), 0))
	backends := []state.Backend{one, b.open(t), b.open(t)}
	errs := sideBySide(24, func(i int) error {
		s := aState(2)
		s.Lineage = strconv.Itoa(i)
		return backends[i%len(backends)].WriteState(t.Context(), env, s, 1)
	})
	require.Equal(t, 1, winners(t, errs, state.ErrConflict))
	got, err := one.ReadState(t.Context(), env)
	require.NoError(t, err)
	i, err := strconv.Atoi(got.Lineage)
	require.NoError(t, err)
	require.NoError(t, errs[i], "what is kept is what the winner wrote")
}

func noIncrementIsLost(t *testing.T, b *bench) {
	require.NoError(t, b.open(t).WriteState(t.Context(), env, aState(1), 0))
	const writers, each = 4, 10
	for _, err := range sideBySide(writers, func(int) error { return increment(t, b.open(t), each) }) {
		require.NoError(t, err)
	}
	got, err := b.open(t).ReadState(t.Context(), env)
	require.NoError(t, err)
	require.EqualValues(t, 1+writers*each, got.Serial)
}

// increment writes the next serial n times, again where somebody else was first.
func increment(t *testing.T, backend state.Backend, n int) error {
	for n > 0 {
		s, err := backend.ReadState(t.Context(), env)
		if err != nil {
			return err
		}
		err = backend.WriteState(t.Context(), env, aState(s.Serial+1), s.Serial)
		if err == nil {
			n--
		} else if !errors.Is(err, state.ErrConflict) {
			return err
		}
	}
	return nil
}

func aStateMustFit(t *testing.T, b *bench) {
	one := b.open(t)
	require.Error(t, one.WriteState(t.Context(), "staging", aState(1), 0), "it is another environment's")
	require.NoError(t, one.WriteState(t.Context(), env, aState(3), 0))
	require.Error(t, one.WriteState(t.Context(), env, aState(3), 3), "its serial did not grow")
	_, err := one.ReadState(t.Context(), "staging")
	require.ErrorIs(t, err, state.ErrNotFound)
}

func environmentsAreListed(t *testing.T, b *bench) {
	one := b.open(t)
	names, err := one.Environments(t.Context())
	require.NoError(t, err)
	require.Empty(t, names)
	for _, name := range []string{"staging", "development", env} {
		s := aState(1)
		s.Environment = name
		require.NoError(t, one.WriteState(t.Context(), name, s, 0))
	}
	_, err = one.Acquire(t.Context(), "locked_only", holder("ann"))
	require.NoError(t, err)
	names, err = b.open(t).Environments(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{"development", env, "staging"}, names, "those with a state, sorted")
}

func environmentsAreApart(t *testing.T, b *bench) {
	one := b.open(t)
	mine, err := one.Acquire(t.Context(), env, holder("ann"))
	require.NoError(t, err)
	other, err := one.Acquire(t.Context(), "staging", holder("ann"))
	require.NoError(t, err, "a lease is of one environment")
	require.NoError(t, one.Release(t.Context(), "staging", other))
	_, err = one.Renew(t.Context(), env, mine)
	require.NoError(t, err)
	require.NoError(t, one.PutPlan(t.Context(), env, 1, []byte("plan")))
	_, err = one.GetPlan(t.Context(), "staging", 1)
	require.ErrorIs(t, err, state.ErrNotFound)
}

func aNameMayNotLeadElsewhere(t *testing.T, b *bench) {
	one := b.open(t)
	for _, name := range []string{"", ".", "..", "../x", "a/b", `a\b`, "/etc"} {
		s := aState(1)
		s.Environment = name
		require.Error(t, one.WriteState(t.Context(), name, s, 0), name)
		_, err := one.ReadState(t.Context(), name)
		require.Error(t, err, name)
		_, err = one.Acquire(t.Context(), name, holder("ann"))
		require.Error(t, err, name)
		_, err = one.Lease(t.Context(), name)
		require.Error(t, err, name)
		_, _, err = one.OpenJournal(t.Context(), name, 1)
		require.Error(t, err, name)
		require.Error(t, one.PutPlan(t.Context(), name, 1, nil), name)
		_, err = one.Deployments(t.Context(), name)
		require.Error(t, err, name)
	}
}
