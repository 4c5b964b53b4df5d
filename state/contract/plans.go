package contract

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"rel/state"
)

func plansAreKept(t *testing.T, b *bench) {
	one := b.open(t)
	_, err := one.GetPlan(t.Context(), env, 1)
	require.ErrorIs(t, err, state.ErrNotFound)
	plan := bytes.Repeat([]byte("PK\x03\x04\x00\n"), 100_000)
	require.NoError(t, one.PutPlan(t.Context(), env, 1, plan))
	got, err := b.open(t).GetPlan(t.Context(), env, 1)
	require.NoError(t, err)
	require.True(t, bytes.Equal(plan, got), "byte for byte")
	require.NoError(t, one.PutPlan(t.Context(), env, 1, []byte("another")), "its number was taken back before it began")
	got, err = one.GetPlan(t.Context(), env, 1)
	require.NoError(t, err)
	require.Equal(t, "another", string(got))
}

func deploymentsAreListedInTheirOrder(t *testing.T, b *bench) {
	one := b.open(t)
	numbers, err := one.Deployments(t.Context(), env)
	require.NoError(t, err)
	require.Empty(t, numbers)
	for _, n := range []int{10, 2, 100} {
		require.NoError(t, one.PutPlan(t.Context(), env, n, []byte("plan")))
	}
	j, _ := openJournal(t, one, 1)
	require.NoError(t, j.Close())
	numbers, err = b.open(t).Deployments(t.Context(), env)
	require.NoError(t, err)
	require.Equal(t, []int{1, 2, 10, 100}, numbers)
}

func aDeploymentsNumberIsAtLeastOne(t *testing.T, b *bench) {
	one := b.open(t)
	for _, n := range []int{0, -1} {
		require.Error(t, one.PutPlan(t.Context(), env, n, []byte("plan")))
		_, err := one.GetPlan(t.Context(), env, n)
		require.Error(t, err)
		_, _, err = one.OpenJournal(t.Context(), env, n)
		require.Error(t, err)
		_, err = one.ReadJournal(t.Context(), env, n)
		require.Error(t, err)
	}
}

func aPlanAndAJournalLiveSideBySide(t *testing.T, b *bench) {
	one := b.open(t)
	j, _ := openJournal(t, one, 1)
	require.NoError(t, j.Append(t.Context(), b.steps(1, 1)...))
	require.NoError(t, one.PutPlan(t.Context(), env, 1, []byte("plan")))
	require.NoError(t, j.Append(t.Context(), b.steps(2, 1)...))
	require.NoError(t, j.Close())
	require.Equal(t, b.steps(1, 2), readJournal(t, one, 1))
	numbers, err := one.Deployments(t.Context(), env)
	require.NoError(t, err)
	require.Equal(t, []int{1}, numbers)
}
