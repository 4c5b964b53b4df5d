package local

import (
	"context"
	"fmt"
	"net"
	"time"

	"rel/platform"
)

// Check makes one health check of a running slot, from this machine. That the slot's process
// is alive is part of every check: another program that answers in its place does not count.
func (d *Driver) Check(ctx context.Context, a platform.Address, slot string, check platform.HealthCheck) error {
	i, err := d.instance(a)
	if err != nil {
		return err
	}
	p, err := i.place(slot)
	if err != nil {
		return err
	}
	if err := p.checkProcess(); err != nil {
		return err
	}
	probe, err := i.probe(p, slot, check)
	if err != nil {
		return fmt.Errorf("health check %q of %s: %w", check.Type, a, err)
	}
	inTime, cancel := context.WithTimeout(ctx, orElse(time.Duration(check.Timeout), 5*time.Second))
	defer cancel()
	err = probe(inTime)
	if ctx.Err() != nil { // the check was called off, which says nothing about health
		return fmt.Errorf("health check %q of %s: %w", check.Type, a, ctx.Err())
	}
	if err != nil {
		return err
	}
	return p.checkProcess() // it may have ended while another answered
}

// probe makes one kind of health check.
type probe func(context.Context) error

// probes are the kinds of health checks, by their type.
func probes() map[string]func(place, platform.HealthCheck, map[string]string) (probe, error) {
	return map[string]func(place, platform.HealthCheck, map[string]string) (probe, error){
		"http":    httpProbe,
		"tcp":     tcpProbe,
		"command": commandProbe,
	}
}

// probe makes the check's probe, with the slot's values filled in.
func (i instance) probe(p place, slot string, check platform.HealthCheck) (probe, error) {
	kind, known := probes()[check.Type]
	if !known {
		return nil, fmt.Errorf("a local target makes checks of type http, tcp and command")
	}
	_, port, err := p.unitFacts()
	if err != nil {
		return nil, err
	}
	return kind(p, check, i.placeholders(slot, port))
}

// checkProcess fails where the slot's process is not alive, and says how it ended.
func (p place) checkProcess() error {
	s, err := p.readStatus()
	switch {
	case err != nil:
		return err
	case p.isRunning(s):
		return nil
	case s.Ended > 0:
		return unhealthy(fmt.Sprintf("the process is not running: it ended with %s, %s since it was activated", s.LastEnd, times(s.Ended)))
	case s.Child.alive():
		return unhealthy(fmt.Sprintf("process %d runs, but its supervisor has been killed, so nothing would start it again; activating it does", s.Child.Pid))
	default:
		return unhealthy("the process is not running")
	}
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// checkedPort is the port of a check: its own, or the slot's.
func checkedPort(check platform.HealthCheck, values map[string]string) (string, error) {
	port, err := platform.Expand(orElse(check.Port, "${port}"), values)
	if err != nil {
		return "", fmt.Errorf("its port: %w", err)
	}
	return net.JoinHostPort("127.0.0.1", port), nil
}

func tcpProbe(_ place, check platform.HealthCheck, values map[string]string) (probe, error) {
	at, err := checkedPort(check, values)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) error {
		c, err := new(net.Dialer).DialContext(ctx, "tcp", at)
		if err != nil {
			return unhealthy(fmt.Sprintf("connecting to %s: %s", at, reason(ctx, err)))
		}
		return c.Close()
	}, nil
}
