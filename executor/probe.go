package executor

import (
	"context"
	"fmt"
	"time"

	"rel/platform"
)

// probe asks one thing again and again, and counts the answers.
type probe struct {
	make      func(context.Context) error
	interval  time.Duration
	due       time.Time
	successes int // so many in a row make it healthy
	failures  int // so many in a row after that make it unhealthy again
	streak    int // of answers that speak against what it is
	healthy   bool
	told      string // the failure that was told last
}

func checkProbe(c platform.Checker, at place, check platform.HealthCheck, now time.Time) *probe {
	p := &probe{
		interval:  time.Duration(check.Interval),
		due:       now.Add(time.Duration(check.InitialDelay)),
		successes: max(check.Successes, 1),
		failures:  max(check.Failures, 1),
	}
	if p.interval <= 0 {
		p.interval = time.Second
	}
	p.make = func(ctx context.Context) error { return c.Check(ctx, at.instance, at.slot, check) }
	return p
}

// processProbe is the check that is always there: the process runs and is the same as before.
func processProbe(o platform.Observer, at place, now time.Time) *probe {
	ended := -1
	p := &probe{interval: processInterval, due: now, successes: 1, failures: 1}
	p.make = func(ctx context.Context) error {
		slot, _, err := observeSlot(ctx, o, at.instance, at.slot)
		if err != nil {
			return err
		}
		again := ended >= 0 && slot.Ended > ended
		ended = slot.Ended
		switch {
		case slot.Ended >= endedTooOften:
			return hopelessError{fmt.Errorf("the process has ended %d times since it was started", slot.Ended)}
		case !slot.Running:
			return fmt.Errorf("%w: the process does not run", platform.ErrUnhealthy)
		case again:
			return fmt.Errorf("%w: the process ended and was started again", platform.ErrUnhealthy)
		}
		return nil
	}
	return p
}

// count takes an answer in.
func (p *probe) count(err error) {
	if p.healthy == (err == nil) {
		p.streak = 0
		return
	}
	p.streak++
	turn := p.successes
	if p.healthy {
		turn = p.failures
	}
	if p.streak >= turn {
		p.healthy, p.streak = !p.healthy, 0
	}
}

// tell tells another failure than the one before.
func (p *probe) tell(err error, tell func(string)) {
	said := ""
	if err != nil {
		said = err.Error()
	}
	if said != "" && said != p.told {
		tell(said)
	}
	p.told = said
}
