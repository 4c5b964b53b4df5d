package embedded

import (
	"context"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"rel/balancer"
	"rel/balancer/contract"
	"rel/platform"
)

// shortTiming lets tests of retirement end soon.
func shortTiming() Timing {
	return Timing{Announce: 500 * time.Millisecond, Linger: 5 * time.Second, Grace: 5 * time.Second}
}

// testConfig is a load balancer whose binary is this test's.
func testConfig(t testing.TB, dir string) Config {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	return Config{Dir: dir, Executable: self, Version: "1.0.0", Timing: shortTiming()}
}

// newDriver makes a driver whose proxy is ended after the test.
func newDriver(t testing.TB, c Config) *Driver {
	t.Helper()
	d := New(c)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		s, err := readState(d.folder.state())
		require.NoError(t, err)
		require.NoError(t, d.remove(ctx, s.Fence), "the proxy must end")
	})
	return d
}

// freeAddress is one that is listened on again later: its port is not among those that the
// system gives to clients, nor those of other packages' tests.
func freeAddress(t testing.TB) string {
	t.Helper()
	for {
		address := "127.0.0.1:" + strconv.Itoa(26000+rand.IntN(6000))
		if l, err := net.Listen("tcp", address); err == nil {
			l.Close()
			return address
		}
	}
}

func setup(bind string) balancer.Setup { return balancer.Setup{Bind: bind, Backend: "shop.web"} }

func serverID(i int) string {
	return balancer.ServerID(platform.Address{Release: "shop", Service: "web", Key: strconv.Itoa(i)}, platform.Main, 8080)
}

var first = platform.Fence{Lineage: "a", Number: 1}

// testContext ends with the test, and soon enough that a verb that hangs is seen.
func testContext(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func TestContract(t *testing.T) {
	contract.Test(t, func(t *testing.T) contract.Subject {
		t.Parallel()
		return contract.Subject{
			Driver: newDriver(t, testConfig(t, filepath.Join(t.TempDir(), "edge"))),
			Setup:  setup(freeAddress(t)),
			Moved:  setup(freeAddress(t)),
		}
	})
}
