package planner

import (
	"maps"
	"slices"
	"strings"
)

// strategy brings the instances of a service that is live to their wanted revision. Refuse
// says what keeps it from that.
type strategy struct {
	refuse func(*service) []Problem
	run    func(c *compiler, s *service, after []string) []string
}

// The strategies' names, where the planner itself chooses one.
const (
	wayRecreate  = "recreate"
	wayRolling   = "rolling"
	wayBlueGreen = "blue_green"
	wayCanary    = "canary"
)

// strategies is the table of strategies: a new one is a file and a line.
var strategies = map[string]strategy{
	wayRecreate:  {refuseNothing, recreate},
	wayRolling:   {refuseRolling, rolling},
	wayBlueGreen: {refuseBlueGreen, blueGreen},
	wayCanary:    {refuseCanary, canary},
}

func strategyNames() string {
	return strings.Join(slices.Sorted(maps.Keys(strategies)), ", ")
}

func refuseNothing(*service) []Problem { return nil }

// wayOf is the strategy by which a service goes: a rollback has nothing to find out, so a
// canary becomes blue_green or rolling; a worker has no traffic to switch and is rolled in
// place.
func wayOf(s *service, mode Mode) string {
	way := s.strategy().Type
	switch {
	case s.worker() && (way == wayBlueGreen || way == wayCanary):
		return wayRolling
	case mode == Rollback && way == wayCanary && s.two():
		return wayBlueGreen
	case mode == Rollback && way == wayCanary:
		return wayRolling
	}
	return way
}
