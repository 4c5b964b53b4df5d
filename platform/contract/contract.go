// Package contract holds what every driver of a platform promises, as tests that each of them
// runs: that verbs can be repeated, that the fence is kept, that what is staged is not live,
// and that Restore puts back exactly what was. What only one kind of driver can show (real
// processes, real files) is in that driver's own tests.
package contract

import (
	"fmt"
	"testing"

	"rel/platform"
)

// Subject is a driver under test, with what the tests need of its surroundings.
type Subject struct {
	Driver platform.Driver

	// Instances are two that are not there yet, of one service.
	Instances [2]platform.Address
	// Ports are free ones: two for each instance.
	Ports [2][2]int
	// Revision makes the service's revision at a version: a service that stays up and is
	// healthy by Health soon after it was started.
	Revision func(version string) platform.Revision
	// Open gives the artifact of all those revisions.
	Open platform.OpenArtifact
	// Health is a check that such a service passes.
	Health platform.HealthCheck

	// Impossible are claims that the platform cannot meet, each alone; nil: it meets any.
	Impossible []platform.Claim
	// Output is a line that the service writes when it starts; empty: there are no logs.
	Output string
	// Crash has the process of a running slot end, and end again however often it is started,
	// until mend; nil: nothing can.
	Crash func(t *testing.T, a platform.Address, slot string) (mend func())
}

// Run runs the contract's tests, each with a subject of its own.
func Run(t *testing.T, subject func(t *testing.T) Subject) {
	for _, test := range tests() {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.run(&bench{Subject: subject(t), T: t})
		})
	}
}

type test struct {
	name string
	run  func(*bench)
}

func tests() []test {
	return []test{
		{"what is not there has no facts", absent},
		{"staged is not live", stagedIsNotLive},
		{"staging can be repeated", stagingRepeats},
		{"an artifact that cannot be read stages nothing", stagingFails},
		{"unstaging removes what no slot points to", unstaging},
		{"activating runs a revision in a slot", activating},
		{"activating again changes no fact", activatingRepeats},
		{"what is not staged is not activated", activatingUnstaged},
		{"two slots run side by side", sideBySide},
		{"a slot moves to another revision and port", moving},
		{"stopping keeps what the slot points to", stopping},
		{"restoring puts any slot back as it was", restoring},
		{"removing leaves nothing", removing},
		{"instances do not touch each other", apart},
		{"older numbers and other lineages are refused", fence},
		{"the fence outlives the instance", fenceOutlives},
		{"a check tells healthy from stopped", checking},
		{"a process that ended is not running", crashing},
		{"claims are met or refused", claims},
		{"logs have what the process wrote", logs},
	}
}

// The fence of all tests but those of the fence.
func present() platform.Fence { return platform.Fence{Lineage: "lineage-1", Number: 7} }

func version(n int) string { return fmt.Sprintf("1.%d.0", n) }
