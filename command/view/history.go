package view

import (
	"fmt"
	"io"
	"sort"
	"strings"
	"text/tabwriter"
	"time"

	"rel/state"
)

// Deployment is a line of the history.
type Deployment struct {
	Number  int
	Opening state.Opening
	Began   time.Time
	Ended   time.Time
	Outcome state.Outcome // empty: unfinished
	Reason  string        // why it was undone or stopped
	Live    bool
}

// What says what it changed: shop 1.4.2 → 1.5.0.
func (d Deployment) What() string {
	var parts []string
	for _, name := range unionKeys(d.Opening.Versions, d.Opening.Former) {
		parts = append(parts, VersionChange(name, d.Opening.Former[name], d.Opening.Versions[name]))
	}
	return strings.Join(parts, ", ")
}

// How says how: its strategy, or what it went back from.
func (d Deployment) How() string {
	if d.Opening.RollbackTo != 0 {
		return fmt.Sprintf("rollback to %d", d.Opening.RollbackTo)
	}
	var kinds []string
	for _, name := range unionKeys(d.Opening.Strategies, nil) {
		if k := d.Opening.Strategies[name]; len(kinds) == 0 || kinds[len(kinds)-1] != k {
			kinds = append(kinds, k)
		}
	}
	return strings.Join(kinds, ", ")
}

// End says how it ended.
func (d Deployment) End() string {
	switch {
	case d.Live:
		return "live"
	case d.Outcome == state.Succeeded:
		return "succeeded"
	case d.Outcome == state.RolledBack:
		return "undone" + prefixed(": ", d.Reason)
	case d.Outcome == state.Aborted:
		return "failed before a change" + prefixed(": ", d.Reason)
	case d.Outcome == state.Partial:
		return "failed" + prefixed(": ", d.Reason)
	}
	return "unfinished" + prefixed(": ", d.Reason)
}

// VersionChange says what happens to a release: shop 1.4.2 → 1.5.0.
func VersionChange(name, from, to string) string {
	switch {
	case from == "":
		return name + " " + to
	case to == "":
		return name + " " + from + " → nothing"
	case from == to:
		return name + " " + to
	}
	return name + " " + from + " → " + to
}

// HistoryText draws a history.
func HistoryText(_ Style, w io.Writer, entries []Deployment, now time.Time) error {
	if len(entries) == 0 {
		_, err := fmt.Fprintln(w, "Nothing was ever deployed here.")
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	fmt.Fprintln(t, " #\twhen\twhat\thow\ttook\tby\toutcome")
	for _, d := range entries {
		fmt.Fprintf(t, " %d\t%s\t%s\t%s\t%s\t%s\t%s\n", d.Number, when(d.Began, now), d.What(), d.How(),
			Duration(d.Ended.Sub(d.Began)), d.Opening.Operator, Printable(oneLine(d.End(), 90)))
	}
	return t.Flush()
}

// when is today 14:02, or the day.
func when(t, now time.Time) string {
	if t.IsZero() {
		return "never"
	}
	t = t.In(now.Location())
	switch y, d := now.Year(), now.YearDay(); {
	case t.Year() == y && t.YearDay() == d:
		return "today " + t.Format("15:04")
	case t.Year() == y:
		return t.Format("2 Jan 15:04")
	}
	return t.Format("2 Jan 2006")
}

type deploymentDocument struct {
	Deployment int           `json:"deployment"`
	Began      time.Time     `json:"began"`
	Ended      time.Time     `json:"ended"`
	Outcome    state.Outcome `json:"outcome,omitempty"`
	Failure    string        `json:"failure,omitempty"` // why it was undone or stopped; "reason" is why it was done
	Live       bool          `json:"live"`
	state.Opening
}

// HistoryJSON prints a history for programs.
func HistoryJSON(w io.Writer, entries []Deployment) error {
	out := make([]deploymentDocument, 0, len(entries))
	for _, d := range entries {
		out = append(out, deploymentDocument{Deployment: d.Number, Began: d.Began, Ended: d.Ended, Outcome: d.Outcome,
			Failure: d.Reason, Live: d.Live, Opening: d.Opening})
	}
	return JSON(w, out)
}

func unionKeys(a, b map[string]string) []string {
	seen := map[string]bool{}
	var keys []string
	for _, m := range []map[string]string{a, b} {
		for k := range m {
			if !seen[k] {
				seen[k] = true
				keys = append(keys, k)
			}
		}
	}
	sort.Strings(keys)
	return keys
}

// oneLine is text without its breaks, at most n characters.
func oneLine(text string, n int) string {
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return text
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}
