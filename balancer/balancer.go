// Package balancer says what rel knows of load balancers: the facts that are observed and the
// verbs, as plain data and small interfaces. It does no I/O. The drivers live in subfolders
// (embedded, simulated, …).
package balancer

import (
	"context"
	"fmt"
	"maps"

	"rel/platform"
)

// Setup is rel's own part of a balancer: where it listens, what it serves, and for a balancer
// that is part of rel which version of it runs.
type Setup struct {
	Bind    string `json:"bind"`
	Backend string `json:"backend"` // the service it serves: shop.web
	Version string `json:"version,omitempty"`
	Running bool   `json:"running"`
}

// Server is one slot of an instance behind a balancer. It gets Weight's share of requests
// unless it is drained.
type Server struct {
	Address string `json:"address"` // host:port
	Weight  int    `json:"weight"`
	Drained bool   `json:"drained"`
}

// Facts are what was observed of a balancer. Setup is nil where there is none.
type Facts struct {
	Setup       *Setup            `json:"setup,omitempty"`
	Servers     map[string]Server `json:"servers,omitempty"` // by ServerID
	Available   string            `json:"-"`                 // the version that Ensure would run; empty: not rel's to say
	Unreachable string            `json:"-"`
}

// ServerID names the server of a slot at a port. A slot at another port is another server, so
// that old and new can stand side by side.
func ServerID(a platform.Address, slot string, port int) string {
	return fmt.Sprintf("%s/%s:%d", a, slot, port)
}

// Fingerprint is a hash over a server's address, weight and flag.
func (s Server) Fingerprint() string { return platform.Hash(s) }

// Fingerprint is a hash over a set-up; nil is absent.
func (s *Setup) Fingerprint() string {
	if s == nil {
		return platform.Absent
	}
	return platform.Hash(s)
}

// Observer learns a balancer's facts in one round trip: the set-up, and all servers or, where
// some are named, those of them that are there. So looking at one costs the same however many
// there are.
type Observer interface {
	Observe(ctx context.Context, servers ...string) (Facts, error)
}

// Only gives the facts with a map of their own, of the servers that are named; of all where
// none is.
func (f Facts) Only(servers []string) Facts {
	all := f.Servers
	if len(servers) == 0 {
		f.Servers = maps.Clone(all)
		return f
	}
	f.Servers = make(map[string]Server, len(servers))
	for _, id := range servers {
		if s, there := all[id]; there {
			f.Servers[id] = s
		}
	}
	return f
}

// Ensurer changes rel's part of a balancer's configuration. Both verbs are idempotent.
type Ensurer interface {
	// Ensure makes the set-up hold, adds the servers that are not there yet (as given:
	// callers add them drained) and removes those named in remove; one that is not drained
	// is an error, and nothing is changed.
	Ensure(ctx context.Context, f platform.Fence, s Setup, add map[string]Server, remove []string) error
	// Restore puts set-up and set of servers back: a nil set-up removes rel's part whole;
	// servers that are missing come in drained with their weight; others go where drained.
	Restore(ctx context.Context, f platform.Fence, s *Setup, servers map[string]Server) error
}

// Weigher sets weights.
type Weigher interface {
	// Weights changes the servers it names and no other, atomically where the balancer can,
	// else what rises before what falls.
	Weights(ctx context.Context, f platform.Fence, weights map[string]int) error
}

// Drainer takes servers out of and into traffic.
type Drainer interface {
	// Drain sends no new request to the server and waits until those it has are answered,
	// at most timeout. A timeout is not an error: connections that outlive it are cut by
	// the stop that follows.
	Drain(ctx context.Context, f platform.Fence, server string, timeout platform.Duration) error
	Undrain(ctx context.Context, f platform.Fence, server string) error
}

// Driver is all that a load balancer offers.
type Driver interface {
	Observer
	Ensurer
	Weigher
	Drainer
}
