package local

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// zombie is SZOMB of sys/proc.h: a process that has ended and that its parent has not asked
// about yet.
const zombie = 5

// bootID names the host's boot. The time of the boot would not do: it moves when the clock
// is set.
func bootID() string {
	boot, err := unix.Sysctl("kern.bootsessionuuid")
	if err != nil {
		return ""
	}
	return boot
}

// startOf is when a process started; empty where it cannot be known.
func startOf(pid int) string {
	info, err := unix.SysctlKinfoProc("kern.proc.pid", pid)
	if err != nil {
		return ""
	}
	if info.Proc.P_stat == zombie {
		return ended
	}
	return fmt.Sprintf("%d.%06d", info.Proc.P_starttime.Sec, info.Proc.P_starttime.Usec)
}
