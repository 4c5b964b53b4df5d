package simulated

import (
	"context"
	"slices"
	"sync"

	"rel/platform"
)

// World is everything that the driver acts on. The zero value is a world without hosts;
// a host is there as soon as something is staged on it. Whoever shares a World with a running
// driver reads and changes it only inside Step, where nothing else runs.
type World struct {
	mu    sync.Mutex
	hosts map[platform.Address]*Host

	// Step is called before every micro-operation of every verb, with a few words that say
	// which. It may let others run, or take time. Its error ends the verb there and then:
	// what the verb did so far stays done. Nil: nothing happens between.
	Step func(ctx context.Context, what string) error
	// Works says whether a revision passes its health checks there. Nil: every one does.
	Works func(a platform.Address, revision string) bool
	// Ends says whether a revision's process ends there right after its start. Nil: none does.
	Ends func(a platform.Address, revision string) bool
	// WarmUp is how many health checks of a new process fail before the first that passes.
	WarmUp int
	// Taken are ports that something outside rel listens on.
	Taken map[int]bool
	// FreeBytes is the room on each host's disk.
	FreeBytes int64
}

// Host is where one instance runs; each instance has a host of its own, as on a local target.
type Host struct {
	Slots  map[string]*Slot
	Staged []string // oldest first
	Fence  platform.Fence
	Lost   bool // it answers nothing, and what runs there goes on
}

// Slot is a place on a host.
type Slot struct {
	Revision string
	Unit     string // as Unit makes it
	Port     int
	Enabled  bool
	Process  *Process // nil: nothing runs
	Ended    int
	Log      []string
}

// Process is a revision that runs. Another start is another process.
type Process struct {
	Revision string
	Unit     string
	Port     int
	Checks   int  // health checks that were made of it
	Healthy  bool // it has passed one
}

// Unit is the hash of the unit that runs a revision in a slot at a port.
func Unit(slot, revision string, port int) string {
	return platform.Hash(struct {
		Slot, Revision string
		Port           int
	}{slot, revision, port})
}

// Host gives the host of an instance, and makes it where it is not there.
func (w *World) Host(a platform.Address) *Host {
	if h, ok := w.hosts[a]; ok {
		return h
	}
	if w.hosts == nil {
		w.hosts = map[platform.Address]*Host{}
	}
	h := &Host{Slots: map[string]*Slot{}}
	w.hosts[a] = h
	return h
}

// Hosts lists the instances that have a host, in order.
func (w *World) Hosts() []platform.Address {
	var all []platform.Address
	for a := range w.hosts {
		all = append(all, a)
	}
	slices.SortFunc(all, platform.CompareAddresses)
	return all
}

// Slot gives a slot of the host, and makes it where it is not there.
func (h *Host) Slot(name string) *Slot {
	s, ok := h.Slots[name]
	if !ok {
		s = &Slot{}
		h.Slots[name] = s
	}
	return s
}

// Facts are what a platform observes of the slot.
func (s *Slot) Facts() platform.Slot {
	return platform.Slot{
		Revision: s.Revision, Port: s.Port, Unit: s.Unit,
		Running: s.Process != nil, Enabled: s.Enabled, Ended: s.Ended,
	}
}

func (w *World) works(a platform.Address, revision string) bool {
	return w.Works == nil || w.Works(a, revision)
}

func (w *World) ends(a platform.Address, revision string) bool {
	return w.Ends != nil && w.Ends(a, revision)
}
