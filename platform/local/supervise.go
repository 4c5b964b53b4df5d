package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Supervisor runs the service of one slot until it is told to stop: it starts it again when
// it ends, later each time, and leaves nothing of it behind. The zero value has the defaults.
//
// The service writes straight into its log file, so a supervisor that is killed costs neither
// a line nor the service: that runs on, the facts say "not running" (nobody starts it again),
// and the next verb that changes the slot ends it.
type Supervisor struct {
	FirstWait time.Duration // before the first restart, doubled each time; 0: 200ms
	LastWait  time.Duration // that it grows to; 0: 30s
	GoodTime  time.Duration // after a run of this length it begins anew; 0: 1m
	LogBytes  int64         // that a log file may grow to; 0: 16 MiB
	LogPoll   time.Duration // between looks at the log's size; 0: 1s
	Out       *os.File      // told "started" or "error: …" once, and closed; nil: os.Stdout
}

// Supervise is `rel supervise DIR SLOT`: a Supervisor with the defaults.
func Supervise(ctx context.Context, args []string) error { return Supervisor{}.Run(ctx, args) }

// Run supervises the slot args[1] in the folder args[0] until SIGTERM, SIGINT or ctx ends it.
// It has its process for itself, for it takes leave of all of that process's children. An
// error says that the service could not be started at all.
func (s Supervisor) Run(ctx context.Context, args []string) error {
	if len(args) != 2 {
		return errors.New("usage: rel supervise DIR SLOT")
	}
	v := &supervision{Supervisor: s.withDefaults(), at: place(filepath.Join(args[0], args[1])), signals: listen()}
	err := v.begin()
	v.report(err)
	if err != nil {
		return errors.Join(err, v.finish())
	}
	v.run(ctx)
	return v.finish()
}

func (s Supervisor) withDefaults() Supervisor {
	s.FirstWait = orElse(s.FirstWait, 200*time.Millisecond)
	s.LastWait = orElse(s.LastWait, 30*time.Second)
	s.GoodTime = orElse(s.GoodTime, time.Minute)
	s.LogBytes = orElse(s.LogBytes, 16<<20)
	s.LogPoll = orElse(s.LogPoll, time.Second)
	return s
}

// next is the wait before a restart, after the wait before it and a run that lived so long.
func (s Supervisor) next(wait, lived time.Duration) time.Duration {
	if wait == 0 || lived >= s.GoodTime {
		return s.FirstWait
	}
	return min(2*wait, s.LastWait)
}

// signals are what the system tells a supervisor. Each kind has a channel of its own: where
// many children end at once, the word to stop must not be lost among them.
type signals struct{ stop, child chan os.Signal }

func listen() signals {
	s := signals{stop: make(chan os.Signal, 1), child: make(chan os.Signal, 1)}
	signal.Notify(s.stop, unix.SIGTERM, unix.SIGINT)
	signal.Notify(s.child, unix.SIGCHLD)
	// a closed terminal, or a rel that died before it heard the report, ends no supervisor;
	// caught and not ignored, because what is ignored a service would inherit
	signal.Notify(make(chan os.Signal, 1), unix.SIGHUP, unix.SIGPIPE)
	return s
}

// supervision is a supervisor at work.
type supervision struct {
	Supervisor
	at      place
	lock    *os.File
	unit    unit
	signals signals
	told    bool // to stop
	status  status
}

// begin takes the slot and starts its service for the first time.
func (v *supervision) begin() error {
	var err error
	if v.lock, err = v.at.supervise(); err != nil {
		return fmt.Errorf("taking the slot: %w", err)
	}
	if err := adoptDescendants(); err != nil {
		return fmt.Errorf("becoming the parent of what the service leaves behind: %w", err)
	}
	self, err := lookup(os.Getpid())
	if err != nil {
		return fmt.Errorf("looking at this process: %w", err)
	}
	v.status = status{Boot: boot(), Shim: self.process}
	if v.unit, err = v.at.readUnit(); err != nil {
		return err
	}
	return v.start()
}

// report tells whoever started the supervisor how the start went, and lets go of it. Nobody
// may be listening any more, and that changes nothing.
func (v *supervision) report(err error) {
	out := orElse(v.Out, os.Stdout)
	line := startedLine
	if err != nil {
		line = "error: " + strings.ReplaceAll(err.Error(), "\n", "; ")
	}
	_, _ = fmt.Fprintln(out, line)
	_ = out.Close()
}

const startedLine = "started"

// run keeps the service running until it is told to stop.
func (v *supervision) run(ctx context.Context) {
	var wait time.Duration
	for {
		if !v.await(ctx, nil) {
			return
		}
		v.clear(v.unit.stopTimeout()) // what it left behind, before it is started again
		wait = v.next(wait, time.Since(v.status.StartedAt))
		v.note(backingOff)
		if !v.await(ctx, time.After(wait)) {
			return
		}
		if err := v.start(); err != nil {
			v.status.Ended++
			v.status.LastEnd = err.Error()
		}
	}
}

// await waits until the service has ended, or where after is given until that; false means
// that the supervisor is to stop.
func (v *supervision) await(ctx context.Context, after <-chan time.Time) bool {
	look := time.NewTicker(v.LogPoll)
	defer look.Stop()
	for !v.told && (after != nil || v.status.Child.Pid != 0) {
		select {
		case <-after:
			return true
		case <-ctx.Done():
			v.told = true
		case <-v.signals.stop:
			v.told = true
		case <-v.signals.child:
			v.reap()
		case <-look.C:
			v.trimLog()
		}
	}
	return !v.told
}

// finish ends the service and what belongs to it, and says so. The lock is let go last.
func (v *supervision) finish() error {
	if v.lock == nil {
		return nil // another supervisor has the slot
	}
	v.note(stopping)
	v.clear(v.unit.stopTimeout())
	v.note(stopped)
	return v.lock.Close()
}

// note writes the status. What it cannot write is not worth ending a service for: the lock
// and the process itself still say the truth.
func (v *supervision) note(state string) {
	v.status.State = state
	_ = v.at.writeStatus(v.status)
}
