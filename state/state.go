// Package state holds what rel remembers of an environment: what is live, the journal of each
// deployment and the history, as types that are encoded here and kept by a backend (a
// subfolder each). The state is a pure fold of the former state and a journal. It knows
// nothing of plans' contents and changes nothing in the world.
package state

import (
	"rel/balancer"
	"rel/platform"
)

// FormatVersion is the version of the state document: major.minor.
const FormatVersion = "1.0"

// State is what is live in one environment, as rel left it.
type State struct {
	FormatVersion string `json:"format_version"`
	Lineage       string `json:"lineage"` // made by the first apply; never changes
	Serial        int64  `json:"serial"`  // from 1; grows with each write
	Project       string `json:"project"`
	Environment   string `json:"environment"`

	// Deployment is the last number that was taken; Live the deployment whose desired world
	// is live now, 0 before the first.
	Deployment int `json:"deployment"`
	Live       int `json:"live"`

	Releases   map[string]Release            `json:"releases,omitempty"`
	Instances  map[platform.Address]Instance `json:"instances,omitempty"`
	Balancers  map[string]Balancer           `json:"balancers,omitempty"`
	Unfinished *Unfinished                   `json:"unfinished,omitempty"`
}

// Release says which version is live, and since which deployment.
type Release struct {
	Deployment int    `json:"deployment"`
	Version    string `json:"version"`
}

// Instance is what rel left of an instance.
type Instance struct {
	Live        string                   `json:"live"` // the slot that runs; empty: none
	Slots       map[string]platform.Slot `json:"slots"`
	Fingerprint string                   `json:"fingerprint"`
}

// Balancer is what rel left of a load balancer.
type Balancer struct {
	Setup   *balancer.Setup            `json:"setup"`
	Servers map[string]balancer.Server `json:"servers,omitempty"`
}

// Unfinished names the deployment that began and has not ended. A state has it from the
// write that takes the number until the one that records the end.
type Unfinished struct {
	Deployment int    `json:"deployment"`
	PlanDigest string `json:"plan_digest"`
}
