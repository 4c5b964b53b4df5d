package simulation

import "math/rand/v2"

// draw is chance from a seed: the same seed draws the same.
type draw struct{ *rand.Rand }

func newDraw(seed uint64) draw { return draw{rand.New(rand.NewPCG(seed, 0x72656c))} }

// chance is true in p of 1 cases.
func (d draw) chance(p float64) bool { return p > 0 && d.Float64() < p }

// between draws from low to high, both included.
func (d draw) between(low, high int) int { return low + d.IntN(high-low+1) }

// pick draws one.
func pick[T any](d draw, from ...T) T { return from[d.IntN(len(from))] }
