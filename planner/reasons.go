package planner

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"rel/platform"
)

// reasonsOf says why an instance is updated.
func (s *service) reasonsOf(i *instance) []string {
	from := i.slot(i.live)
	var reasons []string
	if from.Revision != s.Revision {
		reasons = s.reasons[from.Revision]
	}
	if !s.hasSlot(i.live) {
		return append(slices.Clip(reasons), "slot "+i.live+" → "+s.slotWords())
	}
	if port := i.port(i.live); from.Port != port {
		return append(slices.Clip(reasons), fmt.Sprintf("port of %s %d → %d", i.live, from.Port, port))
	}
	return reasons
}

// explain words, once for all instances, what leads from the revisions that they run to the
// wanted one.
func (d *difference) explain(s *service) {
	to := d.in.World.Revisions[s.Revision]
	for n := range s.instances {
		i := &s.instances[n]
		name := i.slot(i.live).Revision
		if _, done := s.reasons[name]; done {
			continue
		}
		if from, known := d.in.formerWorld().Revisions[name]; known {
			s.reasons[name] = revisionReasons(from, to)
		} else {
			s.reasons[name] = []string{"revision " + cmp.Or(name, "none") + " → " + s.Revision}
		}
	}
}

// revisionReasons are the fields that differ.
func revisionReasons(from, to platform.Revision) []string {
	var reasons []string
	differ := func(what, from, to string) {
		if from != to {
			reasons = append(reasons, what+" "+cmp.Or(from, "none")+" → "+cmp.Or(to, "none"))
		}
	}
	differ("version", from.Version, to.Version)
	if from.Version == to.Version { // another version is another artifact, which needs no saying
		differ("artifact", shortDigest(from.Artifact.Digest), shortDigest(to.Artifact.Digest))
		differ("artifact name", from.Artifact.Name, to.Artifact.Name)
	}
	differ("command", strings.Join(from.Command, " "), strings.Join(to.Command, " "))
	differ("user", from.User, to.User)
	differ("working_directory", from.WorkingDirectory, to.WorkingDirectory)
	differ("stop_signal", from.StopSignal, to.StopSignal)
	differ("stop_timeout", time.Duration(from.StopTimeout).String(), time.Duration(to.StopTimeout).String())
	return reasons
}

// shortDigest is a digest as people see it: 12 characters.
func shortDigest(digest string) string {
	_, sum, _ := strings.Cut(digest, ":")
	return sum[:min(12, len(sum))]
}

func (s *service) slotWords() string {
	if s.worker() {
		return platform.Main
	}
	return words(s.Ports)
}
