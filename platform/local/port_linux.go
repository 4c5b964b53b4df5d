package local

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// listener names the process that listens on a port, where it can be seen.
func listener(port int) string {
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		b, err := os.ReadFile(table)
		if err != nil {
			continue
		}
		for _, inode := range listening(b, port) {
			if pid := holder("socket:[" + inode + "]"); pid != "" {
				return fmt.Sprintf("process %s (%s)", pid, commandOf(pid))
			}
		}
	}
	return ""
}

// listening are the inodes of the sockets in /proc/net/tcp that listen on a port.
func listening(table []byte, port int) []string {
	var inodes []string
	for line := range bytes.Lines(table) {
		fields := strings.Fields(string(line))
		if len(fields) < 10 || fields[3] != "0A" { // TCP_LISTEN
			continue
		}
		_, hex, _ := strings.Cut(fields[1], ":")
		if n, err := strconv.ParseUint(hex, 16, 16); err == nil && int(n) == port {
			inodes = append(inodes, fields[9])
		}
	}
	return inodes
}

// holder is the pid of a process that has a socket open.
func holder(socket string) string {
	links, err := filepath.Glob("/proc/[0-9]*/fd/*")
	if err != nil {
		return ""
	}
	for _, link := range links {
		if target, err := os.Readlink(link); err == nil && target == socket {
			return strings.Split(link, "/")[2]
		}
	}
	return ""
}

// commandOf is a process's command, shortened to what fits in a sentence.
func commandOf(pid string) string {
	b, err := os.ReadFile("/proc/" + pid + "/cmdline")
	if err != nil {
		return "of unknown name"
	}
	command := strings.TrimSpace(strings.ReplaceAll(string(b), "\x00", " "))
	if len(command) > 80 {
		command = command[:80] + "…"
	}
	return strconv.QuoteToGraphic(command)
}
