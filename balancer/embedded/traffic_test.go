package embedded

import (
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"rel/balancer"
	"rel/platform"
)

const drainTimeout = platform.Duration(10 * time.Second)

// The promise: no request fails while weights change and servers are drained, restarted and
// undrained, whatever the client keeps open and without it trying anything twice.
func TestNoRequestFailsWhileTrafficMoves(t *testing.T) {
	t.Parallel()
	blue, green := startBackend(t, "blue"), startBackend(t, "green")
	d, s := running(t, blue.address, green.address)
	ctx := testContext(t)
	l := newLoad(s.Bind)
	l.keepAlive(8, 20*time.Millisecond)
	l.keepAlive(2, 2*time.Second)
	l.single(3, 20*time.Millisecond)

	for i, w := range []int{1, 5, 25, 50, 75, 95} {
		require.NoError(t, d.Weights(ctx, first, map[string]int{serverID(0): 100 - w, serverID(1): w}))
		id, b := serverID(i%2), []*backend{blue, green}[i%2]
		require.NoError(t, d.Drain(ctx, first, id, drainTimeout))
		b.restart(t)
		require.NoError(t, d.Undrain(ctx, first, id))
		got := l.shares(t, 200)
		require.InDelta(t, 200*w/100, got["green"], 16, "the clients' requests on their way are counted before or after")
	}
	require.Empty(t, l.end())
	t.Logf("%d requests", l.done.Load())
}

// The control: without the drain the same restart does fail requests, and the crowd sees it.
func TestRestartWithoutDrainFailsRequests(t *testing.T) {
	t.Parallel()
	blue, green := startBackend(t, "blue"), startBackend(t, "green")
	_, s := running(t, blue.address, green.address)
	l := newLoad(s.Bind)
	l.keepAlive(12, 5*time.Millisecond)
	for range 5 {
		l.shares(t, 100)
		blue.restart(t)
	}
	require.NotEmpty(t, l.end())
}

// upgraded is the same load balancer driven by the next version of rel.
func upgraded(d *Driver) *Driver {
	c := d.config
	c.Version = "1.1.0"
	return New(c)
}

// A new version takes over without a refused connection or a lost request, and so does a new
// address. Clients whose pauses stay below the time of the announcement notice nothing.
func TestNoRequestFailsWhileItIsUpgraded(t *testing.T) {
	t.Parallel()
	blue, green := startBackend(t, "blue"), startBackend(t, "green")
	d, s := running(t, blue.address, green.address)
	ctx := testContext(t)
	l := newLoad(s.Bind)
	l.keepAlive(8, 20*time.Millisecond)
	l.keepAlive(2, shortTiming().Announce*3/5)
	l.single(3, 10*time.Millisecond)
	l.shares(t, 200)

	next := upgraded(d)
	old := pid(t, d)
	require.NoError(t, next.Ensure(ctx, first, balancer.Setup{Bind: s.Bind, Backend: s.Backend, Version: "1.1.0"}, nil, nil))
	f := observe(t, next)
	require.Equal(t, "1.1.0", f.Setup.Version)
	require.Len(t, f.Servers, 2)
	for i, b := range []*backend{blue, green} { // while the former process still has clients
		require.NoError(t, next.Drain(ctx, first, serverID(i), drainTimeout))
		b.restart(t)
		require.NoError(t, next.Undrain(ctx, first, serverID(i)))
	}
	require.NoError(t, next.Weights(ctx, first, map[string]int{serverID(0): 95, serverID(1): 5}))
	require.InDelta(t, 10, l.shares(t, 200)["green"], 10)
	require.Eventually(t, func() bool { return syscall.Kill(old, 0) != nil }, 5*time.Second, 10*time.Millisecond, "the former process ends")
	l.shares(t, 200)
	require.Empty(t, l.end())
}

// Requests that still reach the former process go where the new one has decided.
func TestReplacedProcessFollows(t *testing.T) {
	t.Parallel()
	d, s := running(t, named(t, "blue"), named(t, "green"))
	l := newLoad(s.Bind)
	clients := make([]client, 8)
	for i := range clients {
		clients[i].load = l
		defer clients[i].leave()
		_, err := clients[i].post()
		require.NoError(t, err)
	}
	next := upgraded(d)
	require.NoError(t, next.Ensure(testContext(t), first, s, nil, nil))
	require.NoError(t, next.Drain(testContext(t), first, serverID(0), drainTimeout))
	for i := range clients {
		name, err := clients[i].post()
		require.NoError(t, err)
		require.Equal(t, "green", name)
		require.Nil(t, clients[i].conn, "the answer announces that the connection closes")
	}
}

// When it moves to another address, clients of the former one lose nothing that was accepted.
func TestNoRequestFailsWhileItMoves(t *testing.T) {
	t.Parallel()
	blue := startBackend(t, "blue")
	d, s := running(t, blue.address)
	l := newLoad(s.Bind)
	l.keepAlive(8, 20*time.Millisecond)
	l.shares(t, 100)
	moved := setup(freeAddress(t))
	require.NoError(t, d.Ensure(testContext(t), first, moved, nil, nil))
	require.Equal(t, "blue", get(t, moved.Bind))
	close(l.stop)
	l.clients.Wait()
	for _, failure := range l.failed {
		require.Contains(t, failure, "connection refused", "only new connections fail")
	}
}

// An upgraded connection and a stream outlive the upgrade of the load balancer, and a drain
// by the new process waits for what the former one has.
func TestStreamsOutliveAnUpgrade(t *testing.T) {
	t.Parallel()
	address, rest := slowBackend(t)
	d, s := running(t, address)
	_, stream, _ := dialTo(t, s.Bind, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
	ws, _, echo := dialTo(t, s.Bind, upgradeRequest)
	next := upgraded(d)
	require.NoError(t, next.Ensure(testContext(t), first, s, nil, nil))
	time.Sleep(shortTiming().Announce + 1200*time.Millisecond) // the former process has only these left
	echo("still here")

	drained := make(chan struct{})
	go func() {
		defer close(drained)
		_ = next.Drain(t.Context(), first, serverID(0), drainTimeout)
	}()
	requireWaiting(t, drained)
	rest <- "end"
	buffer := make([]byte, 20)
	n, err := stream.Body.Read(buffer)
	require.NoError(t, err)
	require.NotZero(t, n)
	requireWaiting(t, drained)
	require.NoError(t, ws.Close())
	requireDone(t, drained)
}

// A version that does not come up leaves the former one in place.
func TestUpgradeFails(t *testing.T) {
	t.Parallel()
	d, s := running(t, named(t, "blue"))
	next := upgraded(d)
	next.config.Executable = "/bin/false"
	err := next.Ensure(testContext(t), first, balancer.Setup{Bind: s.Bind, Backend: s.Backend, Version: "1.1.0"}, nil, nil)
	require.ErrorContains(t, err, "version 1.0.0 goes on")
	require.Equal(t, "1.0.0", observe(t, next).Setup.Version)
	require.Equal(t, "blue", get(t, s.Bind))
	require.NoError(t, d.Weights(testContext(t), first, map[string]int{serverID(0): 7}), "it can be changed as before")
	require.Empty(t, d.folder.retired())
}

// The undo of an upgrade brings the former version back, from its copy.
func TestUpgradeIsUndone(t *testing.T) {
	t.Parallel()
	d, s := running(t, named(t, "blue"))
	before := observe(t, d)
	next := upgraded(d)
	require.NoError(t, next.Ensure(testContext(t), first, s, map[string]balancer.Server{serverID(1): {Drained: true}}, nil))
	require.Equal(t, "1.1.0", observe(t, next).Setup.Version)
	require.NoError(t, next.Restore(testContext(t), first, before.Setup, before.Servers))
	after := observe(t, next)
	require.Equal(t, before.Setup, after.Setup)
	require.Equal(t, before.Servers, after.Servers)
	require.Equal(t, "blue", get(t, s.Bind))
}

// An Ensure that is refused does not upgrade either: nothing is changed.
func TestRefusedEnsureDoesNotUpgrade(t *testing.T) {
	t.Parallel()
	d, s := running(t, named(t, "blue"))
	next := upgraded(d)
	require.ErrorContains(t, next.Ensure(testContext(t), first, s, nil, []string{serverID(0)}), "drain it first")
	require.Equal(t, "1.0.0", observe(t, next).Setup.Version)
}
