package planner

import (
	"maps"
	"slices"

	"rel/platform"
)

// frame is a plan from its first step to its last. Hooks, backups and migrations have their
// places between these lines; a hook is a step that what follows needs.
func (c *compiler) frame() {
	after := c.gates()
	// hook points: preflight, before_apply
	after = c.stageAll(after) // hook point, each: after_stage
	// backups and migrations come here
	after = c.hold("prepared", "", after)
	after = c.addServers(after)
	for _, s := range c.d.services {
		after = c.service(s, after)
	}
	c.phase = PhaseFinish
	after = c.tail(after)
	after = c.removeGone(after)
	after = c.removeServers(after)
	// hook point: after_apply
	after = c.barrier(BarrierFinish, "", after)
	c.pruneAll(after)
}

// gates claims what the hosts will need.
func (c *compiler) gates() []string {
	c.phase = PhaseGate
	claims := map[string][]platform.Claim{}
	for _, s := range c.d.services {
		claims[s.target.Name] = slices.Grow(claims[s.target.Name], len(s.todo))
		for _, i := range s.todo {
			if claim := i.claim(); claim.Bytes > 0 || len(claim.Ports) > 0 {
				claims[i.target] = append(claims[i.target], claim)
			}
		}
	}
	maps.DeleteFunc(claims, func(_ string, list []platform.Claim) bool { return len(list) == 0 })
	return c.add(Step{ID: "gates", Kind: KindGate, Args: &Gate{Claims: claims}})
}

// unpacked is how much room an artifact takes while it is staged: its bytes, and about twice
// as much unpacked.
const unpacked = 3

// claim is room for what is not staged yet, and the port of a slot that will be started, if
// the instance does not listen on it itself.
func (i *instance) claim() platform.Claim {
	claim := platform.Claim{Address: i.address}
	if !i.restart {
		return claim
	}
	if !i.staged(i.service.Revision) {
		claim.Bytes = unpacked * i.service.release.Artifact.Bytes
	}
	if port := i.port(i.dest); port != 0 && !i.listens(port) {
		claim.Ports = []int{port}
	}
	return claim
}

func (i *instance) listens(port int) bool {
	return slices.ContainsFunc(i.slots, func(s slot) bool { return s.Running && s.Port == port })
}

func (c *compiler) stageAll(after []string) []string {
	c.phase = PhasePrepare
	var staged []string
	for _, s := range c.d.services {
		for _, i := range s.todo {
			if i.restart {
				staged = append(staged, c.stage(i, after)...)
			}
		}
	}
	if len(staged) == 0 {
		staged = after
	}
	return c.barrier("staged", "", staged)
}

// addServers sets the load balancers up and lets new servers in, drained.
func (c *compiler) addServers(after []string) []string {
	c.phase = ""
	var changed []string
	for _, name := range c.d.names {
		b := c.d.balancers[name]
		if missing := b.missing(); b.want != nil && (!b.setUp() || len(missing) > 0) {
			changed = append(changed, c.ensure(b, &EnsureBalancer{Balancer: name, Setup: b.want, Add: missing}, after)...)
		}
	}
	if len(changed) == 0 {
		return after
	}
	return c.hold("balancers", "", changed)
}

// service brings one service where it shall be, but for what the tail does.
func (c *compiler) service(s *service, after []string) []string {
	after = c.tidy(s, after)
	switch {
	case len(s.todo) == 0:
		return after
	case !s.live:
		return c.first(s, after)
	case s.waits:
		c.late = append(c.late, s)
		return after
	}
	return c.join(s.name+"/deployed", s.name, strategies[s.way].run(c, s, after))
}

// tail ends what was left running for the way back: once, for all services whose traffic was
// switched.
func (c *compiler) tail(after []string) []string {
	if keep := c.keepOld(); keep > 0 {
		after = c.pause("pause/keep_old", "", Pause{For: keep, Reason: "keep_old"}, OnFailureRollback, after)
	}
	for _, s := range c.late {
		after = c.inPlace(s, s.todo, after)
	}
	var stopped []string
	for _, i := range c.olds {
		stopped = append(stopped, c.retire(i, i.live, after)...)
	}
	if len(stopped) == 0 {
		return after
	}
	return c.barrier("old", "", stopped)
}

// keepOld is the longest time for which a release keeps its old slots warm.
func (c *compiler) keepOld() (keep platform.Duration) {
	if c.d.in.Mode == Rollback {
		return 0
	}
	for _, i := range c.olds {
		keep = max(keep, i.strategy().KeepOld)
	}
	return keep
}
