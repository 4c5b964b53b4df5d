// Package embedded is the load balancer that is part of rel: a reverse proxy in a process of
// its own (Proxy), and the driver that starts it and talks to it over its Unix socket (New).
//
// The process outlives rel. What it was told (where it listens, its servers, weights, drain
// flags, the fence) is in one file in its folder, so that it comes back as it was after a
// crash or a reboot. Whether a server is healthy is not its business: rel decides who gets
// requests.
package embedded

import (
	"path/filepath"
	"strings"
	"time"

	"rel/balancer"
)

// Config says where an embedded load balancer lives and which binary it runs.
type Config struct {
	// Dir is its folder, beside the environment's state. It is made by the first Ensure and
	// removed by Restore to nil.
	Dir string
	// Executable is rel's binary. It is copied into Dir: a later build or deletion of it
	// does not matter to a proxy that runs or starts again.
	Executable string
	// Version is the version of Executable.
	Version string
	// Timing is how long a proxy that ends takes its time; zero fields mean DefaultTiming.
	Timing Timing
}

// Timing says how long a proxy that no longer accepts connections takes its time.
type Timing struct {
	// Announce is how long answers carry "Connection: close" before connections that are
	// idle are closed. It must exceed the time for which clients keep a connection idle.
	Announce time.Duration
	// Linger is how long requests, streams and upgraded connections may then go on in a
	// process that was replaced.
	Linger time.Duration
	// Grace is the same for a process that was told to end.
	Grace time.Duration
	// Answer is how long a driver waits for the facts of a process that runs.
	Answer time.Duration
}

// DefaultTiming fits clients that keep connections idle for less than 5 s.
func DefaultTiming() Timing {
	return Timing{Announce: 5 * time.Second, Linger: 10 * time.Minute, Grace: 30 * time.Second, Answer: answerTimeout}
}

func (t Timing) withDefaults() Timing {
	d := DefaultTiming()
	if t.Announce == 0 {
		t.Announce = d.Announce
	}
	if t.Linger == 0 {
		t.Linger = d.Linger
	}
	if t.Grace == 0 {
		t.Grace = d.Grace
	}
	if t.Answer == 0 {
		t.Answer = d.Answer
	}
	return t
}

// Driver drives one embedded load balancer. It is safe for use by many goroutines.
type Driver struct {
	config Config
	folder folder
}

var _ balancer.Driver = (*Driver)(nil)

// New makes a driver. It does no I/O: a proxy is started by the first verb that changes
// something.
func New(c Config) *Driver {
	if abs, err := filepath.Abs(c.Dir); err == nil {
		c.Dir = abs
	}
	c.Timing = c.Timing.withDefaults()
	return &Driver{config: c, folder: folder(strings.TrimRight(c.Dir, "/"))}
}
