package planner

import (
	"fmt"
	"strings"
)

// decide says what happens to an instance: whether the wanted revision has to be brought up
// in a slot (dest), and whether what should be idle is at rest.
func (i *instance) decide() {
	s, slot := i.service, i.slot(i.live)
	switch {
	case i.live == "":
		i.bring(Create, i.service.slot(0))
		i.reasons = []string{"not there yet"}
	case slot.Revision != s.Revision || !s.hasSlot(i.live) || slot.Port != i.port(i.live):
		i.bring(Update, i.otherSlot())
		i.reasons = s.reasonsOf(i)
	default:
		i.repair()
	}
	i.tidy()
}

func (i *instance) bring(action Action, dest string) {
	i.action, i.dest, i.restart = action, dest, true
}

// otherSlot is where the wanted revision goes: beside the old where there is room, else in
// its place. It is empty where no slot has a port that is free.
func (i *instance) otherSlot() string {
	s := i.service
	if !s.two() || s.way == wayRecreate {
		if s.hasSlot(i.live) {
			return i.live
		}
		return s.slot(0)
	}
	for _, p := range s.Ports {
		if p.Slot != i.live && i.port(p.Slot) != i.slot(i.live).Port {
			return p.Slot
		}
	}
	return ""
}

// repair finds what is wrong with the right revision in the right slot.
func (i *instance) repair() {
	slot := i.slot(i.live)
	if !slot.Running {
		i.mend("not running")
	}
	if slot.Running && !slot.Enabled {
		i.mend("not started again when the host boots")
	}
	if unit := i.recorded.Slots[i.live].Unit; unit != "" && unit != slot.Unit {
		i.mend("unit changed on the host")
	}
	if b := i.service.balancer; b != nil {
		i.repairServer(b)
	}
	// What serves goes over to the other slot, so that capacity does not fall.
	if i.restart && !i.out && i.service.two() && i.service.way != wayRecreate {
		i.dest = i.otherSlot()
	}
}

func (i *instance) repairServer(b *balancing) {
	server := i.wantedServer(i.live)
	switch now, stands := server.now(); {
	case !stands:
		i.action, i.dest = Repair, i.live
		i.reasons = append(i.reasons, "not behind "+b.name)
	case now.Drained:
		i.mend("drained at " + b.name)
	case now.Weight == 0:
		i.mend("weight 0 at " + b.name)
	case now.Weight != 100:
		i.untidy(fmt.Sprintf("weight %d at %s, not 100", now.Weight, b.name))
	}
}

// mend has the right revision activated once more.
func (i *instance) mend(reason string) {
	i.bring(Repair, i.live)
	i.reasons = append(i.reasons, reason)
}

func (i *instance) untidy(reason string) {
	if i.action == NoAction {
		i.action = Repair
	}
	i.reasons = append(i.reasons, reason)
}

// tidy finds slots beside the live one that are not at rest: stopped, their servers drained
// at weight 0.
func (i *instance) tidy() {
	for _, s := range i.slots {
		if s.name != i.live && !i.service.hasSlot(s.name) {
			i.untidy("slot " + s.name + " is no longer configured")
		} else if s.name != i.live && (s.Running || s.Enabled) {
			i.untidy(s.name + " is not stopped")
		}
	}
	for n := range i.servers {
		s := &i.servers[n]
		if now, stands := s.now(); stands && s.slot != i.live && s.wanted && !s.rests(i, now.Weight, now.Drained) {
			i.untidy(s.slot + " is not out of traffic at " + s.balancer.name)
		}
	}
}

// rests says that an idle slot's server is as it is added and left. Over one slot nothing is
// live then, and the server stands ready at its weight.
func (s *server) rests(i *instance, weight int, drained bool) bool {
	return drained && (weight == 0 || !i.service.two())
}

// strays are the slots that are neither live nor configured.
func (i *instance) strays() []string {
	var names []string
	for _, s := range i.slots {
		if s.name != i.live && !s.Empty() && (i.service == nil || !i.service.hasSlot(s.name)) {
			names = append(names, s.name)
		}
	}
	return names
}

func words(list []Port) string {
	names := make([]string, len(list))
	for n, p := range list {
		names[n] = p.Slot
	}
	return strings.Join(names, ", ")
}
