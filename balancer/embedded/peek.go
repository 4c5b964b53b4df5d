package embedded

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// closedByPeer says whether the other side has closed an idle connection (or sent what nobody
// asked for), without waiting and without taking anything from it.
func closedByPeer(c net.Conn) bool {
	sc, ok := c.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return true
	}
	closed := true
	err = raw.Control(func(fd uintptr) {
		var b [1]byte
		_, _, err := unix.Recvfrom(int(fd), b[:], unix.MSG_PEEK|unix.MSG_DONTWAIT)
		closed = err != unix.EAGAIN && err != unix.EWOULDBLOCK && err != unix.EINTR
	})
	return closed || err != nil
}
