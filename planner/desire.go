package planner

import (
	"fmt"
	"slices"
	"strconv"

	"rel/config"
	"rel/platform"
)

// Desire is the world that an environment of the configuration shall be. Artifacts are the
// resolved ones, by release.
func Desire(env *config.Environment, project string, artifacts map[string]Artifact) (World, error) {
	w := World{Project: project, Environment: env.Name, Targets: []Target{}, Balancers: []Balancer{}, Releases: []Release{},
		Revisions: map[string]platform.Revision{}}
	for _, t := range env.Targets {
		w.Targets = append(w.Targets, Target{Name: t.Name, Type: t.Type, Root: t.Root, Keys: t.Instances, Balancer: t.LoadBalancer})
	}
	for _, b := range env.LoadBalancers {
		w.Balancers = append(w.Balancers, Balancer{Name: b.Name, Type: b.Type, Bind: b.Bind})
	}
	for _, r := range env.Releases {
		artifact, resolved := artifacts[r.Name]
		if !resolved {
			return World{}, fmt.Errorf("the artifact of release %q was not resolved", r.Name)
		}
		w.Releases = append(w.Releases, w.release(r, artifact))
	}
	return w, w.consistent()
}

// release takes a release over, and notes the revisions that its services run.
func (w *World) release(from *config.Release, artifact Artifact) Release {
	r := Release{Name: from.Name, Version: from.Version, Source: place(from.VersionSource), Artifact: artifact,
		DependsOn: from.DependsOn, Strategy: strategyFrom(from.Strategy), Services: []Service{}}
	for _, s := range from.Services {
		revision := platform.Revision{Release: r.Name, Service: s.Name, Version: r.Version, Artifact: artifact.Artifact,
			Command: s.Command, User: s.User, WorkingDirectory: s.WorkingDirectory,
			StopSignal: s.StopSignal, StopTimeout: platform.Duration(s.StopTimeout)}
		name := revision.Name()
		w.Revisions[name] = revision
		r.Services = append(r.Services, Service{Name: s.Name, Target: s.Target, Revision: name, DependsOn: s.DependsOn,
			Ports: convert(s.Ports, portFrom), Checks: convert(s.HealthChecks, checkFrom)})
	}
	return r
}

// place is a line of the project's files as people write it: releases.rel.hcl:41.
func place(s config.Source) string {
	if s.File == "" {
		return ""
	}
	return s.File + ":" + strconv.Itoa(s.Line)
}

func strategyFrom(s *config.Strategy) Strategy {
	return Strategy{Type: s.Type, Name: s.Name, MaxParallel: Count(s.MaxParallel),
		MinHealthyTime: platform.Duration(s.MinHealthyTime), HealthyDeadline: platform.Duration(s.HealthyDeadline),
		KeepOld: platform.Duration(s.KeepOld), DrainTimeout: platform.Duration(s.DrainTimeout),
		AutoRevert: s.AutoRevert, AutoPromote: s.AutoPromote, MaxUnreachable: s.MaxUnreachable, KeepReleases: s.KeepReleases,
		Steps: convert(s.Steps, stepFrom)}
}

func portFrom(p config.Port) Port { return Port(p) }

func stepFrom(s config.CanaryStep) CanaryStep {
	return CanaryStep{Weight: s.Weight, Hosts: Count(s.Hosts), Pause: platform.Duration(s.Pause)}
}

func checkFrom(h config.HealthCheck) platform.HealthCheck {
	return platform.HealthCheck{Type: h.Type, Port: h.Port, Path: h.Path, ExpectStatus: h.ExpectStatus, ExpectBody: h.ExpectBody,
		Headers: h.Headers, Command: slices.Clone(h.Command), Interval: platform.Duration(h.Interval),
		Timeout: platform.Duration(h.Timeout), InitialDelay: platform.Duration(h.InitialDelay),
		Successes: h.Successes, Failures: h.Failures}
}

func convert[From, To any](list []From, one func(From) To) []To {
	var to []To
	for _, from := range list {
		to = append(to, one(from))
	}
	return to
}
