package executor

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"rel/balancer"
	"rel/platform"
)

// describe says what an object is now, and what is known of what it was.
func (s seen) describe(o object, was string) string {
	var now string
	switch {
	case o.instance != nil:
		now = describeInstance(s.instances[*o.instance])
	case o.server == "":
		now = describeSetup(s.balancers[o.balancer].Setup)
	default:
		server, ok := s.balancers[o.balancer].Servers[o.server]
		now = describeServer(server, ok)
	}
	if was == platform.Absent {
		return "was not there, now " + now
	}
	return "changed, now " + now
}

func describeInstance(i platform.Instance) string {
	if len(i.Slots) == 0 {
		return "nothing is there"
	}
	var slots []string
	for _, name := range slices.Sorted(maps.Keys(i.Slots)) {
		s := i.Slots[name]
		slots = append(slots, fmt.Sprintf("slot %s has %s, %s, %s", name, orNothing(s.Revision),
			either(s.Running, "running", "not running"), either(s.Enabled, "enabled", "not enabled")))
	}
	return strings.Join(slots, "; ")
}

func describeSetup(s *balancer.Setup) string {
	if s == nil {
		return "it is not set up"
	}
	return fmt.Sprintf("it serves %s at %s, %s", s.Backend, s.Bind, either(s.Running, "running", "not running"))
}

func describeServer(s balancer.Server, there bool) string {
	if !there {
		return "it is not there"
	}
	return fmt.Sprintf("at %s with weight %d, %s", s.Address, s.Weight, either(s.Drained, "drained", "in traffic"))
}

func orNothing(s string) string { return either(s == "", "nothing", s) }

func either(is bool, yes, no string) string {
	if is {
		return yes
	}
	return no
}
