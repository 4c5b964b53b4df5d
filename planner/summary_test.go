package planner

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"rel/platform"
)

// What a plan costs is read before it is approved: it must be what the steps do.
func TestImpact(t *testing.T) {
	tests := map[string]struct {
		layout
		atOnce   int
		min, max time.Duration
	}{
		"rolling, one slot, one at a time": {layout{way: wayRolling, slots: 1, balanced: true, instances: 3}, 1, 30 * time.Second, 3 * (5*time.Minute + 30*time.Second)},
		"rolling, two slots":               {layout{way: wayRolling, slots: 2, balanced: true, instances: 3}, 0, 30 * time.Second, 3 * (5*time.Minute + 30*time.Second)},
		"blue_green":                       {layout{way: wayBlueGreen, slots: 2, balanced: true, instances: 3}, 0, 10 * time.Second, 5*time.Minute + 30*time.Second},
		"canary, with its pauses":          {layout{way: wayCanary, slots: 2, balanced: true, instances: 3}, 0, 15*time.Minute + 10*time.Second, 20*time.Minute + 30*time.Second},
		"recreate, all at once":            {layout{way: wayRecreate, slots: 1, balanced: true, instances: 3}, 3, 10 * time.Second, 5*time.Minute + 30*time.Second},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			impact := upgraded(t, test.layout).Impact()
			require.Equal(t, Impact{Hosts: 3, Services: 1, MaxConcurrentHosts: test.atOnce,
				MinDuration: platform.Duration(test.min), MaxDuration: platform.Duration(test.max)}, impact)
		})
	}
}

// `n to add, to change, to destroy` counts instances, never load balancers.
func TestCounts(t *testing.T) {
	l := layout{way: wayRolling, slots: 2, balanced: true, instances: 3, version: "1.0.0"}
	u := newUniverse()
	count := func(l layout) [3]int {
		p, err := Compute(u.input(l.world()))
		require.NoError(t, err)
		u.apply(p)
		add, change, destroy := p.Counts()
		return [3]int{add, change, destroy}
	}
	require.Equal(t, [3]int{3, 0, 0}, count(l))
	l.version, l.instances = "2.0.0", 2
	require.Equal(t, [3]int{0, 2, 1}, count(l))
	require.Equal(t, [3]int{0, 0, 0}, count(l))
}

// What cannot be undone is said before it is approved.
func TestIrreversible(t *testing.T) {
	p := upgrade(t)
	require.Empty(t, p.Irreversible())
	p.Steps = append(p.Steps, Step{ID: "x", Undo: Undo{Irreversible: "gone is gone"}})
	require.Len(t, p.Irreversible(), 1)
}
