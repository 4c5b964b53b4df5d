package executor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"rel/planner"
	"rel/platform"
)

// patient is a slot whose health is written beforehand, a letter a second from the start:
// + passes, - fails, d does not run, r was started again meanwhile, x ended for the third time.
// After the last letter it stays as it was. Checks are asked by their path: each has its own.
type patient struct {
	time    *fakeTime
	process string
	checks  map[string]string
	asked   map[string][]time.Duration
}

func (p *patient) now(script string) byte {
	if script == "" {
		return '+'
	}
	second := int(p.time.past() / time.Second)
	return script[min(second, len(script)-1)]
}

func (p *patient) Observe(_ context.Context, all []platform.Address) (map[platform.Address]platform.Instance, error) {
	slot := platform.Slot{Revision: "2", Running: true, Ended: strings.Count(p.process[:min(len(p.process), int(p.time.past()/time.Second)+1)], "r")}
	switch p.now(p.process) {
	case 'd':
		slot.Running = false
	case 'x':
		slot.Running, slot.Ended = false, 3
	case '-':
		return map[platform.Address]platform.Instance{all[0]: {Unreachable: "no route"}}, nil
	}
	return map[platform.Address]platform.Instance{all[0]: {Slots: map[string]platform.Slot{"main": slot}}}, nil
}

func (p *patient) Check(_ context.Context, _ platform.Address, _ string, c platform.HealthCheck) error {
	p.asked[c.Path] = append(p.asked[c.Path], p.time.past())
	if p.now(p.checks[c.Path]) == '-' {
		return fmt.Errorf("%w: GET %s: 503", platform.ErrUnhealthy, c.Path)
	}
	return nil
}

func (p *patient) Logs(_ context.Context, w io.Writer, _ platform.Address, _ string, o platform.LogOptions) error {
	for i := range o.Lines {
		fmt.Fprintf(w, "line %d\n", i)
	}
	return nil
}

func seconds(n int) platform.Duration { return platform.Duration(time.Duration(n) * time.Second) }

// TestHealth: when a slot counts as healthy, and when and with which words it is given up.
func TestHealth(t *testing.T) {
	plain := platform.HealthCheck{Interval: seconds(1), Successes: 1, Failures: 3}
	with := func(change func(*platform.HealthCheck)) platform.HealthCheck {
		c := plain
		change(&c)
		return c
	}
	tests := map[string]struct {
		process string
		checks  []string // scripts of checks /0, /1, …
		check   platform.HealthCheck
		minimum int
		limit   int
		want    time.Duration // when it ends
		err     string
	}{
		"a process alone, for min_healthy_time":        {minimum: 10, want: 10 * time.Second},
		"healthy at once where no time is asked":       {checks: []string{"+"}, want: 0},
		"from the first success on":                    {checks: []string{"---+"}, minimum: 5, want: 8 * time.Second},
		"all checks must pass":                         {checks: []string{"+", "----+"}, minimum: 5, want: 9 * time.Second},
		"fewer failures in a row change nothing":       {checks: []string{"+--+--+"}, minimum: 10, want: 10 * time.Second},
		"so many in a row begin the time anew":         {checks: []string{"+---+"}, minimum: 5, want: 9 * time.Second},
		"a process that ended begins the time anew":    {process: "+++r+", minimum: 5, want: 9 * time.Second},
		"a process that does not run yet":              {process: "ddd+", minimum: 2, want: 5 * time.Second},
		"so many successes in a row":                   {checks: []string{"+-++-+++"}, check: with(func(c *platform.HealthCheck) { c.Successes = 3 }), want: 7 * time.Second},
		"nothing is asked in the initial delay":        {checks: []string{"+"}, check: with(func(c *platform.HealthCheck) { c.InitialDelay = seconds(7) }), want: 7 * time.Second},
		"in the interval that the check has":           {checks: []string{"-----+"}, check: with(func(c *platform.HealthCheck) { c.Interval = seconds(4) }), want: 8 * time.Second},
		"healthy exactly at the deadline is in time":   {checks: []string{"--------+"}, minimum: 2, limit: 10, want: 10 * time.Second},
		"the last failure, until the deadline":         {checks: []string{"-"}, limit: 30, want: 30 * time.Second, err: "unhealthy: GET /0: 503, until the deadline of 30s"},
		"healthy too late":                             {checks: []string{"---------+"}, minimum: 5, limit: 10, want: 10 * time.Second, err: "healthy for only 1s when the deadline of 10s had passed; it has to stay so for 5s"},
		"a process that ended three times is hopeless": {process: "d+dx", checks: []string{"-"}, limit: 300, want: 3 * time.Second, err: "the process has ended 3 times since it was started"},
		"a host that does not answer":                  {process: "-", limit: 5, want: 5 * time.Second, err: "host unreachable: shop.web[\"1\"]: no route, until the deadline of 5s"},
		"no check is due in time":                      {checks: []string{"+"}, check: with(func(c *platform.HealthCheck) { c.InitialDelay = seconds(9) }), limit: 5, want: 5 * time.Second, err: "no health check was due within the deadline of 5s"},
		"five minutes where no deadline is given":      {checks: []string{"-"}, limit: -1, want: 5 * time.Minute, err: "unhealthy: GET /0: 503, until the deadline of 5m0s"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := &patient{time: newFakeTime(), process: test.process, checks: map[string]string{}, asked: map[string][]time.Duration{}}
			checks := planner.Checks{MinHealthyTime: seconds(test.minimum), HealthyDeadline: seconds(max(test.limit, 0))}
			if test.limit == 0 {
				checks.HealthyDeadline = seconds(60)
			}
			if test.check.Interval == 0 {
				test.check = plain
			}
			for i, script := range test.checks {
				path := fmt.Sprintf("/%d", i)
				p.checks[path], test.check.Path = script, path
				checks.HealthChecks = append(checks.HealthChecks, test.check)
			}
			r := Runners{Clock: p.time.clock()}
			err := r.awaitHealth(t.Context(), p, Task{}, place{at("1"), "main"}, checks)
			require.Equal(t, test.want, p.time.past())
			if test.err == "" {
				require.NoError(t, err)
				return
			}
			require.EqualError(t, err, test.err)
			require.ErrorIs(t, err, platform.ErrUnhealthy)
			var unhealthy *UnhealthyError
			require.ErrorAs(t, err, &unhealthy)
			require.Len(t, unhealthy.Log, 20, "the last lines go with it")
		})
	}
}

// TestHealthTellsWhatItSees: each other failure once, with the deadline, so that a person who
// watches knows what is waited for.
func TestHealthTellsWhatItSees(t *testing.T) {
	p := &patient{time: newFakeTime(), process: "dd+", checks: map[string]string{"/0": "----+"}, asked: map[string][]time.Duration{}}
	var told []string
	r := Runners{Clock: p.time.clock(), Progress: func(_ Task, message string, until time.Time) {
		require.Equal(t, testTime.Add(time.Minute), until)
		told = append(told, message)
	}}
	checks := planner.Checks{HealthyDeadline: seconds(60), HealthChecks: []platform.HealthCheck{{Path: "/0", Interval: seconds(1)}}}
	require.NoError(t, r.awaitHealth(t.Context(), p, Task{}, place{at("1"), "main"}, checks))
	require.Equal(t, []string{"unhealthy: the process does not run", "unhealthy: GET /0: 503"}, told)
	require.Len(t, p.asked["/0"], 5)
}

// TestHealthEndsWithItsContext: told to end, it ends at once and blames nobody.
func TestHealthEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	p := &patient{time: newFakeTime(), checks: map[string]string{"/0": "-"}, asked: map[string][]time.Duration{}}
	clock := p.time.clock()
	sleep := clock.Sleep
	clock.Sleep = func(ctx context.Context, d time.Duration) error {
		if p.time.past() > 3*time.Second {
			cancel()
		}
		return sleep(ctx, d)
	}
	checks := planner.Checks{HealthyDeadline: seconds(60), HealthChecks: []platform.HealthCheck{{Path: "/0", Interval: seconds(1)}}}
	err := Runners{Clock: clock}.awaitHealth(ctx, p, Task{}, place{at("1"), "main"}, checks)
	require.ErrorIs(t, err, context.Canceled)
	require.NotErrorIs(t, err, platform.ErrUnhealthy)
}

// TestOnTheWayBack: an old version is let in as soon as it is healthy; one without health
// checks must at least have run for a moment.
func TestOnTheWayBack(t *testing.T) {
	c := planner.Checks{MinHealthyTime: seconds(10), HealthyDeadline: seconds(60), HealthChecks: []platform.HealthCheck{{}}}
	require.Zero(t, onTheWayBack(c).MinHealthyTime)
	require.Equal(t, c.HealthyDeadline, onTheWayBack(c).HealthyDeadline)
	require.Equal(t, seconds(1), onTheWayBack(planner.Checks{}).MinHealthyTime)
}

// TestLogThatCannotBeRead does not hide why it was wanted.
func TestLogThatCannotBeRead(t *testing.T) {
	require.Nil(t, lastLog(t.Context(), brokenLog{}, place{}))
}

type brokenLog struct{}

func (brokenLog) Logs(context.Context, io.Writer, platform.Address, string, platform.LogOptions) error {
	return errors.New("gone")
}
