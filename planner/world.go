package planner

import "rel/platform"

// World is what an environment shall be, complete: config evaluated, artifacts resolved. A plan
// carries it whole, so a later rollback needs nothing but the plans of earlier deployments.
type World struct {
	Project     string     `json:"project"`
	Environment string     `json:"environment"`
	Targets     []Target   `json:"targets"`   // by name
	Balancers   []Balancer `json:"balancers"` // by name
	Releases    []Release  `json:"releases"`  // in the order of depends_on, then by name
	// Revisions are those that the services run, by name.
	Revisions map[string]platform.Revision `json:"revisions"`
}

// Target is where services run.
type Target struct {
	Name     string `json:"name"`
	Type     string `json:"type"` // local
	Root     string `json:"root,omitempty"`
	Keys     int    `json:"instances"`          // a local target's instances have the keys "1" to "Keys"
	Balancer string `json:"balancer,omitempty"` // name; empty: none
}

// Balancer is a load balancer as configured.
type Balancer struct {
	Name string `json:"name"`
	Type string `json:"type"` // embedded
	Bind string `json:"bind"`
}

// Release is a release as it shall be live.
type Release struct {
	Name      string    `json:"name"`
	Version   string    `json:"version"`
	Source    string    `json:"source,omitempty"` // where the version stands: releases.rel.hcl:41
	Artifact  Artifact  `json:"artifact"`
	DependsOn []string  `json:"depends_on,omitempty"`
	Strategy  Strategy  `json:"strategy"`
	Services  []Service `json:"services"` // in the order of depends_on, then by name
}

// Artifact is the resolved artifact of a release, and where it came from.
type Artifact struct {
	platform.Artifact
	Source string `json:"source"`
	Bytes  int64  `json:"bytes"`
}

// Service is one service of a release.
type Service struct {
	Name      string                 `json:"name"`
	Target    string                 `json:"target"`
	Revision  string                 `json:"revision"`        // name, in World.Revisions
	Ports     []Port                 `json:"ports,omitempty"` // main, or blue and green; none: a worker
	DependsOn []string               `json:"depends_on,omitempty"`
	Checks    []platform.HealthCheck `json:"health_checks,omitempty"`
}

// Port is a slot and the port that the first instance gets in it. On a local target
// instance i, from 0, gets Number + i × the number of slots.
type Port struct {
	Slot   string `json:"slot"`
	Number int    `json:"number"`
}

// Strategy is how a release's services go from the old revision to the new.
type Strategy struct {
	Type            string            `json:"type"` // a name in the table of strategies
	Name            string            `json:"name,omitempty"`
	MaxParallel     Count             `json:"max_parallel"`
	MinHealthyTime  platform.Duration `json:"min_healthy_time"`
	HealthyDeadline platform.Duration `json:"healthy_deadline"`
	KeepOld         platform.Duration `json:"keep_old"`
	DrainTimeout    platform.Duration `json:"drain_timeout"`
	AutoRevert      bool              `json:"auto_revert"`
	AutoPromote     bool              `json:"auto_promote"`
	MaxUnreachable  int               `json:"max_unreachable"`
	KeepReleases    int               `json:"keep_releases"`
	Steps           []CanaryStep      `json:"steps,omitempty"`
}

// Count is a number of instances, or a percentage of them.
type Count struct {
	N       int  `json:"n"`
	Percent bool `json:"percent,omitempty"`
}

// CanaryStep is a share of traffic for the new revision, on some or all hosts, for a time.
type CanaryStep struct {
	Weight int               `json:"weight"` // percent
	Hosts  Count             `json:"hosts"`  // the zero value: all
	Pause  platform.Duration `json:"pause"`
}
