package view

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"rel/executor"
	"rel/planner"
)

// Live draws an apply on a terminal: what is done scrolls above, the lower part is redrawn in
// place. Stop ends it; what was drawn below goes.
func Live(s Style, w io.Writer, now func() time.Time) (sink executor.Sink, stop func()) {
	l := &live{style: s, w: w, now: now, quit: make(chan struct{}), done: map[string]bool{}, running: map[string]time.Time{}}
	l.drawing.Go(l.redraw)
	return l.take, l.stop
}

type live struct {
	style   Style
	w       io.Writer
	now     func() time.Time
	quit    chan struct{}
	once    sync.Once
	drawing sync.WaitGroup

	mu      sync.Mutex
	plan    *planner.Plan
	groups  []*group
	of      map[string]*group
	done    map[string]bool
	running map[string]time.Time
	undoing *group
	asking  bool // a person is asked, so nothing is drawn over the question
	drawn   int  // lines of the lower part that stand on the screen
	frame   int
}

const frames = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"

func (l *live) redraw() {
	tick := time.NewTicker(120 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-l.quit:
			return
		case <-tick.C:
			l.mu.Lock()
			l.frame++
			l.draw(nil)
			l.mu.Unlock()
		}
	}
}

func (l *live) stop() {
	l.once.Do(func() { close(l.quit) })
	l.drawing.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.erase()
	l.groups = nil
}

func (l *live) take(e executor.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.draw(l.handle(e))
}

// handle takes an event in and gives the lines that are to scroll above.
func (l *live) handle(e executor.Event) []string {
	switch e := e.(type) {
	case executor.LockWaiting:
		return []string{fmt.Sprintf("Waiting for the lock that %s on %s holds (%s).", e.Lease.Holder.Who, e.Lease.Holder.Host, e.Lease.Holder.Reason)}
	case executor.Began:
		l.begin(e)
		return []string{began(l.style, e)}
	case executor.StepBegan:
		l.asking = false
		l.stepBegan(e)
	case executor.StepProgress:
		l.asking = e.Waiting
		if e.Step.Kind == planner.KindDrain {
			return []string{"  " + l.style.yellow("! "+stepText(e.Step)) + "   " + e.Message}
		}
		if g := l.group(e.Step.ID, e.Undo); g != nil {
			g.until = e.Until
			if e.Step.Kind != planner.KindPause { // the share of traffic says more than why it pauses
				g.detail = Printable(firstLine(e.Message))
			}
			l.running[e.Step.ID] = pauseEnd(e)
		}
	case executor.StepEnded:
		return l.stepEnded(e)
	case executor.UndoBegan:
		l.undoing = &group{label: "undo", running: map[string]bool{}, began: e.At, total: 1}
		l.groups = []*group{l.undoing}
	case executor.Interrupting:
		return []string{"^C  " + interruptText(e)}
	case executor.LeaseEvent:
		return []string{l.style.red("lock: ") + errorLine(e.Err)}
	case executor.Ended:
		if l.undoing != nil {
			return []string{l.style.beside("  "+l.style.yellow("↺")+" "+pad("undo", 30)+" "+Count(l.undoing.done, "step"), Duration(e.At.Sub(l.undoing.began)))}
		}
	}
	return nil
}

// pauseEnd is when a pause ends; a check may end sooner than its deadline, so that says nothing.
func pauseEnd(e executor.StepProgress) time.Time {
	if e.Step.Kind == planner.KindPause {
		return e.Until
	}
	return time.Time{}
}

func (l *live) begin(e executor.Began) {
	l.plan = e.Plan
	l.groups, l.of = groupsOf(e.Plan)
	for _, id := range e.Done {
		l.done[id] = true
		if g := l.of[id]; g != nil {
			g.done++
		}
	}
	if e.Undoing {
		l.undoing = &group{label: "undo", running: map[string]bool{}, began: e.At, total: 1}
		l.groups = []*group{l.undoing}
	}
}

func (l *live) group(id string, undo bool) *group {
	if undo {
		return l.undoing
	}
	return l.of[id]
}

func (l *live) stepBegan(e executor.StepBegan) {
	g := l.group(e.Step.ID, e.Undo)
	if g == nil {
		return
	}
	if g.began.IsZero() {
		g.began = e.At
	}
	g.running[e.Step.ID] = true
	l.running[e.Step.ID] = time.Time{}
	if t, ok := e.Step.Args.(*planner.Traffic); ok && !e.Undo {
		g.detail = fmt.Sprintf("%d%% new, %d%% old", t.Share, 100-t.Share)
	} else if e.Undo {
		g.detail = stepText(e.Step)
	}
}

func (l *live) stepEnded(e executor.StepEnded) []string {
	g := l.group(e.Step.ID, e.Undo)
	delete(l.running, e.Step.ID)
	if g == nil {
		return nil
	}
	delete(g.running, e.Step.ID)
	g.until = time.Time{}
	if e.Err != nil && !e.Cancelled {
		return l.failure(e)
	}
	if e.Undo {
		g.done++
		return nil
	}
	if e.Cancelled {
		return nil
	}
	l.done[e.Step.ID] = true
	g.done++
	g.took = e.At.Sub(g.began)
	if g.finished() {
		return []string{l.finishedLine(g)}
	}
	return nil
}

func (l *live) finishedLine(g *group) string {
	return l.style.beside("  "+l.style.green("✓")+" "+pad(g.label, 30)+" "+fold(unique(g.members), 6), Duration(g.took))
}

func (l *live) failure(e executor.StepEnded) []string {
	text := stepText(e.Step)
	if e.Undo {
		text = "undo " + text
	}
	out := []string{"  " + l.style.red("✗ "+text) + "   " + errorLine(e.Err)}
	if len(e.Log) > 0 {
		out = append(out, "      the service's last lines:")
		for _, line := range logTail(e.Log) {
			out = append(out, "        "+line)
		}
	}
	return out
}

// logTail is the end of what a service wrote that fits beside an error; rel logs has the rest.
func logTail(lines []string) (tail []string) {
	for _, line := range lines[max(0, len(lines)-8):] {
		tail = append(tail, Printable(line))
	}
	return tail
}

// draw puts lines above and the lower part below, in one write, so that nothing flickers.
func (l *live) draw(above []string) {
	var b strings.Builder
	if l.drawn > 0 {
		fmt.Fprintf(&b, "\x1b[%dA\r\x1b[J", l.drawn)
	}
	for _, line := range above {
		b.WriteString(line + "\n")
	}
	lower := l.lower()
	for _, line := range lower {
		b.WriteString(cut(line, l.style.width()) + "\n")
	}
	l.drawn = len(lower)
	if b.Len() > 0 {
		_, _ = io.WriteString(l.w, b.String()) // a terminal that is gone stops no deployment
	}
}

func (l *live) erase() {
	if l.drawn > 0 {
		fmt.Fprintf(l.w, "\x1b[%dA\r\x1b[J", l.drawn)
		l.drawn = 0
	}
}

// lower is what runs now, and what is still to come.
func (l *live) lower() (lines []string) {
	if l.asking {
		return nil
	}
	var next []string
	for _, g := range l.groups {
		switch {
		case len(g.running) > 0:
			lines = append(lines, l.runningLine(g))
		case !g.finished() && g.done == 0:
			next = append(next, g.label)
		}
	}
	if len(next) > 3 {
		next = append(next[:3], "…")
	}
	if len(next) > 0 && l.plan != nil {
		left := ""
		if d := timeLeft(l.plan, l.done, l.running, l.now()); d > 0 {
			left = "about " + Duration(d.Round(time.Second)) + " left"
		}
		lines = append(lines, l.inOneLine("    "+strings.Join(next, ", "), left))
	}
	return lines
}

func (l *live) runningLine(g *group) string {
	spin := string([]rune(frames)[l.frame%len([]rune(frames))])
	text := "  " + spin + " " + pad(g.label, 30)
	if g != l.undoing && g.total > 1 {
		text += fmt.Sprintf(" %d of %d", g.done, g.total)
	}
	if g.detail != "" {
		text += "  " + g.detail
	}
	right := Duration(l.now().Sub(g.began))
	if !g.until.IsZero() {
		right = Duration(max(0, g.until.Sub(l.now())).Round(time.Second)) + " left"
	}
	return l.inOneLine(text, right)
}

// inOneLine shortens text so that right fits beside it: a line of the lower part is one row, or
// the wrong ones would be drawn over.
func (l *live) inOneLine(text, right string) string {
	return l.style.beside(cut(text, l.style.width()-columns(right)-2), right)
}

// cut shortens text to n columns.
func cut(text string, n int) string {
	if r := []rune(text); len(r) > n && !strings.Contains(text, "\x1b[") {
		return string(r[:max(0, n-1)]) + "…"
	}
	return text
}

func unique(words []string) (out []string) {
	seen := map[string]bool{}
	for _, w := range words {
		if !seen[w] {
			seen[w] = true
			out = append(out, w)
		}
	}
	return out
}
