package local

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"rel/platform"
)

func (h *harness) stopAs(f platform.Fence) error {
	_, err := h.Stop(h.t.Context(), f, shop("1"), platform.Main)
	return err
}

// Who is refused is told by whom, and what to do.
func TestFenceSaysWhy(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	require.NoError(t, h.stopAs(fence(7)))
	err := h.stopAs(fence(6))
	require.ErrorIs(t, err, platform.ErrFenced)
	require.EqualError(t, err, `shop.web["1"] has been changed under number 7 of lineage lineage-1, and this is the older number 6; nothing was changed. Another rel has taken over; see `+"`rel status`")
	err = h.stopAs(platform.Fence{Lineage: "lineage-2", Number: 8})
	require.ErrorIs(t, err, platform.ErrFenced)
	require.EqualError(t, err, `shop.web["1"] belongs to the state of lineage lineage-1, and this is lineage lineage-2; nothing was changed. Use the state it belongs to, or take it over with `+"`rel state adopt`")
	require.ErrorContains(t, h.stopAs(platform.Fence{Number: 9}), "the fence has no lineage")
}

// After a lost state its successor takes over; the old lineage is refused from then on, and
// adopting twice forgets no number.
func TestAdopt(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	require.NoError(t, h.stopAs(fence(7)))
	successor := platform.Fence{Lineage: "lineage-2", Number: 1}
	adopt := func() error { return h.Adopt(t.Context(), "lineage-2", []platform.Address{shop("1"), shop("2")}) }
	require.NoError(t, adopt())
	require.NoError(t, h.stopAs(successor))
	require.ErrorIs(t, h.stopAs(fence(8)), platform.ErrFenced)
	require.NoError(t, adopt())
	require.ErrorIs(t, h.stopAs(platform.Fence{Lineage: "lineage-2"}), platform.ErrFenced)
	require.Error(t, h.Adopt(t.Context(), "", []platform.Address{shop("1")}))
}

// A fence that cannot be read lets nobody pass: it is not known who may.
func TestDamagedFence(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	require.NoError(t, h.stopAs(fence(7)))
	i, err := h.instance(shop("1"))
	require.NoError(t, err)
	for _, damage := range []string{"", "{", `{"number": 3}`} {
		require.NoError(t, os.WriteFile(i.fence(), []byte(damage), 0o644))
		require.ErrorContains(t, h.stopAs(fence(8)), "is damaged")
	}
	require.NoError(t, h.Adopt(t.Context(), "lineage-1", []platform.Address{shop("1")}))
	require.NoError(t, h.stopAs(fence(8)))
}
