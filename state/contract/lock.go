package contract

import (
	"testing"

	"github.com/stretchr/testify/require"

	"rel/state"
)

// holder is one on a host that no backend can look into: its lease ends by time alone.
func holder(who string) state.Holder {
	return state.Holder{Who: who, Host: "far.example", Boot: "b1", PID: 4711, Start: "99", Reason: "apply of " + who}
}

func aLeaseKeepsOthersOut(t *testing.T, b *bench) {
	one, other := b.open(t), b.open(t)
	_, err := one.Lease(t.Context(), env)
	require.ErrorIs(t, err, state.ErrNotFound)

	lease, err := one.Acquire(t.Context(), env, holder("ann"))
	require.NoError(t, err)
	require.Equal(t, state.Lease{Number: lease.Number, Holder: holder("ann"), Since: b.time(), Expires: b.time().Add(state.LeaseTime)}, lease)
	require.Positive(t, lease.Number)

	_, err = other.Acquire(t.Context(), env, holder("bob"))
	require.ErrorIs(t, err, state.ErrLocked)
	var locked *state.LockedError
	require.ErrorAs(t, err, &locked)
	require.Equal(t, lease, locked.Lease, "who it is that holds it")
	_, err = one.Acquire(t.Context(), env, holder("ann"))
	require.ErrorIs(t, err, state.ErrLocked, "also out of its own second try")
	seen, err := other.Lease(t.Context(), env)
	require.NoError(t, err)
	require.Equal(t, lease, seen)

	require.NoError(t, one.Release(t.Context(), env, lease))
	_, err = other.Lease(t.Context(), env)
	require.ErrorIs(t, err, state.ErrNotFound)
	_, err = other.Acquire(t.Context(), env, holder("bob"))
	require.NoError(t, err)
}

func aLeaseExpires(t *testing.T, b *bench) {
	one, other := b.open(t), b.open(t)
	lease, err := one.Acquire(t.Context(), env, holder("ann"))
	require.NoError(t, err)
	b.pass(state.LeaseTime - 1)
	_, err = other.Acquire(t.Context(), env, holder("bob"))
	require.ErrorIs(t, err, state.ErrLocked)
	b.pass(1)
	_, err = other.Lease(t.Context(), env)
	require.ErrorIs(t, err, state.ErrNotFound)
	_, err = other.Acquire(t.Context(), env, holder("bob"))
	require.NoError(t, err)
	_, err = one.Renew(t.Context(), env, lease)
	require.ErrorIs(t, err, state.ErrLeaseLost)
}

func aLeaseIsRenewed(t *testing.T, b *bench) {
	one, other := b.open(t), b.open(t)
	lease, err := one.Acquire(t.Context(), env, holder("ann"))
	require.NoError(t, err)
	for range 5 {
		b.pass(state.LeaseTime - 1)
		renewed, err := one.Renew(t.Context(), env, lease)
		require.NoError(t, err)
		lease.Expires = b.time().Add(state.LeaseTime)
		require.Equal(t, lease, renewed, "only the end moves")
		_, err = other.Acquire(t.Context(), env, holder("bob"))
		require.ErrorIs(t, err, state.ErrLocked)
	}
	b.pass(2 * state.LeaseTime)
	_, err = one.Renew(t.Context(), env, lease)
	require.NoError(t, err, "late, and nobody took it")
	_, err = other.Acquire(t.Context(), env, holder("bob"))
	require.ErrorIs(t, err, state.ErrLocked)
}

func aLeaseIsBroken(t *testing.T, b *bench) {
	one, other := b.open(t), b.open(t)
	require.ErrorIs(t, other.Break(t.Context(), env, 1), state.ErrNotFound, "nobody ever held it")
	lease, err := one.Acquire(t.Context(), env, holder("ann"))
	require.NoError(t, err)
	require.ErrorIs(t, other.Break(t.Context(), env, lease.Number+1), state.ErrNotFound, "not that one")
	_, err = one.Renew(t.Context(), env, lease)
	require.NoError(t, err)

	require.NoError(t, other.Break(t.Context(), env, lease.Number))
	require.ErrorIs(t, other.Break(t.Context(), env, lease.Number), state.ErrNotFound, "it is broken already")
	_, err = one.Renew(t.Context(), env, lease)
	require.ErrorIs(t, err, state.ErrLeaseLost)
	next, err := other.Acquire(t.Context(), env, holder("bob"))
	require.NoError(t, err)
	require.Greater(t, next.Number, lease.Number)
}

func aLostLeaseChangesNothing(t *testing.T, b *bench) {
	one, other := b.open(t), b.open(t)
	lost, err := one.Acquire(t.Context(), env, holder("ann"))
	require.NoError(t, err)
	require.NoError(t, other.Break(t.Context(), env, lost.Number))
	held, err := other.Acquire(t.Context(), env, holder("bob"))
	require.NoError(t, err)

	require.NoError(t, one.Release(t.Context(), env, lost), "to give back what is lost is no error")
	_, err = one.Renew(t.Context(), env, lost)
	require.ErrorIs(t, err, state.ErrLeaseLost)
	seen, err := one.Lease(t.Context(), env)
	require.NoError(t, err)
	require.Equal(t, held, seen)
}

func fenceNumbersOnlyGrow(t *testing.T, b *bench) {
	var last int64
	ends := []func(state.Backend, state.Lease){
		func(backend state.Backend, l state.Lease) { require.NoError(t, backend.Release(t.Context(), env, l)) },
		func(backend state.Backend, l state.Lease) {
			require.NoError(t, backend.Break(t.Context(), env, l.Number))
		},
		func(state.Backend, state.Lease) { b.pass(state.LeaseTime) },
	}
	for i := range 3 * len(ends) {
		backend := b.open(t)
		lease, err := backend.Acquire(t.Context(), env, holder("ann"))
		require.NoError(t, err)
		require.Greater(t, lease.Number, last)
		last = lease.Number
		ends[i%len(ends)](backend, lease)
	}
}

func ofManyHoldersOneWins(t *testing.T, b *bench) {
	backends := []state.Backend{b.open(t), b.open(t), b.open(t)}
	var last int64
	for range 3 {
		errs := sideBySide(24, func(i int) error {
			_, err := backends[i%len(backends)].Acquire(t.Context(), env, holder("ann"))
			return err
		})
		require.Equal(t, 1, winners(t, errs, state.ErrLocked))
		lease, err := backends[0].Lease(t.Context(), env)
		require.NoError(t, err)
		require.Greater(t, lease.Number, last)
		last = lease.Number
		require.NoError(t, backends[0].Release(t.Context(), env, lease))
	}
}
