package local

import (
	"bytes"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// lookup reads a process's line of the table.
func lookup(pid int) (entry, error) {
	b, err := readFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return entry{}, err
	}
	if b == nil {
		return entry{}, unix.ESRCH
	}
	return parseStat(b)
}

// parseStat reads /proc/PID/stat. The name in it, in brackets, may hold anything, so what
// counts comes after the last bracket.
func parseStat(b []byte) (entry, error) {
	pid, _, _ := bytes.Cut(b, []byte(" "))
	fields := bytes.Fields(b[bytes.LastIndexByte(b, ')')+1:])
	if len(fields) < 20 {
		return entry{}, fmt.Errorf("%q is not the state of a process", b)
	}
	var e entry
	var threads int
	for _, f := range []struct {
		to   *int
		from []byte
	}{{&e.Pid, pid}, {&e.parent, fields[1]}, {&e.group, fields[2]}, {&e.session, fields[3]}, {&threads, fields[17]}} {
		n, err := strconv.Atoi(string(f.from))
		if err != nil {
			return entry{}, fmt.Errorf("reading the state of a process: %w", err)
		}
		*f.to = n
	}
	start, err := strconv.ParseUint(string(fields[19]), 10, 64)
	if err != nil {
		return entry{}, fmt.Errorf("reading when a process started: %w", err)
	}
	e.Start = start
	// the first of a process's threads is a zombie at once; while another is about to end, the
	// process still has its files and ports
	e.dead = threads <= 1 && (fields[0][0] == 'Z' || fields[0][0] == 'X')
	return e, nil
}

// processes is the system's whole table.
func processes() ([]entry, error) {
	proc, err := os.Open("/proc")
	if err != nil {
		return nil, err
	}
	defer proc.Close()
	names, err := proc.Readdirnames(-1)
	if err != nil {
		return nil, err
	}
	var table []entry
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		if e, err := lookup(pid); err == nil { // an error: it has ended
			table = append(table, e)
		}
	}
	return table, nil
}

// signal sends a signal to exactly this process: the descriptor names one process for good, so
// its pid cannot be given to another between the look and the signal.
func (p process) signal(signal unix.Signal) error {
	fd, err := unix.PidfdOpen(p.Pid, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if e, err := lookup(p.Pid); err != nil || e.process != p {
		return unix.ESRCH
	}
	return unix.PidfdSendSignal(fd, signal, nil, 0)
}

// boot names the time since the machine was started: start times count from then.
func boot() string {
	b, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return string(bytes.TrimSpace(b))
}

// adoptDescendants has the processes that a service leaves behind become children of this one.
func adoptDescendants() error { return unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) }
