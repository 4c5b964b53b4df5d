package executor

import (
	"fmt"
	"testing"

	"rel/planner"
	"rel/state"
)

// large is a plan of about n steps: hosts in batches, barriers between them.
func large(b *testing.B, n int) *planner.Plan {
	lines := []string{"gate"}
	var staged []string
	hosts := n / 6
	for h := range hosts {
		lines = append(lines, fmt.Sprintf("stage:h%d < gate | undo", h))
		staged = append(staged, fmt.Sprintf("stage:h%d", h))
	}
	batch := barrier(&lines, 0, staged)
	for h := 0; h < hosts; h += 10 {
		var ends []string
		for k := h; k < min(h+10, hosts); k++ {
			lines = append(lines,
				fmt.Sprintf("drain:h%d < %s | undo", k, batch), fmt.Sprintf("activate:h%d < drain:h%d | undo", k, k),
				fmt.Sprintf("check:h%d < activate:h%d", k, k), fmt.Sprintf("undrain:h%d < check:h%d | undo", k, k))
			ends = append(ends, fmt.Sprintf("undrain:h%d", k))
		}
		batch = barrier(&lines, h+1, ends)
	}
	lines = append(lines, "gate#last < "+batch, "finish < gate#last")
	return sketch(b, lines...)
}

func barrier(lines *[]string, n int, needs []string) string {
	id := fmt.Sprintf("barrier#%d", n)
	line := id + " < "
	for i, need := range needs {
		if i > 0 {
			line += ", "
		}
		line += need
	}
	*lines = append(*lines, line+" | hold")
	return id
}

// BenchmarkCore: the way ahead, a failure at its very end and the whole way back; the time a
// step must not grow with the number of steps.
func BenchmarkCore(b *testing.B) {
	for _, n := range []int{5_000, 50_000} {
		plan := large(b, n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				runThereAndBack(b, plan)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(plan.Steps)), "ns/step")
		})
	}
}

func runThereAndBack(b *testing.B, plan *planner.Plan) {
	c, err := NewCore(plan, nil)
	if err != nil {
		b.Fatal(err)
	}
	var running []Task
	for {
		d := c.Decide(32)
		running = append(running, d.Start...)
		if d.Done != nil {
			if d.Done.Outcome != state.RolledBack {
				b.Fatal(d.Done)
			}
			return
		}
		t := running[0]
		running = running[1:]
		if t.Step.ID == "gate#last" {
			c.Handle(StepFailed{Task: t, Err: "broke"})
			continue
		}
		c.Handle(StepDone{Task: t})
	}
}
