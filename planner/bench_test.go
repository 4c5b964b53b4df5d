package planner

import (
	"crypto/sha256"
	"io"
	"testing"

	"github.com/stretchr/testify/require"
)

func sumOf(s string) string {
	sum := sha256.Sum256([]byte(s))
	return digestOf(sum[:])
}

// The first plan of ten thousand instances, with its file: fast enough to plan on every push.
func BenchmarkFirstPlan(b *testing.B) {
	in := newUniverse().input(layout{way: wayRolling, slots: 2, balanced: true, instances: 10_000, version: "1.0.0"}.world())
	b.ReportAllocs()
	for b.Loop() {
		p, err := Compute(in)
		require.NoError(b, err)
		_, err = Write(io.Discard, p, provenance)
		require.NoError(b, err)
	}
}

func BenchmarkComputeFirst(b *testing.B) {
	in := newUniverse().input(layout{way: wayRolling, slots: 2, balanced: true, instances: 10_000, version: "1.0.0"}.world())
	b.ReportAllocs()
	for b.Loop() {
		_, err := Compute(in)
		require.NoError(b, err)
	}
}

// An upgrade of as many, one batch of a hundred after another.
func BenchmarkUpgrade(b *testing.B) {
	l := layout{way: wayRolling, slots: 2, balanced: true, instances: 10_000, version: "1.0.0",
		change: func(w *World) { w.Releases[0].Strategy.MaxParallel = Count{N: 100} }}
	u := newUniverse()
	p, err := Compute(u.input(l.world()))
	require.NoError(b, err)
	u.apply(p)
	l.version = "2.0.0"
	in := u.input(l.world())
	b.ReportAllocs()
	for b.Loop() {
		p, err := Compute(in)
		require.NoError(b, err)
		_, err = Write(io.Discard, p, provenance)
		require.NoError(b, err)
	}
}

// A plan without changes, as every push makes one.
func BenchmarkUnchanged(b *testing.B) {
	l := layout{way: wayRolling, slots: 2, balanced: true, instances: 5000, version: "1.0.0"}
	u := newUniverse()
	p, err := Compute(u.input(l.world()))
	require.NoError(b, err)
	u.apply(p)
	in := u.input(l.world())
	b.ReportAllocs()
	for b.Loop() {
		p, err := Compute(in)
		require.NoError(b, err)
		require.True(b, p.Empty())
	}
}
