package planner

import (
	"slices"
	"strconv"
)

// canary gives the new revision a growing share of the traffic before it takes all.
func canary(c *compiler, s *service, after []string) []string {
	if !s.two() {
		return canaryInPlace(c, s, after)
	}
	after = c.repair(s, after)
	moves := s.moves()
	hosts := newCanaryHosts(c, s, moves)
	if len(hosts.waiting) == 0 { // nothing old runs where the new comes: there is no share to grow
		return c.switchOver(s, moves, after)
	}
	for _, step := range s.strategy().Steps {
		after = hosts.grow(step.Hosts, after)
		// hook point, in the first step: before_traffic
		after = c.weigh(s, weights(hosts.in, step.Weight), step.Weight*len(hosts.in)/s.reachable(), after)
		// hook point: after_traffic
		after = c.pauseStep(s, step, after)
	}
	after = c.awaitPromotion(s, after)
	after = hosts.all(after)
	return c.promote(s, moves, after)
}

// canaryHosts are the instances on which the new revision runs so far, and those that wait.
// Those that are new have no old slot to share with: they would add to the canary's share,
// and come when it is promoted.
type canaryHosts struct {
	c           *compiler
	s           *service
	in, waiting []*instance
	fresh       []*instance
}

func newCanaryHosts(c *compiler, s *service, moves []*instance) *canaryHosts {
	return &canaryHosts{c: c, s: s,
		waiting: filter(moves, func(i *instance) bool { return i.live != "" }),
		fresh:   filter(moves, func(i *instance) bool { return i.live == "" })}
}

// grow brings up the first instances by key, as many as a step wants.
func (h *canaryHosts) grow(want Count, after []string) []string {
	more := len(h.waiting)
	if want != (Count{}) {
		more = min(more, max(0, want.of(len(h.s.instances))-len(h.in)))
	}
	return h.take(more, after)
}

func (h *canaryHosts) all(after []string) []string {
	h.waiting = append(h.waiting, h.fresh...)
	return h.take(len(h.waiting), after)
}

func (h *canaryHosts) take(n int, after []string) []string {
	if n == 0 {
		return after
	}
	batch := h.waiting[:n]
	h.in, h.waiting = append(h.in, batch...), h.waiting[n:]
	return h.c.join(h.s.name+"/ready", h.s.name, h.c.bring(batch, after))
}

func (c *compiler) pauseStep(s *service, step CanaryStep, after []string) []string {
	if step.Pause == 0 {
		return after
	}
	return c.pause(s.name+"/pause:"+strconv.Itoa(step.Weight), s.name, Pause{For: step.Pause, Reason: "canary"}, s.onFailure(), after)
}

func (c *compiler) awaitPromotion(s *service, after []string) []string {
	if s.strategy().AutoPromote {
		return after
	}
	return c.pause(s.name+"/pause:promote", s.name, Pause{Promote: true, Reason: "promotion"}, s.onFailure(), after)
}

func refuseCanary(s *service) []Problem {
	if problems := s.refuseUnbalanced(); problems != nil {
		return problems
	}
	if s.two() {
		return nil
	}
	if problems := s.refuseBatches(); problems != nil {
		return problems
	}
	if problems := s.refuseOutage(s.todo); problems != nil {
		return problems
	}
	if len(s.todo) < 2 && s.reachable() < 2 {
		return []Problem{{s.name, "a canary over one slot needs two instances: one is new while another is old",
			"Give the service two ports (ports = { blue = …, green = … }), or more instances; or use a strategy of type rolling or recreate."}}
	}
	return nil
}

// canaryInPlace is a canary by hosts: a step replaces as many instances as its share of
// them, and weighs them so that they never get more than that share.
func canaryInPlace(c *compiler, s *service, after []string) []string {
	list := slices.Concat(s.batches(s.todo)...)
	if len(list) < 2 { // the others run the wanted revision already: there is nothing to find out
		return c.inPlace(s, list, after)
	}
	h := inPlaceCanary{c: c, s: s, list: list}
	for _, step := range s.strategy().Steps {
		after = h.step(step, after)
		after = c.pauseStep(s, step, after)
	}
	after = c.awaitPromotion(s, after)
	// hook point: before_promote
	after = c.weigh(s, weights(list[:h.done], 100), h.share(h.done, 100), after)
	return c.inPlace(s, list[h.done:], after)
}

// inPlaceCanary is how far a canary over one slot has come.
type inPlaceCanary struct {
	c    *compiler
	s    *service
	list []*instance
	done int // so many of the list are new
}

func (h *inPlaceCanary) step(step CanaryStep, after []string) []string {
	want := max(h.done, min((len(h.list)*step.Weight+99)/100, len(h.list)-1))
	weight := h.weight(step.Weight, want)
	after = h.c.weigh(h.s, weights(h.list[:h.done], weight), h.share(h.done, weight), after)
	// hook point: after_traffic
	for _, batch := range chunks(h.list[h.done:want], h.s.parallel()) {
		h.done += len(batch)
		after = h.batch(batch, weight, after)
	}
	return after
}

// batch replaces instances; they come into traffic when their weights are set.
func (h *inPlaceCanary) batch(batch []*instance, weight int, after []string) []string {
	c, s := h.c, h.s
	after = c.hold(s.name+"/batch", s.name, after)
	// hook point: before_batch
	after = c.join(s.name+"/ready", s.name, each(batch, func(i *instance) []string {
		end := after
		if i.restart {
			end = c.drain(i, i.live, end)
		}
		if i.live != "" && i.live != i.dest {
			end = c.remove(i, i.live, end)
		}
		return c.up(i, end)
	}))
	// hook point, in the first batch: before_traffic
	after = c.weigh(s, weights(batch, weight), h.share(h.done, weight), after)
	return c.join(s.name+"/in", s.name, c.undrainAll(batch, after))
	// hook point: after_batch
}

// weight is that of each of n new instances beside the others at 100, so that together they
// get a share of at most percent. Where some instances do not change, none gets more than
// its even share: the few that do would carry the traffic of many.
func (h *inPlaceCanary) weight(percent, n int) int {
	others := h.s.reachable() - n
	weight := 100 * percent * others / ((100 - percent) * n)
	if len(h.list) < h.s.reachable() {
		weight = min(weight, 100)
	}
	return max(1, weight)
}

// share is the percentage of requests that n new instances of a weight get.
func (h *inPlaceCanary) share(n, weight int) int {
	return 100 * n * weight / (n*weight + 100*(h.s.reachable()-n))
}
