package local_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"rel/state"
	"rel/state/local"
)

// BenchmarkAppend appends with real fsync; a batch is one write and one fsync.
func BenchmarkAppend(b *testing.B) {
	for _, batch := range []int{1, 32} {
		b.Run(fmt.Sprint(batch), func(b *testing.B) {
			j, _, err := local.Open(b.TempDir(), time.Now).OpenJournal(b.Context(), "e", 1)
			require.NoError(b, err)
			records := make([]state.Record, batch)
			for i := range records {
				records[i] = state.Record{Time: time.Now().UTC(), Type: state.Begin, Step: `shop.web["web1"]/activate:green`}
			}
			for b.Loop() {
				require.NoError(b, j.Append(b.Context(), records...))
			}
			b.ReportMetric(float64(b.N*batch)/b.Elapsed().Seconds(), "records/s")
			require.NoError(b, j.Close())
		})
	}
}

// BenchmarkRenew is what a heartbeat costs.
func BenchmarkRenew(b *testing.B) {
	backend := local.Open(b.TempDir(), time.Now)
	lease, err := backend.Acquire(b.Context(), "e", local.Self("ann", "apply"))
	require.NoError(b, err)
	for b.Loop() {
		_, err := backend.Renew(b.Context(), "e", lease)
		require.NoError(b, err)
	}
}
