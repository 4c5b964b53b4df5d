package simulation

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"rel/executor"
	"rel/state"
)

// Whatever part of a journal a crash has left, it can be replayed, tells which steps are done,
// and leads on: something starts, or the deployment has ended or waits for a person.
func TestEveryPrefixReplays(t *testing.T) {
	prefixes := 0
	m := simulation{tally: tally{}, after: func(d *deployment) error {
		for n := 1; n <= len(d.ledger.records); n++ {
			prefixes++
			if err := checkPrefix(d, d.ledger.records[:n]); err != nil {
				return err
			}
		}
		return nil
	}}
	for seed := range uint64(150) {
		require.NoError(t, m.run(seed), "seed %d", seed)
	}
	require.Greater(t, prefixes, 1000)
}

func checkPrefix(d *deployment, records []state.Record) error {
	core, err := executor.NewCore(d.plan, records)
	if err != nil {
		return violated(wrongRecords, "its first %d records: %v", len(records), err)
	}
	l := newLedger(d.plan)
	for _, r := range records {
		l.append(r)
	}
	for _, id := range core.Done() {
		if !l.ended[id] {
			return violated(wrongRecords, "after %d records %s is done, and none says so", len(records), id)
		}
	}
	done := core.Done()
	for id := range l.ended {
		if !slices.Contains(done, id) {
			return violated(wrongRecords, "after %d records %s is not done, and one says so", len(records), id)
		}
	}
	if next := core.Decide(4); len(next.Start) == 0 && next.Done == nil {
		return violated(notResumed, "after %d records nothing starts, and it has not ended", len(records))
	}
	return nil
}
