package view

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"rel/executor"
	"rel/planner"
	"rel/state"
)

// player plays a deployment as the executor would tell it.
type player struct {
	clock *clock
	plan  *planner.Plan
	sinks []executor.Sink
}

func (p *player) tell(e executor.Event) {
	for _, sink := range p.sinks {
		sink(e)
	}
}

func (p *player) begin(e executor.Began) {
	e.At, e.Deployment, e.Fence, e.Plan, e.Digest = p.clock.get(), 18, 41, p.plan, "sha256:4b1d09e27c55"
	p.tell(e)
}

func (p *player) start(s *planner.Step) {
	p.tell(executor.StepBegan{At: p.clock.get(), Step: s})
}

func (p *player) end(s *planner.Step, took time.Duration) {
	p.tell(executor.StepEnded{At: p.clock.get(), Step: s, Took: took})
}

// runTo runs the steps from the given one on, a second each, up to the first whose name has the
// text in it, and gives its place.
func (p *player) runTo(from int, text string) int {
	for i := from; i < len(p.plan.Steps); i++ {
		s := &p.plan.Steps[i]
		if text != "" && strings.Contains(s.ID, text) {
			return i
		}
		p.start(s)
		p.clock.add(time.Second)
		p.end(s, time.Second)
	}
	return len(p.plan.Steps)
}

// watched is a player with the views of a width, and what they show.
func watched(t *testing.T, width int) (*player, *screen, *strings.Builder, *strings.Builder) {
	p := &player{clock: &clock{now: noon}, plan: planOf(t, liveIn(shop("1.4.2", rollingWay)), shop("1.5.0", canaryWay), nil)}
	live, lines, stream := &screen{width: width}, &strings.Builder{}, &strings.Builder{}
	sink, stop := Live(Style{Width: width, Color: true, Live: true}, live, p.clock.get)
	t.Cleanup(stop)
	p.sinks = []executor.Sink{sink, Lines(Style{Width: width}, lines), NewEvents(stream, p.clock.get, "0.1.0").Take}
	return p, live, lines, stream
}

// It protects what a person sees of a deployment while it goes: what is done above, once; what runs,
// and what comes, below, redrawn in place, and not a torn line, on a wide and on a narrow terminal.
func TestProgress(t *testing.T) {
	for _, width := range []int{100, 60} {
		t.Run(fmt.Sprint(width), func(t *testing.T) {
			p, live, lines, stream := watched(t, width)
			var shots strings.Builder
			shot := func(title string) { fmt.Fprintf(&shots, "== %s\n%s", title, live) }
			p.begin(executor.Began{})
			shot("it has begun")
			at := p.runTo(0, "/check")
			s := &p.plan.Steps[at]
			p.start(s)
			p.clock.add(time.Second)
			p.tell(executor.StepProgress{At: p.clock.get(), Step: s, Message: "GET http://127.0.0.1:8082/health: 503 (wanted 200)", Until: noon.Add(time.Hour)})
			shot("it waits for health")
			p.clock.add(time.Second)
			p.end(s, 2*time.Second)
			at = p.runTo(at+1, "/pause")
			s = &p.plan.Steps[at]
			p.start(s)
			p.tell(executor.StepProgress{At: p.clock.get(), Step: s, Until: p.clock.get().Add(5 * time.Minute)})
			p.clock.add(2 * time.Minute)
			p.tell(executor.StepProgress{At: p.clock.get(), Step: s, Until: p.clock.get().Add(3 * time.Minute)})
			shot("it pauses")
			p.tell(executor.Interrupting{At: p.clock.get(), Running: 1})
			shot("Ctrl-C")
			p.clock.add(3 * time.Minute)
			p.end(s, 5*time.Minute)
			p.runTo(at+1, "")
			shot("it is done")
			golden(t, fmt.Sprintf("live_%d", width), shots.String())
			golden(t, fmt.Sprintf("lines_%d", width), lines.String())
			if width == 100 {
				golden(t, "events", stream.String())
			}
		})
	}
}

// It protects what a person sees where it goes wrong: why, with the service's last lines, and that
// everything is undone.
func TestProgressOfFailure(t *testing.T) {
	p, live, lines, stream := watched(t, 100)
	p.begin(executor.Began{})
	at := p.runTo(0, "/check")
	s := &p.plan.Steps[at]
	p.start(s)
	p.clock.add(5 * time.Minute)
	why := "GET http://127.0.0.1:8082/health: 500 (wanted 200), until the deadline of 5m"
	p.tell(executor.StepEnded{At: p.clock.get(), Step: s, Took: 5 * time.Minute, Err: errors.New(why),
		Log: []string{"panic: open templates/cart.html: no such file\x1b[2J or directory"}})
	p.tell(executor.UndoBegan{At: p.clock.get(), Reason: why})
	undone := &p.plan.Steps[at-1]
	p.tell(executor.StepBegan{At: p.clock.get(), Step: undone, Undo: true})
	shot := live.String()
	p.clock.add(time.Second)
	p.tell(executor.StepEnded{At: p.clock.get(), Step: undone, Undo: true, Took: time.Second})
	golden(t, "failure", "== live\n"+shot+"== lines\n"+lines.String()+"== events\n"+stream.String())
	require.NotContains(t, lines.String()+live.String(), "\x1b[2J", "a service's log cannot move the cursor")
}

// It protects resuming: what was done is said, and not told again.
func TestProgressOfResume(t *testing.T) {
	p, live, lines, _ := watched(t, 100)
	var done []string
	at := 0
	for ; p.plan.Steps[at].Kind != planner.KindCheck; at++ {
		done = append(done, p.plan.Steps[at].ID)
	}
	p.begin(executor.Began{Done: done, HadBegun: []string{p.plan.Steps[at].ID}})
	golden(t, "resume", "== live\n"+live.String()+"== lines\n"+lines.String())
}

// It protects programs: each line is one object, in order, from version to result.
func TestEventStream(t *testing.T) {
	var out strings.Builder
	c := &clock{now: noon}
	e := NewEvents(&out, c.get, "0.1.0")
	in := liveIn(shop("1.4.2", rollingWay))
	e.Plan(planOf(t, in, shop("1.5.0", canaryWay), func(in *planner.Input) {
		delete(in.Facts.Instances, addressOf("3"))
	}), "sha256:4b1d09e27c55")
	e.Diagnostic("error", "it broke", "look <here> & there")
	require.NoError(t, e.Result("failed", 1, time.Second, 3))
	golden(t, "events_plan", out.String())
	lines := bufio.NewScanner(strings.NewReader(out.String()))
	for n := 1; lines.Scan(); n++ {
		var line struct {
			Seq  int    `json:"seq"`
			Type string `json:"type"`
		}
		require.NoError(t, json.Unmarshal(lines.Bytes(), &line))
		require.Equal(t, n, line.Seq)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

// It protects a stream that cannot be written: that is said at the end, and stops nothing before.
func TestEventStreamThatFails(t *testing.T) {
	e := NewEvents(full{}, (&clock{now: noon}).get, "0.1.0")
	e.Diagnostic("error", "it broke", "")
	require.ErrorContains(t, e.Result("failed", 1, 0, 0), "no space left on device")
}

// It protects the last words of a deployment, each with what to do next.
func TestResults(t *testing.T) {
	p := planOf(t, liveIn(shop("1.4.2", rollingWay)), shop("1.5.0", rollingWay), nil)
	first := planOf(t, nothingLive(), shop("1.5.0", rollingWay), nil)
	back := planOf(t, liveIn(shop("1.5.0", rollingWay)), shop("1.4.2", rollingWay), func(in *planner.Input) { in.Mode, in.RollbackTo = planner.Rollback, 16 })
	var check string
	for i := range p.Steps {
		if p.Steps[i].Kind == planner.KindCheck && check == "" {
			check = p.Steps[i].ID
		}
	}
	why := "GET http://127.0.0.1:8082/health: 500 (wanted 200), until the deadline of 5m"
	result := func(o state.Outcome) executor.Result {
		return executor.Result{Deployment: 18, Outcome: o, Took: 12 * time.Second}
	}
	failed := func(o state.Outcome, step string) executor.Result {
		r := result(o)
		r.Failed, r.Reason = step, why
		return r
	}
	left := failed(state.Partial, check)
	left.Left = []string{`shop.web["2"]: its host does not answer`}
	interrupted, waiting := result(""), result("")
	interrupted.Interrupted, waiting.Waiting = true, "edge/promote"
	golden(t, "results", drawn(t, func(s Style, b *strings.Builder) {
		show := func(title string, draw func(Style, *strings.Builder, Applied), a Applied) {
			fmt.Fprintf(b, "-- %s\n", title)
			a.GoOn, a.GoBack = "rel apply shop.relplan", "rel rollback -env production"
			draw(s, b, a)
		}
		success := func(s Style, b *strings.Builder, a Applied) { Success(s, b, a) }
		failure := func(s Style, b *strings.Builder, a Applied) { Failure(s, b, a) }
		unfinished := func(s Style, b *strings.Builder, a Applied) { Unfinished(s, b, a) }
		show("first", success, Applied{Result: result(state.Succeeded), Plan: first})
		show("upgrade", success, Applied{Result: result(state.Succeeded), Plan: p})
		show("rollback", success, Applied{Result: result(state.Succeeded), Plan: back})
		show("undone", failure, Applied{Result: failed(state.RolledBack, check), Plan: p})
		show("undone, first", failure, Applied{Result: failed(state.RolledBack, check), Plan: first})
		show("aborted", failure, Applied{Result: failed(state.Aborted, "gate"), Plan: p})
		show("partial", failure, Applied{Result: left, Plan: p})
		show("interrupted", unfinished, Applied{Result: interrupted, Plan: p})
		show("waiting", unfinished, Applied{Result: waiting, Plan: p})
		fmt.Fprintln(b, "-- taken back")
		WentBack(s, b, Applied{Result: result(state.RolledBack), Plan: p, GoOn: "rel apply shop.relplan", GoBack: "rel rollback -env production"})
		fmt.Fprintln(b, "-- errors")
		Error(s, b, errors.New("one line"))
		Error(s, b, errors.New("what happened\nwhere, what is unchanged\nwhat to do"))
		Warning(s, b, "be careful")
	}))
}
