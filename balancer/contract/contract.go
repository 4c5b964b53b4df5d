// Package contract holds the tests that every load balancer's driver passes: what its verbs
// promise, whatever stands behind them. How requests fare under them is each driver's own
// test.
package contract

import (
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"rel/balancer"
	"rel/platform"
)

// Subject is a load balancer that is not set up yet.
type Subject struct {
	Driver balancer.Driver
	// Setup and Moved can be made to hold; they differ in Bind alone. Running is not looked at.
	Setup, Moved balancer.Setup
}

// Test runs all tests, each on a subject of its own. The subject's maker cleans up after it.
func Test(t *testing.T, subject func(*testing.T) Subject) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			c.test(bench{T: t, Subject: subject(t)})
		})
	}
}

// The servers of the tests, as a deployment brings them in.
const (
	blue  = `shop.web["1"]/blue:8081`
	green = `shop.web["1"]/green:8082`
	other = `shop.web["2"]/blue:8083`
)

var cases = []struct {
	name string
	test func(bench)
}{
	{"a load balancer that was never set up has no set-up", neverSetUp},
	{"ensure sets up and adds servers as given", ensureAdds},
	{"ensure leaves servers alone that are there", ensureKeeps},
	{"ensure removes drained servers, and those that are gone count as removed", ensureRemoves},
	{"ensure refuses to remove an undrained server and changes nothing", ensureRefuses},
	{"ensure moves the set-up and keeps the servers", ensureMoves},
	{"weights change the servers they name and no other", weightsNamed},
	{"weights of an unknown server change nothing", weightsUnknown},
	{"drain and undrain set the flag and nothing else", drainFlags},
	{"drain and undrain of an unknown server are errors", drainUnknown},
	{"restore brings missing servers back drained and removes drained others", restoreServers},
	{"restore keeps an undrained server that it does not name", restoreKeeps},
	{"restore to no set-up removes all", restoreNothing},
	{"every verb can be called again", again},
	{"a lower fence number is refused", fencedNumber},
	{"another lineage is refused", fencedLineage},
	{"a higher fence number is taken, and holds from then on", fenceRises},
}

// bench is a subject under test with the fence of its deployment.
type bench struct {
	*testing.T
	Subject
}

func fence(number int64) platform.Fence { return platform.Fence{Lineage: "lineage-1", Number: number} }

func (b bench) context() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	b.Cleanup(cancel)
	return ctx
}

func server(port string, weight int, drained bool) balancer.Server {
	return balancer.Server{Address: "127.0.0.1:" + port, Weight: weight, Drained: drained}
}

// atRest is a service with blue live and green idle.
func atRest() map[string]balancer.Server {
	return map[string]balancer.Server{blue: server("8081", 100, false), green: server("8082", 0, true)}
}

func (b bench) setUp() map[string]balancer.Server {
	b.Helper()
	b.ensure(b.Setup, atRest())
	return atRest()
}

func (b bench) ensure(s balancer.Setup, add map[string]balancer.Server, remove ...string) {
	b.Helper()
	require.NoError(b, b.Driver.Ensure(b.context(), fence(1), s, add, remove))
}

func (b bench) facts() balancer.Facts {
	b.Helper()
	f, err := b.Driver.Observe(b.context())
	require.NoError(b, err)
	return f
}

func (b bench) requireServers(want map[string]balancer.Server) {
	b.Helper()
	require.Equal(b, want, b.facts().Servers)
}

func (b bench) requireSetup(want balancer.Setup) {
	b.Helper()
	have := b.facts().Setup
	require.NotNil(b, have)
	require.Equal(b, want.Bind, have.Bind)
	require.Equal(b, want.Backend, have.Backend)
	require.True(b, have.Running)
}

func neverSetUp(b bench) {
	f := b.facts()
	require.Nil(b, f.Setup)
	require.Empty(b, f.Servers)
	require.NoError(b, b.Driver.Restore(b.context(), fence(1), nil, nil), "there is nothing to remove")
}

func ensureAdds(b bench) {
	want := b.setUp()
	b.requireSetup(b.Setup)
	b.requireServers(want)
}

func ensureKeeps(b bench) {
	want := b.setUp()
	b.ensure(b.Setup, map[string]balancer.Server{blue: server("8081", 0, true), other: server("8083", 100, true)})
	want[other] = server("8083", 100, true)
	b.requireServers(want)
}

func ensureRemoves(b bench) {
	want := b.setUp()
	b.ensure(b.Setup, nil, green, other)
	delete(want, green)
	b.requireServers(want)
}

func ensureRefuses(b bench) {
	want := b.setUp()
	add := map[string]balancer.Server{other: server("8083", 100, true)}
	require.ErrorContains(b, b.Driver.Ensure(b.context(), fence(1), b.Moved, add, []string{green, blue}), blue)
	b.requireServers(want)
	b.requireSetup(b.Setup)
}

func ensureMoves(b bench) {
	want := b.setUp()
	b.ensure(b.Moved, nil)
	b.requireSetup(b.Moved)
	b.requireServers(want)
}

func weightsNamed(b bench) {
	want := b.setUp()
	b.ensure(b.Setup, map[string]balancer.Server{other: server("8083", 7, true)})
	require.NoError(b, b.Driver.Weights(b.context(), fence(1), map[string]int{blue: 95, green: 5}))
	want[blue], want[green], want[other] = server("8081", 95, false), server("8082", 5, true), server("8083", 7, true)
	b.requireServers(want)
}

func weightsUnknown(b bench) {
	want := b.setUp()
	one, err := b.Driver.Observe(b.context(), green, other)
	require.NoError(b, err)
	require.Equal(b, []string{green}, slices.Collect(maps.Keys(one.Servers)), "those that are named and there")
	err = b.Driver.Weights(b.context(), fence(1), map[string]int{blue: 95, other: 5})
	require.ErrorContains(b, err, other)
	b.requireServers(want)
}

func drainFlags(b bench) {
	want := b.setUp()
	require.NoError(b, b.Driver.Undrain(b.context(), fence(1), green))
	want[green] = server("8082", 0, false)
	b.requireServers(want)
	require.NoError(b, b.Driver.Drain(b.context(), fence(1), blue, platform.Duration(time.Second)))
	want[blue] = server("8081", 100, true)
	b.requireServers(want)
}

func drainUnknown(b bench) {
	want := b.setUp()
	require.ErrorContains(b, b.Driver.Drain(b.context(), fence(1), other, platform.Duration(time.Second)), other)
	require.ErrorContains(b, b.Driver.Undrain(b.context(), fence(1), other), other)
	b.requireServers(want)
}

func restoreServers(b bench) {
	before := b.setUp()
	b.ensure(b.Moved, map[string]balancer.Server{other: server("8083", 50, true)}, green)
	require.NoError(b, b.Driver.Restore(b.context(), fence(1), &b.Setup, before))
	b.requireSetup(b.Setup)
	b.requireServers(before)

	require.NoError(b, b.Driver.Drain(b.context(), fence(1), blue, platform.Duration(time.Second)))
	b.ensure(b.Setup, nil, blue)
	require.NoError(b, b.Driver.Restore(b.context(), fence(1), &b.Setup, before))
	before[blue] = server("8081", 100, true) // its health is not known: undrain is a step of its own
	b.requireServers(before)
}

func restoreKeeps(b bench) {
	before := b.setUp()
	b.ensure(b.Setup, map[string]balancer.Server{other: server("8083", 50, false)})
	require.NoError(b, b.Driver.Restore(b.context(), fence(1), &b.Setup, before))
	before[other] = server("8083", 50, false)
	b.requireServers(before)
}

func restoreNothing(b bench) {
	b.setUp()
	require.NoError(b, b.Driver.Restore(b.context(), fence(1), nil, nil))
	f := b.facts()
	require.Nil(b, f.Setup)
	require.Empty(b, f.Servers)
}

func again(b bench) {
	b.setUp()
	d, ctx, f := b.Driver, b.context(), fence(1)
	verbs := []struct {
		name string
		call func() error
	}{
		{"ensure", func() error {
			return d.Ensure(ctx, f, b.Moved, map[string]balancer.Server{other: server("8083", 1, true)}, []string{green})
		}},
		{"weights", func() error { return d.Weights(ctx, f, map[string]int{blue: 40}) }},
		{"drain", func() error { return d.Drain(ctx, f, blue, platform.Duration(time.Second)) }},
		{"undrain", func() error { return d.Undrain(ctx, f, blue) }},
		{"restore", func() error { return d.Restore(ctx, f, &b.Setup, atRest()) }},
		{"restore to nothing", func() error { return d.Restore(ctx, f, nil, nil) }},
	}
	for _, v := range verbs {
		require.NoError(b, v.call(), v.name)
		want := b.facts()
		require.NoError(b, v.call(), v.name+" again")
		require.Equal(b, want, b.facts(), v.name)
	}
}

// refused calls each verb with a fence and requires that it is refused and changes nothing.
func (b bench) refused(f platform.Fence) {
	b.Helper()
	want, ctx, d := b.facts(), b.context(), b.Driver
	verbs := map[string]error{
		"ensure":             d.Ensure(ctx, f, b.Moved, map[string]balancer.Server{other: server("8083", 1, true)}, nil),
		"restore":            d.Restore(ctx, f, &b.Moved, nil),
		"restore to nothing": d.Restore(ctx, f, nil, nil),
		"weights":            d.Weights(ctx, f, map[string]int{blue: 1}),
		"drain":              d.Drain(ctx, f, blue, platform.Duration(time.Second)),
		"undrain":            d.Undrain(ctx, f, green),
	}
	for name, err := range verbs {
		require.ErrorIs(b, err, platform.ErrFenced, name)
	}
	require.Equal(b, want, b.facts())
}

func fencedNumber(b bench) {
	require.NoError(b, b.Driver.Ensure(b.context(), fence(5), b.Setup, atRest(), nil))
	b.refused(fence(4))
}

func fencedLineage(b bench) {
	b.setUp()
	b.refused(platform.Fence{Lineage: "lineage-2", Number: 9})
}

// Each verb carries the fence on its own: what it has seen holds for all others.
func fenceRises(b bench) {
	b.setUp()
	d, ctx := b.Driver, b.context()
	require.NoError(b, d.Weights(ctx, fence(2), map[string]int{blue: 100}), "also where nothing else changes")
	b.refused(fence(1))
	require.NoError(b, d.Drain(ctx, fence(3), blue, platform.Duration(time.Second)))
	b.refused(fence(2))
	require.NoError(b, d.Undrain(ctx, fence(4), blue))
	b.refused(fence(3))
	require.NoError(b, d.Restore(ctx, fence(5), &b.Setup, atRest()))
	b.refused(fence(4))
}
