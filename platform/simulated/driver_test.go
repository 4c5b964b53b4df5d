package simulated_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"rel/platform"
	"rel/platform/contract"
	"rel/platform/simulated"
)

// The driver in memory keeps what every platform's driver promises.
func TestContract(t *testing.T) {
	contract.Run(t, func(*testing.T) contract.Subject {
		w := &simulated.World{WarmUp: 2, FreeBytes: 1 << 20, Taken: map[int]bool{99: true}}
		return contract.Subject{
			Driver:    simulated.New(w),
			Instances: [2]platform.Address{instance("1"), instance("2")},
			Ports:     [2][2]int{{8001, 8002}, {8003, 8004}},
			Revision:  revision,
			Open:      open,
			Health:    platform.HealthCheck{Type: "http"},
			Impossible: []platform.Claim{
				{Address: instance("1"), Bytes: 1 << 30},
				{Address: instance("2"), Ports: []int{99}},
			},
			Output: "started 1.1.0-",
			Crash: func(_ *testing.T, a platform.Address, slot string) func() {
				s := w.Host(a).Slot(slot)
				s.Process, s.Ended = nil, 1
				w.Ends = func(platform.Address, string) bool { return true }
				return func() { w.Ends = nil }
			},
		}
	})
}

func instance(key string) platform.Address {
	return platform.Address{Release: "shop", Service: "web", Key: key}
}

func revision(version string) platform.Revision {
	return platform.Revision{Release: "shop", Service: "web", Version: version, Command: []string{"./web"}}
}

// artifact is one without contents.
type artifact struct{ *strings.Reader }

func (artifact) Close() error { return nil }

func open(context.Context) (platform.ArtifactReader, error) {
	return artifact{strings.NewReader("")}, nil
}

var _ io.ReaderAt = artifact{}

var fence = platform.Fence{Lineage: "5f0c", Number: 1}

// live is a world in which version 1 runs in slot blue.
func live(t *testing.T) (*simulated.World, *simulated.Driver, platform.Slot) {
	w := &simulated.World{}
	d := simulated.New(w)
	r := revision("1")
	require.NoError(t, d.Stage(t.Context(), fence, instance("1"), r, open))
	facts, err := d.Activate(t.Context(), fence, instance("1"), platform.Blue, platform.Activation{Revision: r.Name(), Port: 8001})
	require.NoError(t, err)
	return w, d, facts.Slots[platform.Blue]
}

// Wherever an activation is cut off, restoring gives the slot as it was, and activating again
// the slot as it shall be.
func TestCutAnywhere(t *testing.T) {
	cut := errors.New("cut")
	for at := 0; ; at++ {
		w, d, before := live(t)
		next := revision("2")
		require.NoError(t, d.Stage(t.Context(), fence, instance("1"), next, open))
		to := platform.Activation{Revision: next.Name(), Port: 8002}
		left := at
		w.Step = func(context.Context, string) error {
			if left == 0 {
				return cut
			}
			left--
			return nil
		}
		want, err := d.Activate(t.Context(), fence, instance("1"), platform.Blue, to)
		w.Step = nil
		if err == nil {
			require.Equal(t, 6, at, "an activation has five micro-operations and a look")
			return
		}
		require.ErrorIs(t, err, cut)
		facts, err := d.Restore(t.Context(), fence, instance("1"), platform.Blue, before)
		require.NoError(t, err)
		require.Equal(t, before, facts.Slots[platform.Blue])
		require.Equal(t, before.Revision, w.Host(instance("1")).Slots[platform.Blue].Process.Revision)

		want, err = d.Activate(t.Context(), fence, instance("1"), platform.Blue, to)
		require.NoError(t, err)
		require.Equal(t, next.Name(), want.Slots[platform.Blue].Revision)
		require.Equal(t, next.Name(), w.Host(instance("1")).Slots[platform.Blue].Process.Revision)
	}
}

// What is as it was is left alone: restoring a running slot does not start it anew.
func TestRestoreLeavesAlone(t *testing.T) {
	w, d, before := live(t)
	process := w.Host(instance("1")).Slots[platform.Blue].Process
	_, err := d.Restore(t.Context(), fence, instance("1"), platform.Blue, before)
	require.NoError(t, err)
	require.Same(t, process, w.Host(instance("1")).Slots[platform.Blue].Process)
}

// A process becomes healthy after some checks, on some hosts with some revisions never, and
// every new process begins anew.
func TestHealth(t *testing.T) {
	w, d, before := live(t)
	w.WarmUp = 2
	check := func() error { return d.Check(t.Context(), instance("1"), platform.Blue, platform.HealthCheck{}) }
	require.ErrorIs(t, check(), platform.ErrUnhealthy)
	require.ErrorIs(t, check(), platform.ErrUnhealthy)
	require.NoError(t, check())

	_, err := d.Stop(t.Context(), fence, instance("1"), platform.Blue)
	require.NoError(t, err)
	_, err = d.Restore(t.Context(), fence, instance("1"), platform.Blue, before)
	require.NoError(t, err)
	require.ErrorIs(t, check(), platform.ErrUnhealthy)

	w.Works = func(a platform.Address, r string) bool { return a != instance("1") || r != before.Revision }
	for range 9 {
		require.ErrorIs(t, check(), platform.ErrUnhealthy)
	}
}

// A host that is lost is a fact of observing and fails every verb; what runs there goes on.
func TestLost(t *testing.T) {
	w, d, _ := live(t)
	w.Host(instance("1")).Lost = true
	facts, err := d.Observe(t.Context(), []platform.Address{instance("1"), instance("2")})
	require.NoError(t, err)
	require.NotEmpty(t, facts[instance("1")].Unreachable)
	require.Empty(t, facts[instance("2")].Unreachable)
	_, err = d.Stop(t.Context(), fence, instance("1"), platform.Blue)
	require.ErrorIs(t, err, platform.ErrUnreachable)
	require.NotNil(t, w.Host(instance("1")).Slots[platform.Blue].Process)
}
