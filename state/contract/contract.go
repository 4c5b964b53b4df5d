// Package contract holds the conformance tests that every backend of state passes. A backend
// runs them from a test of its own; what is particular to it (files, servers, faults) it
// tests itself.
package contract

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"rel/platform"
	"rel/state"
)

// Subject is one fresh, empty storage under test.
type Subject struct {
	// Open opens a backend over the storage, as another process would: the tests call it
	// several times.
	Open func(t *testing.T, now func() time.Time) state.Backend
	// Tear cuts bytes off the end of a journal that nobody has open, as a crash in the last
	// write does. It is nil where that cannot be: appending is atomic there.
	Tear func(t *testing.T, env string, deployment, bytes int)
}

// Run runs all tests, each on a fresh subject.
func Run(t *testing.T, fresh func(t *testing.T) Subject) {
	for name, test := range tests() {
		t.Run(name, func(t *testing.T) { test(t, newBench(t, fresh(t))) })
	}
}

func tests() map[string]func(*testing.T, *bench) {
	return map[string]func(*testing.T, *bench){
		"state is written and read":              stateIsWrittenAndRead,
		"state is compared and swapped":          stateIsComparedAndSwapped,
		"of many writers one wins":               ofManyWritersOneWins,
		"no increment is lost":                   noIncrementIsLost,
		"a state must fit":                       aStateMustFit,
		"environments are listed":                environmentsAreListed,
		"environments are apart":                 environmentsAreApart,
		"a name may not lead elsewhere":          aNameMayNotLeadElsewhere,
		"a lease keeps others out":               aLeaseKeepsOthersOut,
		"a lease expires":                        aLeaseExpires,
		"a lease is renewed":                     aLeaseIsRenewed,
		"a lease is broken":                      aLeaseIsBroken,
		"a lost lease changes nothing":           aLostLeaseChangesNothing,
		"fence numbers only grow":                fenceNumbersOnlyGrow,
		"of many holders one wins":               ofManyHoldersOneWins,
		"a journal is appended to and read":      aJournalIsAppendedToAndRead,
		"a journal is gone on with":              aJournalIsGoneOnWith,
		"a journal is read while it grows":       aJournalIsReadWhileItGrows,
		"a journal takes appends side by side":   aJournalTakesAppendsSideBySide,
		"a second writer of a journal is found":  aSecondWriterOfAJournalIsFound,
		"a record that cannot be is refused":     aRecordThatCannotBeIsRefused,
		"a torn tail is dropped":                 aTornTailIsDropped,
		"plans are kept":                         plansAreKept,
		"deployments are listed in their order":  deploymentsAreListedInTheirOrder,
		"a deployment's number is at least one":  aDeploymentsNumberIsAtLeastOne,
		"a plan and a journal live side by side": aPlanAndAJournalLiveSideBySide,
	}
}

// env is the environment of most tests.
const env = "production"

// bench is a subject with the clock that its backends go by.
type bench struct {
	Subject
	mu  sync.Mutex
	now time.Time
}

func newBench(t *testing.T, s Subject) *bench {
	require.NotNil(t, s.Open)
	return &bench{Subject: s, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
}

func (b *bench) time() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now
}

func (b *bench) pass(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = b.now.Add(d)
}

func (b *bench) open(t *testing.T) state.Backend { return b.Open(t, b.time) }

// aState is a state of env with that serial.
func aState(serial int64) state.State {
	a := platform.Address{Release: "shop", Service: "web", Key: `we"b/1`}
	slots := map[string]platform.Slot{platform.Main: {Revision: "1.0.0-aaaaaaaaaaaa", Port: 8080, Unit: "u", Running: true, Enabled: true}}
	return state.State{
		FormatVersion: state.FormatVersion, Lineage: "6b1f", Serial: serial, Project: "shop", Environment: env,
		Deployment: 1, Live: 1,
		Releases:  map[string]state.Release{"shop": {Deployment: 1, Version: "1.0.0"}},
		Instances: map[platform.Address]state.Instance{a: {Live: platform.Main, Slots: slots, Fingerprint: "f"}},
	}
}

// sideBySide runs do n times at once and gives the errors, in the order of the numbers.
func sideBySide(n int, do func(i int) error) []error {
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { errs[i] = do(i) })
	}
	all.Wait()
	return errs
}

// winners counts those without an error; every other must be the wanted one.
func winners(t *testing.T, errs []error, lost error) int {
	t.Helper()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
			continue
		}
		require.ErrorIs(t, err, lost)
	}
	return won
}
