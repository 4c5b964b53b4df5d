package view

import (
	"fmt"
	"io"
	"strings"
	"time"

	"rel/platform"
	"rel/state"
)

// Status is what is live in an environment, as observed.
type Status struct {
	Project     string
	Environment string
	Deployment  int    // the live one; 0: none
	Unfinished  int    // the deployment that has not ended; 0: none
	GoOn        string // the commands that go on with it, or back
	GoBack      string
	Opening     state.Opening
	Ended       time.Time
	Lock        *state.Lease
	Releases    []ReleaseStatus
	Known       int // instances that the state knows
}

// ReleaseStatus is a release that is live.
type ReleaseStatus struct {
	Name, Version string
	Services      []ServiceStatus
}

// ServiceStatus is a service of it; Balancer is empty where there is none.
type ServiceStatus struct {
	Name, Target, Balancer string
	Problem                string // of the load balancer
	Instances              []InstanceStatus
}

// InstanceStatus is an instance; Problem is empty where it is healthy.
type InstanceStatus struct {
	Address  platform.Address
	Slot     string
	Port     int
	Revision string
	Running  bool
	Percent  int // of the balancer's requests
	Problem  string
	// Beside is what runs in its other slot, as in the middle of a deployment.
	Beside *SlotStatus
}

// SlotStatus is a slot that runs.
type SlotStatus struct {
	Slot     string
	Port     int
	Revision string
	Percent  int
}

// Healthy counts the instances of a release that are healthy, and all.
func (r ReleaseStatus) Healthy() (healthy, all int) {
	for _, s := range r.Services {
		for _, i := range s.Instances {
			all++
			if i.Problem == "" {
				healthy++
			}
		}
	}
	return healthy, all
}

// StatusText draws a status.
func StatusText(s Style, w io.Writer, st Status, now time.Time) error {
	var b strings.Builder
	if st.Deployment == 0 {
		text := "nothing is live"
		if st.Known > 0 {
			text = fmt.Sprintf("nothing was deployed from this state; it knows %s (rel state list)", Count(st.Known, "instance"))
		}
		fmt.Fprintf(&b, "%s  %s\n", pad(s.bold(st.Environment), 32), text)
	} else {
		fmt.Fprintf(&b, "%s  deployment %d, %s%s%s\n", pad(s.bold(st.Environment), 32), st.Deployment,
			Ago(now.Sub(st.Ended)), prefixed(", by ", st.Opening.Operator), prefixed(", from git ", short(st.Opening.GitCommit)))
	}
	for _, r := range st.Releases {
		healthy, all := r.Healthy()
		line := fmt.Sprintf("%d of %d healthy", healthy, all)
		if healthy < all {
			line = s.red(line)
		}
		fmt.Fprintf(&b, "  %s  %s\n", pad(r.Name+" "+r.Version, 30), line)
		for _, svc := range r.Services {
			serviceText(s, &b, svc)
		}
	}
	if st.Unfinished != 0 {
		fmt.Fprintf(&b, "  %s\n", s.yellow(fmt.Sprintf("deployment %d is unfinished", st.Unfinished)))
		if st.Lock == nil { // else somebody works on it
			fmt.Fprintf(&b, "    go on: %s\n    go back: %s\n", st.GoOn, st.GoBack)
		}
	}
	if st.Lock != nil {
		fmt.Fprintf(&b, "  %s  %s on %s, %s, since %s (%s)\n", pad("locked", 30), st.Lock.Holder.Who, st.Lock.Holder.Host,
			fmt.Sprintf("process %d", st.Lock.Holder.PID), Ago(now.Sub(st.Lock.Since)), st.Lock.Holder.Reason)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func serviceText(s Style, b *strings.Builder, svc ServiceStatus) {
	var keys, where []string
	for _, i := range svc.Instances {
		keys = append(keys, i.Address.Key)
	}
	where = append(where, slotsText(svc.Instances))
	if svc.Balancer != "" {
		where = append(where, sharesText(svc.Instances)+" behind "+svc.Balancer)
	}
	fmt.Fprintf(b, "    %s  %s\n", pad(pad(svc.Name, 8)+" "+fold(keys, 5), 28), strings.Join(where, ", "))
	besideText(b, svc)
	if svc.Problem != "" {
		fmt.Fprintf(b, "      %s %s  %s\n", s.red("!"), svc.Balancer, Printable(svc.Problem))
	}
	for _, i := range svc.Instances {
		if i.Problem != "" {
			fmt.Fprintf(b, "      %s %s  %s\n", s.red("!"), i.Address, Printable(i.Problem))
		}
	}
}

// besideText tells of the other slots that run: a new version on its way, or an old one.
func besideText(b *strings.Builder, svc ServiceStatus) {
	var keys []string
	var beside []InstanceStatus
	for _, i := range svc.Instances {
		if i.Beside != nil {
			keys = append(keys, i.Address.Key)
			beside = append(beside, InstanceStatus{Slot: i.Beside.Slot, Port: i.Beside.Port, Percent: i.Beside.Percent, Revision: i.Beside.Revision})
		}
	}
	if len(beside) == 0 {
		return
	}
	text := "also " + slotsText(beside)
	if svc.Balancer != "" {
		text += ", " + sharesText(beside)
	}
	fmt.Fprintf(b, "    %s  %s: %s\n", pad(pad("", 8)+" "+fold(keys, 5), 28), text, beside[0].Revision)
}

// slotsText is "green 8082, 8084", or each slot with its ports where they differ.
func slotsText(instances []InstanceStatus) string {
	var slots []string
	ports := map[string][]string{}
	for _, i := range instances {
		if _, seen := ports[i.Slot]; !seen {
			slots = append(slots, i.Slot)
			ports[i.Slot] = nil
		}
		if i.Port != 0 {
			ports[i.Slot] = append(ports[i.Slot], fmt.Sprint(i.Port))
		}
	}
	var parts []string
	for _, slot := range slots {
		parts = append(parts, strings.TrimSpace(slot+" "+fold(ports[slot], 4)))
	}
	return strings.Join(parts, " and ")
}

func sharesText(instances []InstanceStatus) string {
	var shares []string
	for _, i := range instances {
		shares = append(shares, fmt.Sprintf("%d%%", i.Percent))
	}
	return fold(shares, 5)
}

// fold shows at most n of the words, and how many there are.
func fold(words []string, n int) string {
	if len(words) <= n {
		return strings.Join(words, " ")
	}
	return fmt.Sprintf("%s … %s (%d)", strings.Join(words[:2], " "), words[len(words)-1], len(words))
}

// Ago says how long ago something was.
func Ago(d time.Duration) string {
	switch {
	case d < 2*time.Second:
		return "now"
	case d < time.Minute:
		return Count(int(d.Seconds()), "second") + " ago"
	case d < time.Hour:
		return Count(int(d.Minutes()), "minute") + " ago"
	case d < 48*time.Hour:
		return Count(int(d.Hours()), "hour") + " ago"
	}
	return Count(int(d.Hours()/24), "day") + " ago"
}

func prefixed(prefix, text string) string {
	if text == "" {
		return ""
	}
	return prefix + text
}

// short is a git commit as people write it.
func short(commit string) string {
	if len(commit) > 7 {
		return commit[:7]
	}
	return commit
}
