package simulation

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"rel/state"
)

var (
	cases = flag.Int("simulate.n", 3000, "how many cases to simulate")
	only  = flag.Int64("simulate.seed", -1, "the seed of the one case to simulate, with its trace")
	from  = flag.Uint64("simulate.from", 0, "the first seed")
)

// TestSimulate holds plans, core and runners against the invariants of strategies.md, in
// worlds, orders and misfortunes drawn from seeds.
func TestSimulate(t *testing.T) {
	if *only >= 0 {
		lines, err := trace(uint64(*only), seams{})
		t.Log(strings.Join(lines, "\n"))
		if err != nil {
			t.Fatal(err)
		}
		return
	}
	began := time.Now()
	found, seen := campaign(*from, *cases, seams{}, 20)
	t.Logf("%d deployments, %.0f a second: %v", seen["deployments"], float64(seen["deployments"])/time.Since(began).Seconds(), seen)
	if found == nil && *cases >= 1000 {
		requireSeen(t, seen)
	}
	for _, f := range smallest(found) {
		t.Errorf("%d cases; seed %d: %v\n%s\ngo test ./executor/simulation -run Simulate -simulate.seed=%d",
			f.cases, f.seed, f.err, strings.Join(tail(f.trace, 40), "\n"), f.seed)
	}
}

// requireSeen: a simulation in which something never happens says nothing of it.
func requireSeen(t *testing.T, seen tally) {
	t.Helper()
	for _, outcome := range []state.Outcome{state.Succeeded, state.RolledBack} {
		for _, strategy := range []string{"recreate", "rolling", "blue_green", "canary"} {
			require.Positive(t, seen[strategy+" "+string(outcome)], "%s %s", strategy, outcome)
		}
	}
	for _, r := range []state.RecordType{state.Sick, state.Failed, state.Continued, state.Consent, state.Undoing, state.Halted, state.UndoFailed, state.Resumed} {
		require.Positive(t, seen["record "+string(r)], "record %s", r)
	}
	for _, what := range []string{string(state.Aborted), "refused", "no changes", "killed", "interrupted", "lost"} {
		require.Positive(t, seen[what], what)
	}
}

// The same seed is the same case, step by step.
func TestSeedReplays(t *testing.T) {
	for seed := range uint64(30) {
		first, _ := trace(seed, seams{})
		second, _ := trace(seed, seams{})
		require.Equal(t, withoutPointers(first), withoutPointers(second), "seed %d", seed)
	}
}

var pointer = regexp.MustCompile(`0x[0-9a-f]+`)

func withoutPointers(lines []string) string {
	return pointer.ReplaceAllString(strings.Join(lines, "\n"), "…")
}

// smallest gives for each invariant that does not hold the case with the shortest trace.
func smallest(found []finding) []finding {
	by := map[string]finding{}
	for _, f := range found {
		invariant := f.err.Error()
		var v violation
		if errors.As(f.err, &v) {
			invariant = v.invariant
		}
		f.trace, _ = trace(f.seed, seams{})
		best, there := by[invariant]
		f.cases = best.cases + 1
		if there && len(best.trace) <= len(f.trace) {
			best.cases++
			f = best
		}
		by[invariant] = f
	}
	var all []finding
	for _, invariant := range slices.Sorted(maps.Keys(by)) {
		all = append(all, by[invariant])
	}
	return all
}

// finding is a case in which a promise does not hold.
type finding struct {
	seed  uint64
	err   error
	trace []string
	cases int
}

// campaign simulates cases side by side until so many findings are made.
func campaign(first uint64, n int, m seams, enough int) ([]finding, tally) {
	var (
		next  atomic.Uint64
		stop  atomic.Bool
		mu    sync.Mutex
		wg    sync.WaitGroup
		found []finding
		seen  = tally{}
	)
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			own := tally{}
			for k := next.Add(1) - 1; k < uint64(n) && !stop.Load(); k = next.Add(1) - 1 {
				if err := (simulation{seams: m, tally: own}).run(first + k); err != nil {
					mu.Lock()
					found = append(found, finding{seed: first + k, err: err})
					stop.Store(len(found) >= enough)
					mu.Unlock()
				}
			}
			mu.Lock()
			defer mu.Unlock()
			for what, n := range own {
				seen[what] += n
			}
		})
	}
	wg.Wait()
	slices.SortFunc(found, func(a, b finding) int { return int(a.seed) - int(b.seed) })
	return found, seen
}

// trace simulates a case and tells what happens.
func trace(seed uint64, m seams) (lines []string, err error) {
	tell := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	err = simulation{seams: m, tally: tally{}, trace: tell}.run(seed)
	return lines, err
}

func tail(lines []string, n int) []string { return lines[max(0, len(lines)-n):] }
