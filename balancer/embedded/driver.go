package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"rel/balancer"
	"rel/platform"
)

// Observe gives the facts of the proxy, or where it does not run those of its state file. It
// changes nothing and starts nothing.
func (d *Driver) Observe(ctx context.Context, servers ...string) (balancer.Facts, error) {
	f, err := d.observed(ctx, servers...)
	if errors.Is(err, errNotRunning) {
		var s state
		s, err = readState(d.folder.state())
		f = s.facts(servers)
	}
	if errors.Is(err, errNoAnswer) {
		return balancer.Facts{Unreachable: fmt.Sprintf("%v (its folder: %s)", err, d.folder)}, nil
	}
	f.Available = d.config.Version
	return f, err
}

// Ensure starts the proxy where it does not run, and hands over to this version where
// another runs.
func (d *Driver) Ensure(ctx context.Context, f platform.Fence, s balancer.Setup, add map[string]balancer.Server, remove []string) error {
	if s.Version == "" {
		s.Version = d.config.Version
	}
	c := call{Fence: f, Setup: &s, Servers: add, Remove: remove}
	if err := d.upgrade(ctx, c); err != nil {
		return err
	}
	return d.call(ctx, s.Version, verbEnsure, c)
}

// Restore to nil ends the proxy and removes its folder. Restore to a version of which no
// copy is left keeps the one that runs.
func (d *Driver) Restore(ctx context.Context, f platform.Fence, s *balancer.Setup, servers map[string]balancer.Server) error {
	if s == nil {
		return d.remove(ctx, f)
	}
	to, version := *s, s.Version
	if !d.has(version) {
		version = ""
	}
	c := call{Fence: f, Setup: &to, Servers: servers}
	if version != "" {
		if err := d.upgrade(ctx, call{Fence: f, Setup: &to}); err != nil {
			return err
		}
	}
	return d.call(ctx, version, verbRestore, c)
}

// upgrade hands over to the version of the call's set-up where another runs. It has the
// proxy check first what will be called next.
func (d *Driver) upgrade(ctx context.Context, c call) error {
	have, err := d.observed(ctx)
	if errors.Is(err, errNotRunning) {
		return nil
	}
	if err != nil || have.Setup == nil || !have.Setup.Running || have.Setup.Version == c.Setup.Version {
		return err
	}
	c.Program, err = d.copied(c.Setup.Version)
	if err != nil {
		return err
	}
	c.Args = command(options{folder: d.folder, version: c.Setup.Version, timing: d.config.Timing, ready: true, successor: true})
	if err := d.call(ctx, "", verbHandover, c); err != nil {
		return err
	}
	return d.prune(c.Setup.Version, have.Setup.Version)
}

// Weights switches all that it names in one step.
func (d *Driver) Weights(ctx context.Context, f platform.Fence, weights map[string]int) error {
	if len(weights) == 0 {
		return nil
	}
	return d.call(ctx, "", verbWeights, call{Fence: f, Weights: weights})
}

// Drain waits for upgraded connections and streams too.
func (d *Driver) Drain(ctx context.Context, f platform.Fence, server string, timeout platform.Duration) error {
	return d.call(ctx, "", verbDrain, call{Fence: f, Server: server, Timeout: timeout})
}

// Undrain gives the server its weight's share again.
func (d *Driver) Undrain(ctx context.Context, f platform.Fence, server string) error {
	return d.call(ctx, "", verbUndrain, call{Fence: f, Server: server})
}

// Adopt makes the load balancer belong to a lineage, whatever it belonged to before. Where
// none is set up there is nothing to do.
func (d *Driver) Adopt(ctx context.Context, lineage string) error {
	if _, err := os.Stat(d.folder.state()); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return d.call(ctx, "", verbAdopt, call{Lineage: lineage})
}

// remove ends the proxy, waits for its end and removes its folder.
func (d *Driver) remove(ctx context.Context, f platform.Fence) error {
	if _, err := os.Stat(string(d.folder)); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	err := d.reach(ctx, func(socket string) error { return post(ctx, socket, verbRestore, call{Fence: f}) })
	if err != nil && !errors.Is(err, errNotRunning) {
		return err
	}
	waiting, cancel := context.WithTimeout(ctx, d.config.Timing.Grace+answerTimeout)
	defer cancel()
	lock, err := d.folder.acquire(waiting)
	if err != nil {
		return fmt.Errorf("waiting for the end of the load balancer's process: %w", err)
	}
	defer lock.Close()
	s, err := readState(d.folder.state())
	if err != nil {
		return err
	}
	if _, err := s.fence(f); err != nil {
		return err
	}
	d.folder.forget(control)
	if err := os.RemoveAll(string(d.folder)); err != nil {
		return fmt.Errorf("removing the folder of the load balancer: %w", err)
	}
	return nil
}
