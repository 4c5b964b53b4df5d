package local

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"

	"golang.org/x/sys/unix"
)

// portFor says whether the slot can have a port: it is free, or it is the slot itself that
// runs and listens on it. What a killed supervisor has left in the slot does not count as
// running, and is ended first.
func (d *Driver) portFor(ctx context.Context, p place, port int) error {
	if !held(p.lock()) {
		if err := d.endOrphans(ctx, p); err != nil {
			return err
		}
	}
	own, err := p.ownPort()
	if err != nil || port == own {
		return err
	}
	return portFree(port)
}

// ownPort is the port that the slot's process listens on; 0: none, or none runs.
func (p place) ownPort() (int, error) {
	s, err := p.readStatus()
	if err != nil || !p.isRunning(s) {
		return 0, err
	}
	_, port, err := p.unitFacts()
	return port, err
}

// claimedPort is like ownPort, also where the process has lost its supervisor.
func (p place) claimedPort() (int, error) {
	s, err := p.readStatus()
	if err != nil || s.Child.Pid == 0 || s.Boot != boot() || !s.Child.alive() {
		return 0, err
	}
	_, port, err := p.unitFacts()
	return port, err
}

// portFree says who listens on a port already; a stranger's server there would be taken for
// the service by its health check. Port 0 is none.
func portFree(port int) error {
	if port == 0 || !inUse(port) {
		return nil
	}
	if who := listener(port); who != "" {
		return fmt.Errorf("port %d is not free: %s listens on it", port, who)
	}
	return fmt.Errorf("port %d is not free: another program listens on it", port)
}

// inUse tries to listen on all addresses that a service may choose: some systems let one
// program have the port on one address and another on all.
func inUse(port int) bool {
	for _, at := range []struct{ network, host string }{{"tcp4", "127.0.0.1"}, {"tcp4", ""}, {"tcp6", "::1"}, {"tcp6", ""}} {
		l, err := net.Listen(at.network, net.JoinHostPort(at.host, strconv.Itoa(port)))
		if errors.Is(err, unix.EADDRINUSE) {
			return true
		}
		if err == nil {
			_ = l.Close() // it has served its purpose
		}
		// other errors (no IPv6, a port that needs root) do not say that it is in use
	}
	return false
}
