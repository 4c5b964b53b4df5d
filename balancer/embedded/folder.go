package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"rel/platform"
)

// folder is where a proxy lives:
//
//	state            what it keeps over a restart
//	lock             held as long as it runs
//	control.socket   the path of its Unix socket; retired-PID.socket: of one that was replaced
//	bin/VERSION      copies of rel's binary
//	proxy.log        and the former one, proxy.log.1
type folder string

func (d folder) path(name string) string { return filepath.Join(string(d), name) }
func (d folder) state() string           { return d.path("state") }
func (d folder) lock() string            { return d.path("lock") }
func (d folder) log() string             { return d.path("proxy.log") }

// program is the copy of rel's binary at a version.
func (d folder) program(version string) string {
	return filepath.Join(d.path("bin"), "rel-"+url.PathEscape(version))
}

func (d folder) make() error {
	if err := os.MkdirAll(d.path("bin"), 0o700); err != nil {
		return fmt.Errorf("making the folder of the load balancer: %w", err)
	}
	return nil
}

const (
	control       = "control.socket"
	retiredPrefix = "retired-"
	socketSuffix  = ".socket"
	// socketLimit is the longest path that a Unix socket may have everywhere.
	socketLimit = 100
)

// socket is where a named socket is, as its process has written it down: a long folder has
// its sockets below the temporary folder, which may be another for another process.
func (d folder) socket(name string) (string, error) {
	b, err := os.ReadFile(d.path(name))
	if err != nil {
		return "", err
	}
	return strings.TrimSpace(string(b)), nil
}

// listen opens a named socket that only this user can connect to, and writes down where it is.
func (d folder) listen(name string) (*net.UnixListener, error) {
	path, err := d.place(name)
	if err != nil {
		return nil, err
	}
	_ = os.Remove(path) // of a process that was killed
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("opening the load balancer's socket: %w", err)
	}
	l.SetUnlinkOnClose(false) // its successor goes on listening on it
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	f, err := replaceFile(d.path(name), []byte(path+"\n"))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("writing where the load balancer's socket is: %w", err), l.Close())
	}
	return l, f.Close()
}

func (d folder) place(name string) (string, error) {
	path := d.path(strings.TrimSuffix(name, socketSuffix) + ".sock")
	if len(path) <= socketLimit {
		return path, nil
	}
	short := filepath.Join(os.TempDir(), fmt.Sprintf("rel-%d", os.Getuid()))
	if err := private(short); err != nil {
		return "", err
	}
	return filepath.Join(short, platform.Hash(path)[:16]+".sock"), nil
}

// private makes a folder that nobody else can put anything into.
func private(path string) error {
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("making a folder for the load balancer's socket: %w", err)
	}
	var st unix.Stat_t
	if err := unix.Lstat(path, &st); err != nil {
		return fmt.Errorf("looking at %s: %w", path, err)
	}
	if st.Mode&unix.S_IFMT != unix.S_IFDIR || st.Mode&0o077 != 0 || int(st.Uid) != os.Getuid() {
		return fmt.Errorf("%s must be a folder of this user alone (mode 0700) to hold the load balancer's socket; remove it, or set TMPDIR", path)
	}
	return nil
}

// forget removes a named socket.
func (d folder) forget(name string) {
	if path, err := d.socket(name); err == nil {
		_ = os.Remove(path)
	}
	_ = os.Remove(d.path(name))
}

// retired names the sockets of processes that were replaced and still have requests.
func (d folder) retired() []string {
	entries, _ := os.ReadDir(string(d))
	var names []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), retiredPrefix) && strings.HasSuffix(e.Name(), socketSuffix) {
			names = append(names, e.Name())
		}
	}
	return names
}

// errRuns: the lock is held, so a proxy runs.
var errRuns = errors.New("the load balancer's process runs already")

// acquire takes the lock that says that a proxy runs, waiting for it until ctx ends.
func (d folder) acquire(ctx context.Context) (*os.File, error) {
	f, err := os.OpenFile(d.lock(), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the load balancer's lock: %w", err)
	}
	for {
		err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			return f, nil
		}
		if !errors.Is(err, unix.EWOULDBLOCK) || !pause(ctx, look) {
			return nil, errors.Join(fmt.Errorf("%s: %w", d, errRuns), f.Close())
		}
	}
}

// runs says whether a proxy runs.
func (d folder) runs() bool {
	f, err := os.Open(d.lock())
	if err != nil {
		return false
	}
	defer f.Close()
	// shared, so that two who ask do not take each other for a proxy
	return errors.Is(unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB), unix.EWOULDBLOCK)
}

// startLock is how long a starting proxy waits for the lock: who asks whether one runs holds
// it for a moment.
const startLock = time.Second
