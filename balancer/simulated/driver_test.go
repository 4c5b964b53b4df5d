package simulated_test

import (
	"context"
	"errors"
	"maps"
	"testing"

	"github.com/stretchr/testify/require"

	"rel/balancer"
	"rel/balancer/contract"
	"rel/balancer/simulated"
	"rel/platform"
)

// The driver in memory keeps what every load balancer's driver promises, whether it can
// change weights at once or not.
func TestContract(t *testing.T) {
	for name, oneByOne := range map[string]bool{"at once": false, "one by one": true} {
		t.Run(name, func(t *testing.T) {
			contract.Test(t, func(*testing.T) contract.Subject {
				return contract.Subject{
					Driver: simulated.New(&simulated.Balancer{Version: "1", OneByOne: oneByOne}),
					Setup:  balancer.Setup{Bind: "127.0.0.1:80", Backend: "shop.web", Version: "1", Running: true},
					Moved:  balancer.Setup{Bind: "127.0.0.1:81", Backend: "shop.web", Version: "1", Running: true},
				}
			})
		})
	}
}

// fence is what the present writer shows.
var fence = platform.Fence{Lineage: "5f0c", Number: 1}

func serving() *simulated.Balancer {
	return &simulated.Balancer{
		Setup: &balancer.Setup{Running: true},
		Servers: map[string]balancer.Server{
			"blue": {Weight: 100}, "green": {Weight: 0}, "out": {Weight: 100, Drained: true},
		},
	}
}

// Where weights cannot be changed at once, what rises goes first: whoever looks between sees
// servers that take requests.
func TestWeightsRiseBeforeTheyFall(t *testing.T) {
	b := serving()
	b.OneByOne = true
	var seen []map[string]balancer.Server
	b.Step = func(context.Context, string) error {
		seen = append(seen, maps.Clone(b.Servers))
		return nil
	}
	require.NoError(t, simulated.New(b).Weights(t.Context(), fence, map[string]int{"blue": 0, "green": 100}))
	require.Len(t, seen, 3)
	require.Equal(t, 100, seen[2]["green"].Weight)
	require.Equal(t, 100, seen[2]["blue"].Weight)
	require.Equal(t, 0, b.Servers["blue"].Weight)
}

// Drain ends when the last request has, not before.
func TestDrainWaitsForRequests(t *testing.T) {
	b := serving()
	b.InFlight = map[string]int{"blue": 2}
	steps := 0
	b.Step = func(context.Context, string) error { steps++; return nil }
	require.NoError(t, simulated.New(b).Drain(t.Context(), fence, "blue", 0))
	require.Zero(t, b.InFlight["blue"])
	require.Equal(t, 4, steps, "the flag, two requests, and a look that finds none")
}

// An error between two micro-operations ends the verb where it is: what was done stays done.
func TestStepEndsAVerb(t *testing.T) {
	cut := errors.New("cut")
	b := serving()
	b.OneByOne = true
	left := 2
	b.Step = func(context.Context, string) error {
		if left == 0 {
			return cut
		}
		left--
		return nil
	}
	require.ErrorIs(t, simulated.New(b).Weights(t.Context(), fence, map[string]int{"blue": 0, "green": 100}), cut)
	require.Equal(t, 100, b.Servers["green"].Weight)
	require.Equal(t, 100, b.Servers["blue"].Weight)
}

// A load balancer that does not answer is a fact, and every verb that would change it fails.
func TestLost(t *testing.T) {
	b := serving()
	b.Lost = true
	d := simulated.New(b)
	facts, err := d.Observe(t.Context())
	require.NoError(t, err)
	require.NotEmpty(t, facts.Unreachable)
	require.ErrorIs(t, d.Undrain(t.Context(), fence, "out"), platform.ErrUnreachable)
	require.True(t, b.Servers["out"].Drained)
}
