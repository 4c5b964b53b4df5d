package simulation

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"rel/balancer"
	"rel/executor"
	"rel/planner"
	"rel/platform"
	"rel/state"
)

// mutations are rules of the design that are switched off, each with the invariant that then
// does not hold.
var mutations = []struct {
	rule      string // that is switched off
	invariant string
	seams     seams
}{
	{"traffic waits for health checks", unhealthyRouted, seams{spoilPlan: past(planner.KindCheck)}},
	{"servers come in drained", unhealthyRouted, seams{spoilBalancer: func(d balancer.Driver) balancer.Driver { return undrainedServers{d} }}},
	{"what rises goes before what falls", nothingRouted, seams{spoilBalancer: func(d balancer.Driver) balancer.Driver { return fallingFirst{d} }}},
	{"a slot is drained before it is stopped", busyStopped, seams{spoilPlan: past(planner.KindDrain)}},
	{"a batch waits for the one before", tooManyOut, seams{spoilPlan: early("/batch")}},
	{"undoing does not go past a hold while a host is lost", tooManyOut, seams{spoilPlan: releaseHolds}},
	{"a canary's next step waits for its pause", shareExceeded, seams{spoilPlan: past(planner.KindPause)}},
	{"recreate stops all old instances first", revisionsMixed, seams{spoilPlan: early("/stopped")}},
	{"a step that has begun is undone, done or not", wrongWorld, seams{spoilCore: undoDoneOnly}},
	{"the undo of a flag is the flag before", wrongWorld, seams{spoilPlan: invertFlags}},
	{"the undo of a slot is the slot before", wrongWorld, seams{spoilPlan: emptySlots}},
	{"facts are what is there", wrongPlan, seams{spoilInput: misreadEnabled}},
	{"what an earlier process had begun is done again", notResumed, seams{spoilCore: forgetResumed}},
	{"undoing does not wait for what was sick before", notResumed, seams{loseRecord: of(state.Sick)}},
	{"a begin is durable before its step starts", wrongRecords, seams{loseRecord: of(state.Begin)}},
	{"an end is durable before what needs it starts", wrongRecords, seams{loseRecord: of(state.End)}},
	{"the decision to undo is journaled", wrongRecords, seams{loseRecord: of(state.Undoing)}},
	{"a step tells what it has left", wrongRecords, seams{spoilPlatform: func(d platform.Driver) platform.Driver { return staleStop{d} }}},
}

// TestFindsErrors: the simulation is not blind. With any one of these rules switched off it
// finds that the invariant does not hold.
func TestFindsErrors(t *testing.T) {
	for _, m := range mutations {
		t.Run(m.rule, func(t *testing.T) {
			t.Parallel()
			require.True(t, finds(m.invariant, m.seams), "not found in %d cases", enoughCases)
		})
	}
}

const enoughCases = 3000

func finds(invariant string, m seams) bool {
	for seed := range uint64(enoughCases) {
		var v violation
		err := simulation{seams: m, tally: tally{}}.run(seed)
		if errors.As(err, &v) && v.invariant == invariant {
			return true
		}
	}
	return false
}

// Every invariant has a rule without which it does not hold; that of linear size is in
// TestLinear.
func TestEveryInvariantIsTripped(t *testing.T) {
	tripped := map[string]bool{}
	for _, m := range mutations {
		tripped[m.invariant] = true
	}
	require.ElementsMatch(t, []string{unhealthyRouted, nothingRouted, busyStopped, tooManyOut, shareExceeded, revisionsMixed,
		wrongWorld, wrongPlan, notResumed, wrongRecords}, slices.Collect(maps.Keys(tripped)))
}

// past has what needs a step of that kind not wait for it, only for what it needs itself.
func past(kind planner.Kind) func(*planner.Plan) {
	return func(p *planner.Plan) {
		needs := map[string][]string{}
		for i := range p.Steps {
			s := &p.Steps[i]
			var all []string
			for _, need := range s.Needs {
				if through, ok := needs[need]; ok {
					all = append(all, through...)
				} else {
					all = append(all, need)
				}
			}
			slices.Sort(all)
			s.Needs = slices.Compact(all)
			if s.Kind == kind {
				needs[s.ID] = s.Needs
			}
		}
	}
}

// early has barriers of that name stand at the beginning of the live changes.
func early(suffix string) func(*planner.Plan) {
	return func(p *planner.Plan) {
		for i := range p.Steps {
			if id, _, _ := strings.Cut(p.Steps[i].ID, "#"); strings.HasSuffix(id, suffix) {
				p.Steps[i].Needs = []string{"prepared"}
			}
		}
	}
}

func releaseHolds(p *planner.Plan) {
	for i := range p.Steps {
		p.Steps[i].Hold = false
	}
}

func invertFlags(p *planner.Plan) {
	for i := range p.Steps {
		if f := p.Steps[i].Undo.Flag; f != nil {
			copied := *f
			copied.Drained = p.Steps[i].Kind == planner.KindUndrain
			p.Steps[i].Undo.Flag = &copied
		}
	}
}

func emptySlots(p *planner.Plan) {
	for i := range p.Steps {
		if u := p.Steps[i].Undo.Slot; u != nil && !u.Before.Running {
			copied := *u
			copied.Before = platform.Slot{}
			p.Steps[i].Undo.Slot = &copied
		}
	}
}

// misreadEnabled has a host say of what runs that it would not start again.
func misreadEnabled(in *planner.Input) {
	for a, i := range in.Facts.Instances {
		slots := maps.Clone(i.Slots)
		for name, s := range slots {
			s.Enabled = false
			slots[name] = s
		}
		i.Slots = slots
		in.Facts.Instances[a] = i
	}
}

func of(kind state.RecordType) func(state.Record) bool {
	return func(r state.Record) bool { return r.Type == kind }
}

// doneOnly takes the undo of a step that had not ended as done.
type doneOnly struct {
	*executor.Core
	done map[string]bool
}

func undoDoneOnly(c *executor.Core) decider {
	d := doneOnly{c, map[string]bool{}}
	for _, id := range c.Done() {
		d.done[id] = true
	}
	return d
}

func (c doneOnly) Handle(o executor.Occurrence) {
	if done, ok := o.(executor.StepDone); ok {
		c.done[done.Task.Step.ID] = true
	}
	c.Core.Handle(o)
}

func (c doneOnly) Decide(limit int) executor.Decision {
	d := c.Core.Decide(limit)
	var kept []executor.Task
	for _, t := range d.Start {
		if !t.Undo || c.done[t.Step.ID] {
			kept = append(kept, t)
			continue
		}
		c.Core.Handle(executor.StepDone{Task: t})
	}
	if len(kept) == len(d.Start) {
		return d
	}
	next := c.Decide(limit)
	next.Records = append(d.Records, next.Records...)
	next.Start = append(kept, next.Start...)
	next.Cancel = append(d.Cancel, next.Cancel...)
	return next
}

// forgetful does not start what an earlier process had begun.
type forgetful struct{ *executor.Core }

func forgetResumed(c *executor.Core) decider { return forgetful{c} }

func (c forgetful) Decide(limit int) executor.Decision {
	d := c.Core.Decide(limit)
	d.Start = slices.DeleteFunc(d.Start, func(t executor.Task) bool { return t.Resumed })
	return d
}

type undrainedServers struct{ balancer.Driver }

func (d undrainedServers) Ensure(ctx context.Context, f platform.Fence, s balancer.Setup, add map[string]balancer.Server, remove []string) error {
	in := map[string]balancer.Server{}
	for id, server := range add {
		server.Drained = false
		in[id] = server
	}
	return d.Driver.Ensure(ctx, f, s, in, remove)
}

type fallingFirst struct{ balancer.Driver }

func (d fallingFirst) Weights(ctx context.Context, f platform.Fence, weights map[string]int) error {
	facts, err := d.Observe(ctx)
	if err != nil {
		return err
	}
	fall, rise := map[string]int{}, map[string]int{}
	for id, weight := range weights {
		if weight < facts.Servers[id].Weight {
			fall[id] = weight
		} else {
			rise[id] = weight
		}
	}
	if err := d.Driver.Weights(ctx, f, fall); err != nil {
		return err
	}
	return d.Driver.Weights(ctx, f, rise)
}

// staleStop tells of an instance as it was before the slot was stopped.
type staleStop struct{ platform.Driver }

func (d staleStop) Stop(ctx context.Context, f platform.Fence, a platform.Address, slot string) (platform.Instance, error) {
	before, err := d.Observe(ctx, []platform.Address{a})
	if err != nil {
		return platform.Instance{}, err
	}
	_, err = d.Driver.Stop(ctx, f, a, slot)
	return before[a], err
}
