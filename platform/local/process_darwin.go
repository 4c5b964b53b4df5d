package local

import (
	"golang.org/x/sys/unix"
)

const zombie = 5 // SZOMB of sys/proc.h

// lookup reads a process's line of the table.
func lookup(pid int) (entry, error) {
	k, err := unix.SysctlKinfoProc("kern.proc.pid", pid)
	if err != nil {
		return entry{}, err
	}
	return toEntry(k), nil
}

func toEntry(k *unix.KinfoProc) entry {
	pid := int(k.Proc.P_pid)
	session, err := unix.Getsid(pid)
	if err != nil { // it has ended, or may not be asked: of no session that matters
		session = -1
	}
	start := k.Proc.P_starttime
	return entry{
		process: process{Pid: pid, Start: uint64(start.Sec)*1_000_000 + uint64(start.Usec)},
		parent:  int(k.Eproc.Ppid), group: int(k.Eproc.Pgid), session: session,
		dead: k.Proc.P_stat == zombie,
	}
}

// processes is the system's whole table.
func processes() ([]entry, error) {
	all, err := unix.SysctlKinfoProcSlice("kern.proc.all")
	if err != nil {
		return nil, err
	}
	table := make([]entry, len(all))
	for i := range all {
		table[i] = toEntry(&all[i])
	}
	return table, nil
}

// signal sends a signal to this process. Between the look and the signal its pid could in
// theory be given to another; there is no call here that closes that gap.
func (p process) signal(signal unix.Signal) error {
	if e, err := lookup(p.Pid); err != nil || e.process != p {
		return unix.ESRCH
	}
	return unix.Kill(p.Pid, signal)
}

// boot is empty: start times here are times of day, and differ after a reboot by themselves.
func boot() string { return "" }

// adoptDescendants does nothing: this system has no such thing, and what leaves its process
// group and session is out of the supervisor's sight.
func adoptDescendants() error { return nil }
