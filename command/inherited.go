package command

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// keepInherited keeps to this process what whoever started it left open beyond the three streams,
// such as the lock of a script's flock or the pipe of a CI runner: services and load balancers
// outlive rel, and would hold it for good.
func keepInherited() {
	open, err := os.ReadDir("/dev/fd")
	if err != nil { // a system without: nothing is lost but this courtesy
		return
	}
	for _, entry := range open {
		if fd, err := strconv.Atoi(entry.Name()); err == nil && fd > 2 {
			unix.CloseOnExec(fd)
		}
	}
}
