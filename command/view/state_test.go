package view

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"rel/state"
)

func statusOf(problems map[string]string) Status {
	web := ServiceStatus{Name: "web", Target: "web", Balancer: "edge"}
	for n, key := range []string{"1", "2", "3"} {
		i := InstanceStatus{Address: addressOf(key), Slot: "green", Port: 8082 + 2*n, Revision: "1.5.0-0c11d2aa93f0", Running: true, Percent: 33, Problem: problems[key]}
		if i.Problem != "" {
			i.Running, i.Percent = false, 0
		}
		web.Instances = append(web.Instances, i)
	}
	return Status{Project: "shop", Environment: "production", Deployment: 18, Ended: noon,
		Opening:  state.Opening{Operator: "ana", GitCommit: "3f9c2ab8d7e6"},
		Releases: []ReleaseStatus{{Name: "shop", Version: "1.5.0", Services: []ServiceStatus{web}}}}
}

// It protects what people and programs see of what is live.
func TestStatus(t *testing.T) {
	sick := statusOf(map[string]string{"2": "GET http://127.0.0.1:8084/health: 500 (wanted 200)\x07"})
	sick.Unfinished, sick.GoOn, sick.GoBack = 19, "rel apply -env production", "rel rollback -env production"
	sick.Lock = &state.Lease{Number: 42, Since: noon, Holder: state.Holder{Who: "ci", Host: "build1", PID: 4711, Reason: "apply"}}
	many := statusOf(nil)
	for n := range 9 {
		i := many.Releases[0].Services[0].Instances[0]
		i.Address, i.Port = addressOf(fmt.Sprint(n+4)), 8090+2*n
		many.Releases[0].Services[0].Instances = append(many.Releases[0].Services[0].Instances, i)
	}
	golden(t, "status", drawn(t, func(s Style, b *strings.Builder) {
		for _, st := range []Status{statusOf(nil), sick, many, {Environment: "staging"}} {
			require.NoError(t, StatusText(s, b, st, noon.Add(2*time.Hour)))
		}
	}))
	var b strings.Builder
	require.NoError(t, StatusJSON(&b, sick))
	require.NoError(t, StatusJSON(&b, Status{Project: "shop", Environment: "staging"}))
	golden(t, "status_json", b.String())
}

// It protects the history: when, what, how, and how it ended, newest first as given.
func TestHistory(t *testing.T) {
	entries := []Deployment{
		{Number: 19, Began: noon.Add(-time.Minute), Ended: noon, Opening: opening("1.4.2", "1.6.0", "canary")},
		{Number: 18, Began: noon.Add(-time.Hour), Ended: noon.Add(-30 * time.Minute), Live: true, Outcome: state.Succeeded, Opening: opening("1.5.0", "1.4.2", "rolling")},
		{Number: 17, Began: noon.Add(-3 * time.Hour), Ended: noon.Add(-3*time.Hour + 4*time.Minute), Outcome: state.RolledBack, Reason: "error_rate 7.1% > 5%\nmore\x1b[2J", Opening: opening("1.4.2", "1.5.0", "canary")},
		{Number: 16, Began: noon.Add(-30 * time.Hour), Ended: noon.Add(-30 * time.Hour), Outcome: state.Aborted, Reason: "no room", Opening: opening("", "1.4.2", "rolling")},
		{Number: 15, Began: noon.Add(-300 * 24 * time.Hour), Ended: noon.Add(-300 * 24 * time.Hour), Outcome: state.Partial, Reason: "a host is gone", Opening: opening("1.0.0", "", "")},
		{Number: 14, Reason: "it never began"},
	}
	entries[1].Opening.RollbackTo = 16
	entries[2].Opening.Reason = "a new cart"
	golden(t, "history", drawn(t, func(s Style, b *strings.Builder) {
		require.NoError(t, HistoryText(s, b, entries, noon))
		require.NoError(t, HistoryText(s, b, nil, noon))
	}))
	var b strings.Builder
	require.NoError(t, HistoryJSON(&b, entries))
	require.NoError(t, HistoryJSON(&b, nil))
	golden(t, "history_json", b.String())
}

func opening(from, to, way string) state.Opening {
	o := state.Opening{Operator: "ana", Versions: map[string]string{}, Former: map[string]string{}, Strategies: map[string]string{}}
	if from != "" {
		o.Former["shop"] = from
	}
	if to != "" {
		o.Versions["shop"], o.Strategies["shop"] = to, way
	}
	return o
}
