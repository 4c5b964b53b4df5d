// Package local drives instances on this machine: without root, without systemd, with nothing
// to install. Each instance has a folder of its own (its root), as if it were a host:
//
//	releases/<revision>/           immutable: the unpacked artifact, and .rel/manifest.json
//	services/web/<slot>            symlink to what the slot runs, switched by rename
//	services/web/<slot>.env        0600, written at each activation
//	services/web/<slot>.unit.json  how it is run; its sha256 is the fact platform.Slot.Unit
//	services/web/<slot>.enabled    is there while the slot is enabled
//	services/web/<slot>.lock, .status.json, .log, .log.1, .log.2: its supervisor's
//	.rel/fence                     lineage and highest number that changed this instance
//	.rel/former/<sha256>           units that were replaced, so that Restore finds them
//
// A slot's process runs under a supervisor (`rel supervise`, see Supervise) that outlives rel.
// Facts come from these files alone: nothing else is remembered and no process is started to
// observe.
//
// What is not here: unpacking (a function of the caller's), and when to do what (the
// executor's).
package local

import (
	"context"
	"time"

	"rel/platform"
)

// Config is what the driver needs of its surroundings.
type Config struct {
	// Root is an absolute folder; the root of the instance shop.web["1"] is Root/shop.web-1.
	Root string
	// Executable is the rel binary: a supervisor is started as `Executable supervise DIR SLOT`.
	Executable string
	// Unpack unpacks an artifact of a kind and name into the folder dir.
	Unpack func(ctx context.Context, r platform.ArtifactReader, kind, name, dir string) error

	StartTimeout time.Duration // for a supervisor to start its service; 0: 10s
	StopGrace    time.Duration // that a supervisor gets beyond the stop timeout; 0: 10s
	LockTimeout  time.Duration // to wait for another rel that works on an instance; 0: 2m
	Poll         time.Duration // between looks at a lock, a stopping process or a followed log; 0: 20ms
}

// Driver implements platform.Driver for this machine.
type Driver struct{ Config }

var _ platform.Driver = (*Driver)(nil)

// New makes a driver; it touches nothing.
func New(c Config) *Driver {
	c.StartTimeout = orElse(c.StartTimeout, 10*time.Second)
	c.StopGrace = orElse(c.StopGrace, 10*time.Second)
	c.LockTimeout = orElse(c.LockTimeout, 2*time.Minute)
	c.Poll = orElse(c.Poll, 20*time.Millisecond)
	return &Driver{Config: c}
}

func orElse[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}
