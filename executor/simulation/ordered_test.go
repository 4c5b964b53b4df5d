package simulation

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"rel/planner"
)

// objects are what a step changes, and what its end tells of.
func objects(s *planner.Step) []string {
	switch args := s.Args.(type) {
	case *planner.Activate:
		return []string{args.Instance.String()}
	case *planner.Stop:
		return []string{args.Instance.String()}
	case *planner.Drain:
		return []string{args.Server}
	case *planner.Undrain:
		return []string{args.Server}
	case *planner.Traffic:
		return slices.Sorted(maps.Keys(args.Weights))
	case *planner.EnsureBalancer:
		return append(append(slices.Sorted(maps.Keys(args.Add)), args.Remove...), args.Balancer)
	}
	return nil
}

// checkOrdered: of two steps on one object the later needs the earlier, also through others;
// else neither the undo by value nor what their ends tell would be true.
func checkOrdered(p *planner.Plan) error {
	before := make([]set, len(p.Steps)) // what each step needs, also through others
	number := map[string]int{}
	last := map[string]int{} // step on an object
	for i := range p.Steps {
		s := &p.Steps[i]
		number[s.ID] = i
		before[i] = newSet(len(p.Steps))
		for _, need := range s.Needs {
			before[i].add(number[need])
			before[i].merge(before[number[need]])
		}
		for _, object := range objects(s) {
			if former, ok := last[object]; ok && !before[i].has(former) {
				return violated(notOrdered, "%s and %s change %s, and neither needs the other", p.Steps[former].ID, s.ID, object)
			}
			last[object] = i
		}
	}
	return nil
}

// set is a set of small numbers.
type set []uint64

func newSet(n int) set       { return make(set, n/64+1) }
func (s set) add(i int)      { s[i/64] |= 1 << (i % 64) }
func (s set) has(i int) bool { return s[i/64]&(1<<(i%64)) != 0 }
func (s set) merge(other set) {
	for k := range s {
		s[k] |= other[k]
	}
}

// A plan in which two steps on an instance are side by side is not taken for an ordered one.
func TestOrderIsChecked(t *testing.T) {
	p, err := planner.Compute(rolledOut("rolling", 1, 8).input())
	require.NoError(t, err)
	require.NoError(t, checkOrdered(p))
	past(planner.KindCheck)(p)
	require.NoError(t, checkOrdered(p), "a check changes nothing")
	early("/undrain:main")(p)
	require.ErrorContains(t, checkOrdered(p), notOrdered)
}
