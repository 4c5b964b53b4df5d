package local

import "golang.org/x/sys/unix"

// process names a process beyond the reuse of its pid.
type process struct {
	Pid   int    `json:"pid"`
	Start uint64 `json:"start"` // when it started, in the system's own unit
}

// entry is a line of the system's table of processes.
type entry struct {
	process
	parent, group, session int
	dead                   bool // a zombie: it holds nothing any more, and its parent has not looked
}

// alive says whether this very process runs.
func (p process) alive() bool {
	if p.Pid <= 0 {
		return false
	}
	e, err := lookup(p.Pid)
	return err == nil && e.process == p && !e.dead
}

// belongings are the processes that leader has started, directly or through others, or that
// are in the session it has made; those of its session also after it ended. The system gives a
// session's number to nobody else while one of its processes lives, so where another process
// has leader's pid nothing is left of it.
func belongings(table []entry, leader process) []entry {
	if leader.Pid <= 1 { // none; and all descends from 1
		return nil
	}
	lives := false // if not, it is nobody's parent: whoever has its pid as parent has another's
	parents := make(map[int]int, len(table))
	for _, e := range table {
		if e.Pid == leader.Pid && e.process != leader {
			return nil
		}
		lives = lives || e.process == leader
		parents[e.Pid] = e.parent
	}
	var found []entry
	for _, e := range table {
		ofSession := e.session == leader.Pid && e.Start >= leader.Start
		if !e.dead && e.Pid != leader.Pid && (ofSession || lives && descends(parents, e.Pid, leader.Pid)) {
			found = append(found, e)
		}
	}
	return found
}

// descends follows the parents of pid up to ancestor; the bound ends a chain that a table, taken
// while processes come and go, may have closed to a ring.
func descends(parents map[int]int, pid, ancestor int) bool {
	for range len(parents) {
		pid = parents[pid]
		if pid == ancestor || pid <= 1 {
			break
		}
	}
	return pid == ancestor
}

// signalAll sends a signal to each of the processes that still is what it was.
func signalAll(processes []entry, signal unix.Signal) {
	for _, p := range processes {
		// one that has ended meanwhile needs no signal, and one that may not be signalled
		// shows in the table that is looked at next
		_ = p.signal(signal)
	}
}
