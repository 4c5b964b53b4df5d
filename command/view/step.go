package view

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"rel/planner"
	"rel/platform"
)

// stepText says what a step does and to what: activate shop.web["1"] green. A barrier has no
// text: it does nothing.
func stepText(s *planner.Step) string {
	switch a := s.Args.(type) {
	case *planner.Gate:
		return "gates"
	case *planner.Stage:
		return "stage " + a.Instance.String() + " " + a.Revision
	case *planner.EnsureBalancer:
		return "balancer " + a.Balancer + balancerChange(a)
	case *planner.Activate:
		return "activate " + a.Instance.String() + " " + a.Slot
	case *planner.Check:
		return "check " + a.Instance.String() + " " + a.Slot
	case *planner.Stop:
		return "stop " + a.Instance.String() + " " + a.Slot
	case *planner.Drain:
		return "drain " + a.Server
	case *planner.Undrain:
		return "undrain " + a.Server
	case *planner.Traffic:
		return fmt.Sprintf("traffic %s %d%% new", a.Balancer, a.Share)
	case *planner.Pause:
		return pauseText(a)
	case *planner.Prune:
		return "prune " + a.Instance.String()
	}
	return ""
}

func balancerChange(a *planner.EnsureBalancer) string {
	var parts []string
	if n := len(a.Add); n > 0 {
		parts = append(parts, "add "+Count(n, "server"))
	}
	if n := len(a.Remove); n > 0 {
		parts = append(parts, "remove "+Count(n, "server"))
	}
	if a.Setup == nil {
		parts = []string{"remove"}
	}
	return prefixed(": ", strings.Join(parts, ", "))
}

func pauseText(a *planner.Pause) string {
	if a.Promote {
		return "wait for rel promote"
	}
	return "pause " + Duration(time.Duration(a.For)) + " (" + a.Reason + ")"
}

// target is the instance that a step touches; the zero address for steps that touch none.
func target(s *planner.Step) platform.Address {
	_, a, _ := s.Place()
	return a
}

// errorLine is an error in one line.
func errorLine(err error) string {
	if err == nil {
		return ""
	}
	for errors.Unwrap(err) != nil && len(err.Error()) > 400 {
		err = errors.Unwrap(err)
	}
	return Printable(firstLine(err.Error()))
}
