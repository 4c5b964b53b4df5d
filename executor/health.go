package executor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"rel/planner"
	"rel/platform"
)

const (
	endedTooOften   = 3 // a process that ended so often will not become healthy
	lastLines       = 20
	processInterval = time.Second
	defaultDeadline = 5 * time.Minute
)

// UnhealthyError says that a slot did not become healthy. It is platform.ErrUnhealthy.
type UnhealthyError struct {
	Cause error    // the last failure, in words
	Log   []string // the last lines that the service wrote
}

func (e *UnhealthyError) Error() string { return e.Cause.Error() }
func (e *UnhealthyError) Unwrap() error { return e.Cause }

// Is makes errors.Is(err, platform.ErrUnhealthy) hold.
func (e *UnhealthyError) Is(target error) bool { return target == platform.ErrUnhealthy }

// place is a slot of an instance.
type place struct {
	instance platform.Address
	slot     string
}

// String is how the record of sick slots names it.
func (p place) String() string { return p.instance.String() + "/" + p.slot }

// watching is what waiting for health needs of a platform.
type watching interface {
	platform.Checker
	platform.Observer
	platform.Logs
}

// onTheWayBack is how an old version is waited for: it has shown long ago that it stays
// healthy, so once is enough. With no health checks it must have run for a moment.
func onTheWayBack(c planner.Checks) planner.Checks {
	c.MinHealthyTime = 0
	if len(c.HealthChecks) == 0 {
		c.MinHealthyTime = platform.Duration(processInterval)
	}
	return c
}

// awaitHealth waits until the slot has been healthy for min_healthy_time, at most until
// healthy_deadline.
func (r Runners) awaitHealth(ctx context.Context, w watching, t Task, at place, checks planner.Checks) error {
	if checks.HealthyDeadline <= 0 {
		checks.HealthyDeadline = platform.Duration(defaultDeadline)
	}
	h := newHealth(w, at, checks, r.Clock.Now())
	tell := func(message string) { r.tell(t, message, h.deadline) }
	err := h.wait(ctx, r.Clock, tell)
	if err == nil || ctx.Err() != nil {
		return err
	}
	return &UnhealthyError{Cause: err, Log: lastLog(ctx, w, at)}
}

// lastLog gives what there is; a log that cannot be read must not hide why it was wanted.
func lastLog(ctx context.Context, l platform.Logs, at place) []string {
	var b bytes.Buffer
	_ = l.Logs(ctx, &b, at.instance, at.slot, platform.LogOptions{Lines: lastLines, Latest: true})
	text := strings.TrimRight(b.String(), "\n")
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

// health is the health of a slot as its probes see it.
type health struct {
	probes   []*probe // the process first, then the health checks
	need     time.Duration
	limit    time.Duration
	deadline time.Time
	since    time.Time // healthy without a break; zero: it is not
	last     error     // the last failure
}

func newHealth(w watching, at place, checks planner.Checks, now time.Time) *health {
	limit := time.Duration(checks.HealthyDeadline)
	h := &health{need: time.Duration(checks.MinHealthyTime), limit: limit, deadline: now.Add(limit)}
	h.probes = append(h.probes, processProbe(w, at, now))
	for _, c := range checks.HealthChecks {
		h.probes = append(h.probes, checkProbe(w, at, c, now))
	}
	return h
}

// hopelessError: there is no point in waiting for the deadline.
type hopelessError struct{ error }

func (h *health) wait(ctx context.Context, clock Clock, tell func(string)) error {
	for {
		if err := h.round(ctx, clock, tell); err != nil {
			return err
		}
		now := clock.Now()
		if !h.since.IsZero() && now.Sub(h.since) >= h.need {
			return nil
		}
		if !now.Before(h.deadline) {
			return h.late(now)
		}
		if err := clock.Sleep(ctx, h.next().Sub(now)); err != nil {
			return err
		}
	}
}

// round makes every probe that is due, one after another.
func (h *health) round(ctx context.Context, clock Clock, tell func(string)) error {
	for _, p := range h.probes {
		now := clock.Now()
		if now.Before(p.due) {
			continue
		}
		p.due = now.Add(p.interval)
		err := p.make(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var hopeless hopelessError
		if errors.As(err, &hopeless) {
			return err
		}
		p.count(err)
		p.tell(err, tell)
		h.note(err, clock.Now())
	}
	return nil
}

// note keeps since when all probes have passed.
func (h *health) note(err error, now time.Time) {
	if err != nil {
		h.last = err
	}
	for _, p := range h.probes {
		if !p.healthy {
			h.since = time.Time{}
			return
		}
	}
	if h.since.IsZero() {
		h.since = now
	}
}

// next is when something is to be looked at again.
func (h *health) next() time.Time {
	next := h.deadline
	if !h.since.IsZero() {
		next = earlier(next, h.since.Add(h.need))
	}
	for _, p := range h.probes {
		next = earlier(next, p.due)
	}
	return next
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func (h *health) late(now time.Time) error {
	switch {
	case !h.since.IsZero():
		return fmt.Errorf("healthy for only %s when the deadline of %s had passed; it has to stay so for %s",
			now.Sub(h.since).Round(time.Millisecond), h.limit, h.need)
	case h.last == nil:
		return fmt.Errorf("no health check was due within the deadline of %s", h.limit)
	}
	return fmt.Errorf("%w, until the deadline of %s", h.last, h.limit)
}
