package local

import (
	"bytes"
	"fmt"
	"os"
	"strings"
)

// bootID names the host's boot, and in it the namespace of process ids: what a process id
// in another container means cannot be known here.
func bootID() string {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	namespace, err := os.Readlink("/proc/self/ns/pid")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(boot)) + " " + namespace
}

// startOf is when a process started, in clock ticks since the boot; empty where it cannot
// be known.
func startOf(pid int) string {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return ""
	}
	return startIn(stat)
}

// startIn reads field 22, the start, or the end from field 3, the state. The name of the
// program, field 2, is in parentheses and may hold spaces and parentheses itself.
func startIn(stat []byte) string {
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 20 {
		return ""
	}
	if state := string(fields[0]); state == "Z" || state == "X" {
		return ended
	}
	return string(fields[19])
}
