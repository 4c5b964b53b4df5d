package embedded

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"rel/balancer"
)

// group of servers for a table: n servers of one weight.
type weighted struct{ n, weight int }

func testServers(groups ...weighted) []*server {
	var all []*server
	for _, g := range groups {
		for i := range g.n {
			all = append(all, newServer(fmt.Sprintf("w%d-%05d", g.weight, i), balancer.Server{Weight: g.weight}))
		}
	}
	slices.SortStableFunc(all, func(a, b *server) int { return cmp.Compare(a.weight, b.weight) })
	return all
}

// Any 100 requests in a row are shared by weight within 1 (within 2 where many weights share),
// for single servers and for groups: a canary of 5 % must see its 5 %, soon and evenly.
func TestSharesOverAnyHundredRequests(t *testing.T) {
	for _, c := range []struct {
		groups []weighted
		most   float64
	}{
		{[]weighted{{1, 5}, {1, 95}}, 0},
		{[]weighted{{1, 1}, {1, 99}}, 0},
		{[]weighted{{1, 50}, {1, 50}}, 0},
		{[]weighted{{1, 37}, {1, 91}}, 1},
		{[]weighted{{3, 100}}, 1},
		{[]weighted{{3, 5}, {4, 95}}, 1},
		{[]weighted{{5000, 5}, {5000, 95}}, 1},
		{[]weighted{{1, 46}, {1, 67}, {1, 100}}, 2},
		{[]weighted{{1, 3}, {2, 7}, {3, 20}, {1, 100}}, 2},
	} {
		t.Run(fmt.Sprint(c.groups), func(t *testing.T) {
			single, group := worstDeviation(newTable(testServers(c.groups...), 0), 3000, 100)
			require.LessOrEqual(t, group, c.most, "a group")
			require.LessOrEqual(t, single, c.most+1, "one server")
		})
	}
}

// worstDeviation is how far the count in a window is from the weight's share at worst.
func worstDeviation(tb *table, requests, window int) (single, byGroup float64) {
	total, chosen := int64(0), make([]*server, requests)
	for _, g := range tb.groups {
		total += g.share
	}
	for i := range chosen {
		chosen[i] = tb.next(nil)
	}
	for _, g := range tb.groups {
		byGroup = max(byGroup, deviation(chosen, window, g.share, total, func(s *server) bool { return s.weight == g.servers[0].weight }))
		one := g.servers[0]
		single = max(single, deviation(chosen, window, int64(one.weight), total, func(s *server) bool { return s == one }))
	}
	return single, byGroup
}

func deviation(chosen []*server, window int, share, total int64, is func(*server) bool) (worst float64) {
	want, have := float64(window)*float64(share)/float64(total), 0.0
	for i, s := range chosen {
		if is(s) {
			have++
		}
		if i >= window && is(chosen[i-window]) {
			have--
		}
		if i >= window-1 {
			worst = max(worst, math.Abs(have-want))
		}
	}
	return worst
}

// Over one round of all weights each server gets exactly its weight, whatever the weights.
func TestSharesAreExactOverARound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weights := rapid.SliceOfN(rapid.IntRange(0, 100), 1, 20).Draw(t, "weights")
		var groups []weighted
		for _, w := range weights {
			groups = append(groups, weighted{1, w})
		}
		servers := testServers(groups...)
		tb, counts, total := newTable(servers, 0), map[*server]int{}, 0
		for _, w := range weights {
			total += w
		}
		for range total {
			counts[tb.next(nil)]++
		}
		for _, s := range servers {
			if counts[s] != s.weight {
				t.Fatalf("weight %d got %d of %d", s.weight, counts[s], total)
			}
		}
	})
}

// A table that is replaced after every few requests goes on where the former was: with many
// changes and few requests nobody is left out and nobody is preferred.
func TestSharesSurviveChanges(t *testing.T) {
	servers := map[string]balancer.Server{}
	for i := range 100 {
		servers[serverID(i)] = balancer.Server{Weight: 95}
	}
	servers["canary"] = balancer.Server{Weight: 500}
	r, counts := newRoutes(servers), map[string]int{}
	for i := range 10_000 {
		if i%3 == 0 {
			r.update(map[string]*balancer.Server{"other": {Weight: i, Drained: true}})
		}
		counts[r.choose(nil).id]++
	}
	require.InDelta(t, 500, counts["canary"], 5)
	for i := range 100 {
		require.InDelta(t, 95, counts[serverID(i)], 5)
	}
}

func TestOnlyUndrainedServersWithWeightGetRequests(t *testing.T) {
	r := newRoutes(map[string]balancer.Server{
		"drained": {Weight: 100, Drained: true}, "zero": {Weight: 0}, "live": {Weight: 1},
	})
	for range 50 {
		require.Equal(t, "live", r.choose(nil).id)
	}
	live := r.find("live")
	require.Nil(t, r.choose([]*server{live}), "no other is left to try")
	r.update(map[string]*balancer.Server{"live": {Weight: 1, Drained: true}})
	require.Nil(t, r.choose(nil))
	require.EqualValues(t, 50, live.requests.Load(), "each choice counts until its release")
}

// A retry finds the one server that is left among many that were tried, whatever their weight.
func TestRetriesFindWhatIsLeft(t *testing.T) {
	servers := testServers(weighted{9, 100}, weighted{1, 1})
	require.Equal(t, servers[0], newTable(servers, 0).next(servers[1:]))
}

func BenchmarkChoose10000Servers(b *testing.B) {
	servers := map[string]balancer.Server{}
	for i := range 10_000 {
		servers[serverID(i)] = balancer.Server{Weight: 1 + i%100}
	}
	r := newRoutes(servers)
	for b.Loop() {
		r.choose(nil).release()
	}
}

func BenchmarkChangeOneOf10000Servers(b *testing.B) {
	servers := map[string]balancer.Server{}
	for i := range 10_000 {
		servers[serverID(i)] = balancer.Server{Weight: 100, Drained: i%2 == 0}
	}
	r, i := newRoutes(servers), 0
	for b.Loop() {
		i++
		r.update(map[string]*balancer.Server{serverID(i % 10_000): {Weight: 100, Drained: i%3 == 0}})
	}
}
