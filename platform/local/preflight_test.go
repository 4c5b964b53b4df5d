package local

import (
	"fmt"
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"rel/platform"
)

// All that cannot be met is said at once, with who is in the way.
func TestPreflight(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	taken, free := takenPort(t), freePort(t)
	free1, err := freeBytes(h.Root)
	require.NoError(t, err)
	require.NoError(t, h.Preflight(t.Context(), []platform.Claim{{Address: shop("1"), Bytes: 1000, Ports: []int{free}}}))
	require.NoError(t, h.Preflight(t.Context(), nil))
	require.NoDirExists(t, h.Root, "looking changes nothing")

	err = h.Preflight(t.Context(), []platform.Claim{
		{Address: shop("1"), Bytes: free1 / 2, Ports: []int{free, taken}},
		{Address: shop("2"), Bytes: free1/2 + free1/4},
		{Address: shop("3"), Ports: []int{taken}},
	})
	require.ErrorContains(t, err, `shop.web["2"]: not enough room`, "claims share the disk")
	require.ErrorContains(t, err, fmt.Sprintf(`shop.web["1"]: port %d is not free`, taken))
	require.ErrorContains(t, err, fmt.Sprintf(`shop.web["3"]: port %d is not free`, taken))
	require.NotContains(t, err.Error(), strconv.Itoa(free)+" is not free")
}

// Where the system tells, the one who listens is named.
func TestPortOfAStranger(t *testing.T) {
	t.Parallel()
	port := takenPort(t)
	who := listener(port)
	err := portFree(port)
	require.ErrorContains(t, err, fmt.Sprintf("port %d is not free: ", port))
	if who != "" {
		require.Contains(t, who, fmt.Sprintf("process %d (", os.Getpid()))
		require.ErrorContains(t, err, who)
	}
}
