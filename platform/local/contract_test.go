package local

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"rel/platform"
	"rel/platform/contract"
)

// This machine keeps what every platform promises.
func TestContract(t *testing.T) {
	contract.Run(t, func(t *testing.T) contract.Subject {
		h := newHarness(t)
		return contract.Subject{
			Driver:    h.Driver,
			Instances: [2]platform.Address{shop("1"), shop("2")},
			Ports:     [2][2]int{{freePort(t), freePort(t)}, {freePort(t), freePort(t)}},
			Revision:  func(version string) platform.Revision { return h.revision(version, "http", "${port}") },
			Open:      h.open,
			Health:    platform.HealthCheck{Type: "http", Path: "/health", Timeout: platform.Duration(time.Second)},
			Impossible: []platform.Claim{
				{Address: shop("1"), Bytes: 1 << 62},
				{Address: shop("2"), Ports: []int{takenPort(t)}},
			},
			Output: "serving on",
			Crash:  h.crash,
		}
	})
}

// crash ends the service, and has it end again at once until it is mended.
func (h *harness) crash(t *testing.T, a platform.Address, slot string) func() {
	i, err := h.instance(a)
	require.NoError(t, err)
	revision, err := i.slot(slot).revision()
	require.NoError(t, err)
	file := i.release(revision) + ".crash"
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	s, err := i.slot(slot).readStatus()
	require.NoError(t, err)
	require.NoError(t, s.Child.signal(9))
	eventually(t, func() bool { now, err := i.slot(slot).readStatus(); return err == nil && now.Ended > 3 }, "it ends again and again")
	return func() { require.NoError(t, os.Remove(file)) }
}
