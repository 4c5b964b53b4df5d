package planner

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Each strategy's steps, with one slot and two, with a load balancer and without: the first
// deployment, an upgrade and the way back. They are to be read beside the lists of what each
// strategy does.
func TestPlansOfEachStrategy(t *testing.T) {
	for way := range strategies {
		for slots, name := range map[int]string{1: "one-slot", 2: "two-slots"} {
			for balanced, behind := range map[bool]string{true: "balanced", false: "unbalanced"} {
				file := fmt.Sprintf("%s-%s-%s", way, name, behind)
				t.Run(file, func(t *testing.T) {
					golden(t, file, threePlans(layout{way: way, slots: slots, balanced: balanced, instances: 3, worker: true}))
				})
			}
		}
	}
}

// threePlans renders the first deployment, the upgrade, and the rollback of it.
func threePlans(l layout) string {
	var b strings.Builder
	l.version = "1.0.0"
	first := l.world()
	l.version = "2.0.0"
	second := l.world()
	u := newUniverse()
	section(&b, "first deployment", u, u.input(first))
	if !section(&b, "upgrade", u, u.input(second)) {
		return b.String()
	}
	in := u.input(first.WithStrategies(second))
	in.Mode, in.RollbackTo = Rollback, 1
	section(&b, "rollback", u, in)
	return b.String()
}

// section renders one plan, or why there is none, and deploys it.
func section(b *strings.Builder, title string, u *universe, in Input) bool {
	fmt.Fprintf(b, "== %s\n\n", title)
	p, err := Compute(in)
	if err != nil {
		fmt.Fprintf(b, "%v\n", err)
		return false
	}
	for _, c := range p.Changes {
		fmt.Fprintf(b, "%s %s: %s\n", c.Action, c.Address, strings.Join(c.Reasons, ", "))
	}
	fmt.Fprintf(b, "\n%s\n", render(p))
	u.apply(p)
	return true
}

func golden(t *testing.T, name, got string) {
	file := filepath.Join("testdata", "plans", name+".txt")
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err, "run the test with -update to write it")
	require.Equal(t, string(want), got)
}
