package executor

import (
	"context"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"rel/balancer"
	balancersimulated "rel/balancer/simulated"
	"rel/planner"
	"rel/platform"
	"rel/platform/simulated"
	"rel/state"
	"rel/state/local"
)

// site is an environment with two hosts behind a balancer, in which version 1 is live, and a
// backend that can be made to fail.
type site struct {
	world   *simulated.World
	edge    *balancersimulated.Balancer
	backend *faultyBackend
	clock   Clock
	plan    *planner.Plan
	digest  string

	mu     sync.Mutex
	step   func(what string) error // before each micro-operation in the world; nil: nothing
	events []Event
}

func newSite(t testing.TB, lines ...string) *site {
	t.Helper()
	s := &site{clock: fastClock(500), digest: "sha256:0123456789abcdef"}
	// The backend's time stands still: a lease expires where a test says so, not by chance.
	s.backend = &faultyBackend{Backend: local.Open(t.TempDir(), func() time.Time { return testTime })}
	s.world = &simulated.World{Step: s.between, FreeBytes: 1}
	s.edge = &balancersimulated.Balancer{Step: s.between, Servers: map[string]balancer.Server{},
		Setup: &balancer.Setup{Bind: ":80", Backend: "shop.web", Running: true}}
	for _, host := range []string{"h1", "h2"} {
		s.install(host)
	}
	s.plan = s.planOf(t, lines...)
	return s
}

func (s *site) install(host string) {
	b := &bench{world: s.world}
	b.hostAt(at(host), oldRevision)
	s.edge.Servers[serverOf(host)] = balancer.Server{Address: host + ":80", Weight: 100}
}

// between is called before each micro-operation.
func (s *site) between(_ context.Context, what string) error {
	s.mu.Lock()
	step := s.step
	s.mu.Unlock()
	if step == nil {
		return nil
	}
	return step(what)
}

func (s *site) onStep(f func(what string) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.step = f
}

func (s *site) drivers() Drivers {
	return Drivers{
		Platforms: map[string]platform.Driver{"here": simulated.New(s.world)},
		Balancers: map[string]balancer.Driver{"edge": balancersimulated.New(s.edge)},
		Artifacts: openArtifact,
	}
}

// planOf makes a plan of the world as it is.
func (s *site) planOf(t testing.TB, lines ...string) *planner.Plan {
	t.Helper()
	p := sketch(t, lines...)
	p.Mode = planner.Normal
	p.World = planner.World{Project: "shop", Environment: "production",
		Releases:  []planner.Release{{Name: "shop", Version: "2", Strategy: planner.Strategy{Type: "rolling"}}},
		Revisions: map[string]platform.Revision{webRevision.Name(): webRevision}}
	p.Former = map[string]string{"shop": "1"}
	p.Checks = map[string]planner.Checks{"web": {MinHealthyTime: seconds(2), HealthyDeadline: seconds(20),
		HealthChecks: []platform.HealthCheck{{Type: "tcp", Interval: seconds(1), Successes: 1, Failures: 3}}}}
	p.Objects = s.fingerprints(t, p)
	return p
}

func (s *site) fingerprints(t testing.TB, p *planner.Plan) map[string]string {
	t.Helper()
	facts, err := observe(t.Context(), p, s.drivers())
	require.NoError(t, err)
	objects := map[string]string{"edge": facts.balancers["edge"].Setup.Fingerprint()}
	for a, i := range facts.instances {
		objects[a.String()] = i.Fingerprint()
	}
	for id, server := range facts.balancers["edge"].Servers {
		objects[serverObject("edge", id)] = server.Fingerprint()
	}
	return objects
}

func (s *site) options() Options {
	return Options{
		Plan: s.plan, File: []byte("the plan file"), Digest: s.digest, Backend: s.backend, Drivers: s.drivers(),
		Clock: s.clock, Holder: state.Holder{Who: "ana", Host: "laptop", PID: 1, Reason: "apply"}, Sink: s.tell,
		Operator: "ana", Reason: "because", GitCommit: "3f9c2ab", RelVersion: "1.0",
	}
}

func (s *site) tell(e Event) { s.events = append(s.events, e) }

func (s *site) apply(t testing.TB, change ...func(*Options)) (Result, error) {
	t.Helper()
	o := s.options()
	for _, c := range change {
		c(&o)
	}
	s.events = nil
	result, err := Apply(t.Context(), o)
	result.Took = 0
	return result, err
}

// picture is what matters of the world: compared before and after.
type picture struct {
	Slots   map[string]platform.Slot
	Runs    map[string]string
	Staged  map[string][]string
	Servers map[string]balancer.Server
	Setup   *balancer.Setup
}

func (s *site) picture() picture {
	p := picture{Slots: map[string]platform.Slot{}, Runs: map[string]string{}, Staged: map[string][]string{},
		Servers: maps.Clone(s.edge.Servers), Setup: s.edge.Setup}
	for _, a := range s.world.Hosts() {
		h := s.world.Host(a)
		slot := h.Slot(platform.Main)
		p.Slots[a.Key], p.Staged[a.Key] = slot.Facts(), slices.Clone(h.Staged)
		if slot.Process != nil {
			p.Runs[a.Key] = slot.Process.Revision
		}
	}
	return p
}

func (s *site) readState(t testing.TB) state.State {
	t.Helper()
	st, err := s.backend.ReadState(t.Context(), "production")
	require.NoError(t, err)
	return st
}

func (s *site) journal(t testing.TB, deployment int) []state.Record {
	t.Helper()
	records, err := s.backend.ReadJournal(t.Context(), "production", deployment)
	require.NoError(t, err)
	return records
}

// requireFree: nobody holds the lock.
func (s *site) requireFree(t testing.TB) {
	t.Helper()
	_, err := s.backend.Lease(t.Context(), "production")
	require.ErrorIs(t, err, state.ErrNotFound)
}

// faultyBackend is a backend that fails where a test says so. Nil: it does not.
type faultyBackend struct {
	state.Backend
	mu      sync.Mutex
	append  func(records []state.Record) error
	write   func(s state.State) error
	renew   func() error
	appends [][]state.Record
}

func (b *faultyBackend) set(change func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	change()
}

func (b *faultyBackend) WriteState(ctx context.Context, env string, s state.State, former int64) error {
	b.mu.Lock()
	write := b.write
	b.mu.Unlock()
	if write != nil {
		if err := write(s); err != nil {
			return err
		}
	}
	return b.Backend.WriteState(ctx, env, s, former)
}

func (b *faultyBackend) Renew(ctx context.Context, env string, l state.Lease) (state.Lease, error) {
	b.mu.Lock()
	renew := b.renew
	b.mu.Unlock()
	if renew != nil {
		if err := renew(); err != nil {
			return state.Lease{}, err
		}
	}
	return b.Backend.Renew(ctx, env, l)
}

func (b *faultyBackend) OpenJournal(ctx context.Context, env string, n int) (state.JournalWriter, []state.Record, error) {
	w, records, err := b.Backend.OpenJournal(ctx, env, n)
	return faultyJournal{w, b}, records, err
}

type faultyJournal struct {
	state.JournalWriter
	of *faultyBackend
}

func (j faultyJournal) Append(ctx context.Context, records ...state.Record) error {
	j.of.mu.Lock()
	fail := j.of.append
	j.of.appends = append(j.of.appends, slices.Clone(records))
	j.of.mu.Unlock()
	if fail != nil {
		if err := fail(records); err != nil {
			return err
		}
	}
	return j.JournalWriter.Append(ctx, records...)
}
