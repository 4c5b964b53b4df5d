// Package config is the language that users write: it reads the *.rel.hcl files of a folder, evaluates every
// expression for every environment, and answers with plain data, or with every mistake at once.
//
// It reads files of the project and nothing else: no clock, no chance, no network, no environment but what the
// caller passes. What needs input from outside (digests of artifacts, facts of hosts) is added by later stages.
package config

import (
	"time"

	"github.com/hashicorp/hcl/v2"
)

// Project is what all *.rel.hcl files of a folder say, evaluated.
type Project struct {
	Name         string
	Dir          string         // the folder, as it was given to Load
	Environments []*Environment // by name
	Variables    []string       // the names of the declared variables, sorted; never their values

	// Files are the sources by name, for the writer of diagnostics. They are there also when Load fails.
	Files map[string]*hcl.File `json:"-"`
}

// Environment is a place where releases run.
type Environment struct {
	Name          string
	Targets       []*Target       // by name
	LoadBalancers []*LoadBalancer // by name
	Releases      []*Release      // in the order of depends_on, then by name
	Source        Source
}

// Target is where in an environment services run.
type Target struct {
	Name         string
	Type         string // "local"
	Instances    int    // at least 1
	Root         string // an absolute path; "": below the project's state folder
	LoadBalancer string // its name in the environment; "": none
	Source       Source
}

// LoadBalancer shares requests among the instances of one service.
type LoadBalancer struct {
	Name   string
	Type   string // "embedded"
	Bind   string // HOST:PORT
	Source Source
}

// Release is what is deployed to one environment: an artifact at a version, and its services.
type Release struct {
	Name          string
	Version       string
	Artifact      Artifact
	Services      []*Service // in the order of depends_on, then by name
	DependsOn     []string   // releases of the same environment, sorted
	Strategy      *Strategy  // the deploy block's, else the environment's, else rolling with its defaults
	VersionSource Source     // the line that a person changes to release
	Source        Source
}

// Artifact is where the software of a release comes from.
type Artifact struct {
	Source   string   // an https URL, or a path; a relative one is below the project's folder
	Checksum string   // "sha256:HEX", "file:https://…" or "file:PATH"; "" only where Insecure
	Insecure bool     // the author accepts an artifact without a checksum
	Contains []string // paths in the artifact that must be there
	// Location is where source is written.
	Location Source
}

// Service is a process of a release. The strings of Command may hold placeholders: see platform.Expand.
type Service struct {
	Name             string
	Target           string
	Command          []string
	Ports            []Port // nil: no port; one in slot main; or two, blue and green, in this order
	User             string // "": the user that runs it now
	StopSignal       string // SIGTERM, …
	WorkingDirectory string // absolute, or below the revision's folder; "": the revision's folder
	StopTimeout      time.Duration
	HealthChecks     []HealthCheck
	DependsOn        []string // services of the same release, sorted
	Source           Source
}

// Port is the port of a service in one slot. On a local target instance i, from 0, has Number + i × len(Ports).
type Port struct {
	Slot   string // main, blue or green
	Number int
}

// HealthCheck says how to find out whether one instance works. The strings may hold placeholders: see platform.Expand.
type HealthCheck struct {
	Type         string // http, tcp, command
	Path         string // http
	Port         string // http, tcp
	ExpectStatus int    // http
	ExpectBody   string // http: what the answer's body must contain; "": anything
	Headers      map[string]string
	Command      []string // command
	Interval     time.Duration
	Timeout      time.Duration
	InitialDelay time.Duration
	Successes    int // in a row, until the instance counts as healthy
	Failures     int // in a row after the first success, until it no longer does
	Source       Source
}

// Strategy is how traffic moves from the old version to the new. Fields that its type does not have are zero.
type Strategy struct {
	Type            string // recreate, rolling, blue_green, canary
	Name            string // "": nobody named one, rolling with its defaults
	MaxParallel     Count  // rolling, canary
	MinHealthyTime  time.Duration
	HealthyDeadline time.Duration
	KeepOld         time.Duration // blue_green, canary
	DrainTimeout    time.Duration
	AutoRevert      bool
	AutoPromote     bool // canary
	MaxUnreachable  int
	KeepReleases    int
	Steps           []CanaryStep
	Source          Source // zero where Name is ""
}

// CanaryStep is one share of the traffic on the way to all of it.
type CanaryStep struct {
	Weight int   // percent, 1 to 99, rising from step to step
	Hosts  Count // the first by key; zero: all
	Pause  time.Duration
}

// Source is a line of the project's files. File is relative to the project's folder.
type Source struct {
	File string
	Line int
}
