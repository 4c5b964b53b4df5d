package simulation

import (
	"slices"
	"time"

	"rel/balancer"
	balancers "rel/balancer/simulated"
	"rel/executor"
	"rel/planner"
	"rel/platform"
	platforms "rel/platform/simulated"
	"rel/state"
)

// deployment applies a plan to a scene's world, by as many processes as it takes.
type deployment struct {
	scene   *scene
	plan    *planner.Plan
	number  int
	faults  faults
	seams   seams
	checker *checker
	clock   *clock
	drivers executor.Drivers
	ledger  ledger
	sick    []string
	broken  map[platform.Address]bool        // where what is activated does not work, on the way ahead
	tally   tally                            // nil: nobody counts
	trace   func(format string, args ...any) // nil: nobody reads it
}

// faults are the chances of what can go wrong, each at every micro-operation; that something
// is broken, once; that a person rejects a canary, each time that one is asked.
type faults struct {
	broken, kill, fail, undoFail, lose, interrupt, rollback, reject float64
}

func drawFaults(d draw) faults {
	if d.chance(.3) {
		return faults{} // a calm day
	}
	return faults{
		broken:    pick(d, 0.0, 0, 1),
		kill:      pick(d, 0.0, 0, .01, .03),
		fail:      pick(d, 0.0, .002, .004, .01, .02),
		undoFail:  pick(d, 0.0, 0, 0, .02),
		lose:      pick(d, 0.0, 0, 0, 0, 0, .005),
		interrupt: pick(d, 0.0, 0, 0, .005),
		rollback:  pick(d, 0.0, 0, 0, .002),
		reject:    .2,
	}
}

func newDeployment(s *scene, plan *planner.Plan, m seams) *deployment {
	d := &deployment{
		scene: s, plan: plan, number: s.state.Deployment + 1, seams: m,
		clock: &clock{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)},
	}
	d.checker = newChecker(s)
	d.connect()
	d.ledger = newLedger(plan)
	d.sick = s.sickSlots()
	s.world.hosts.Works = func(a platform.Address, revision string) bool { return !d.broken[a] && !s.sick[revision] }
	s.world.hosts.Ends = func(a platform.Address, _ string) bool { return d.broken[a] && a.Key == "1" }
	return d
}

// breakOne has what is activated on one of the instances never work.
func (d *deployment) breakOne() {
	var checked []platform.Address
	for _, s := range d.plan.Steps {
		if c, ok := s.Args.(*planner.Check); ok {
			checked = append(checked, c.Instance)
		}
	}
	if checked != nil {
		d.broken = map[platform.Address]bool{pick(d.scene.draw, checked...): true}
	}
}

// connect makes the drivers of the plan's targets and balancers over the world.
func (d *deployment) connect() {
	w := d.scene.world
	w.onStep(step)
	d.drivers = executor.Drivers{
		Platforms: map[string]platform.Driver{}, Balancers: map[string]balancer.Driver{},
		Artifacts: func(platform.Revision) platform.OpenArtifact { return nil },
	}
	host := d.seams.platform(platforms.New(w.hosts))
	for _, t := range d.plan.Targets {
		d.drivers.Platforms[t.Name] = host
	}
	for _, b := range d.plan.Balancers {
		d.drivers.Balancers[b.Name] = d.seams.balancer(balancers.New(w.balancer(b.Name)))
	}
}

// sickSlots are those that run and are not healthy.
func (s *scene) sickSlots() []string {
	var slots []string
	for _, a := range s.world.hosts.Hosts() {
		for name, slot := range s.world.hosts.Host(a).Slots {
			if slot.Process != nil && s.sick[slot.Process.Revision] {
				slots = append(slots, a.String()+"/"+name)
			}
		}
	}
	slices.Sort(slots)
	return slots
}

// run applies the plan until the deployment has ended.
func (d *deployment) run() (state.Outcome, error) {
	d.write(state.Record{Type: state.Opened, Opened: &state.Opening{
		Deployment: d.number, PlanDigest: "sha256:plan", Lineage: lineage, Mode: string(d.plan.Mode),
		Versions: d.plan.World.Versions(), Former: d.plan.Former, RelVersion: "0",
	}})
	if len(d.sick) > 0 {
		d.write(state.Record{Type: state.Sick, Slots: d.sick})
	}
	var first []executor.Occurrence
	for process := 1; process < 100; process++ {
		verdict, err := d.process(process, first)
		if err != nil {
			return "", err
		}
		if verdict != nil && verdict.Outcome != "" && verdict.Outcome != state.Partial {
			return verdict.Outcome, nil
		}
		first = d.between(verdict)
	}
	return "", violated(notResumed, "it does not end, however often it goes on")
}

// between is what people do before they have rel go on.
func (d *deployment) between(verdict *executor.Verdict) []executor.Occurrence {
	draw := d.scene.draw
	switch {
	case verdict == nil: // killed
		if draw.chance(.15) {
			return []executor.Occurrence{executor.Rollback{Reason: "a person asked for it"}}
		}
		d.faults.kill /= 2
	case verdict.Waiting != "":
		if draw.chance(d.faults.reject) {
			return []executor.Occurrence{executor.Rollback{Reason: "a person does not like it"}}
		}
		return []executor.Occurrence{executor.Consent{Step: verdict.Waiting, By: "a person"}}
	case verdict.Outcome == state.Partial: // the hosts are brought back
		d.bringBack()
		d.faults = faults{kill: d.faults.kill / 2}
		if draw.chance(.5) {
			return nil // the same command tries again
		}
		return []executor.Occurrence{executor.Rollback{Reason: "a person has looked"}}
	}
	return nil
}

// bringBack has the hosts answer that were lost while the deployment ran.
func (d *deployment) bringBack() {
	for a := range d.checker.lost {
		d.scene.world.hosts.Host(a).Lost = d.scene.unreachable[a]
	}
}

// write makes records durable.
func (d *deployment) write(records ...state.Record) {
	for _, r := range records {
		if d.seams.loseRecord != nil && d.seams.loseRecord(r) {
			continue
		}
		r.Time = d.clock.now
		d.ledger.append(r)
		if r.Type == state.Undoing || r.Type == state.Halted {
			d.broken = nil
		}
		if step := d.ledger.steps[r.Step]; r.Type == state.End && step.Kind == planner.KindPause {
			d.checker.pauseEnded(step)
		}
		d.tell("  journal %d: %s %s %s", len(d.ledger.records), r.Type, r.Step, r.Error)
	}
}

func (d *deployment) seen(what string) {
	if d.tally != nil {
		d.tally[what]++
	}
}

func (d *deployment) tell(format string, args ...any) {
	if d.trace != nil {
		d.trace(format, args...)
	}
}

// process is one run of rel. No verdict: it was killed.
func (d *deployment) process(number int, first []executor.Occurrence) (*executor.Verdict, error) {
	p, err := newProcess(d)
	if err != nil {
		return nil, err
	}
	defer p.end()
	if number > 1 && !d.ledger.finished() {
		d.tell("rel goes on")
		d.write(state.Record{Type: state.Resumed, By: "a person"})
	}
	for _, o := range first {
		p.handle(o)
	}
	verdict, err := p.loop()
	if err == nil && verdict != nil {
		d.tell("verdict: %+v", *verdict)
	}
	return verdict, err
}
