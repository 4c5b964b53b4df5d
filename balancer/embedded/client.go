package embedded

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"syscall"
	"time"

	"rel/balancer"
)

// post makes one call over a Unix socket, on a connection of its own.
func post(ctx context.Context, socket, verb string, c call) error {
	body, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("encoding the call: %w", err)
	}
	return exchange(ctx, socket, http.MethodPost, verb, bytes.NewReader(body), &struct{}{})
}

func exchange(ctx context.Context, socket, method, verb string, body io.Reader, into any) error {
	r, err := http.NewRequestWithContext(ctx, method, "http://proxy/"+verb, body)
	if err != nil {
		return err
	}
	transport := &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		},
	}
	w, err := transport.RoundTrip(r)
	if err != nil {
		return fmt.Errorf("talking to the load balancer: %w", err)
	}
	defer w.Body.Close()
	return result(w, into)
}

// gone says that nobody listens at a socket, or that its process ended before it answered.
// Every verb is idempotent: it may be called again.
func gone(err error) bool {
	for _, e := range []error{fs.ErrNotExist, syscall.ECONNREFUSED, syscall.ECONNRESET, syscall.EPIPE, io.EOF, io.ErrUnexpectedEOF} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// answerTimeout is how long a proxy that runs may take until it listens on its socket.
const answerTimeout = 10 * time.Second

// callTimeout is how long a change may take, beside what it waits for by itself.
const callTimeout = time.Minute

// errNoAnswer: the process lives and does not answer, as one that is stopped.
var errNoAnswer = errors.New("the load balancer's process runs but does not answer")

// caused puts the reason why ctx ended in the place of an error that follows from it.
func caused(ctx context.Context, err error) error {
	if err != nil && errors.Is(context.Cause(ctx), errNoAnswer) {
		return errNoAnswer
	}
	return err
}

// errNotRunning: no process has the lock.
var errNotRunning = errors.New("the load balancer does not run")

// reach makes calls at the socket until one is answered by the process that serves now:
// between two processes, and while one starts, there is nobody for a moment.
func (d *Driver) reach(ctx context.Context, do func(socket string) error) error {
	deadline := time.Now().Add(answerTimeout)
	for {
		socket, err := d.folder.socket(control)
		if err == nil {
			err = do(socket)
		}
		if !gone(err) && !errors.Is(err, errMoved) {
			return err
		}
		if gone(err) && !d.folder.runs() {
			return errNotRunning
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the load balancer in %s runs but does not answer: %w (its log: %s)", d.folder, err, d.folder.log())
		}
		if !pause(ctx, look) {
			return ctx.Err()
		}
	}
}

// observed asks the running proxy for its facts.
func (d *Driver) observed(ctx context.Context, servers ...string) (f balancer.Facts, err error) {
	query := url.Values{serverParameter: servers}.Encode()
	ctx, cancel := context.WithTimeoutCause(ctx, d.config.Timing.Answer, errNoAnswer)
	defer cancel()
	defer func() { err = caused(ctx, err) }()
	err = d.reach(ctx, func(socket string) error {
		f = balancer.Facts{}
		return exchange(ctx, socket, http.MethodGet, verbFacts+"?"+query, nil, &f)
	})
	return f, err
}

// call makes a call, and starts the proxy first where it does not run: it comes up as its
// state file says. version is the one to start; empty: the one that ran, or this one.
func (d *Driver) call(ctx context.Context, version, verb string, c call) (err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, callTimeout+time.Duration(c.Timeout), errNoAnswer)
	defer cancel()
	defer func() { err = caused(ctx, err) }()
	for range 3 {
		err := d.reach(ctx, func(socket string) error { return post(ctx, socket, verb, c) })
		if !errors.Is(err, errNotRunning) {
			return err
		}
		if err := d.start(ctx, version); err != nil && !d.folder.runs() {
			return err
		}
	}
	return fmt.Errorf("the load balancer in %s ends as soon as it was started (its log: %s)", d.folder, d.folder.log())
}

// start starts a proxy from the copy of the binary in the folder.
func (d *Driver) start(ctx context.Context, version string) error {
	if err := d.folder.make(); err != nil {
		return err
	}
	if version == "" {
		version = d.lastVersion()
	}
	program, err := d.copied(version)
	if err != nil {
		return err
	}
	o := options{folder: d.folder, version: version, timing: d.config.Timing, ready: true}
	if err := launch(ctx, d.folder, program, command(o)); err != nil {
		return err
	}
	return d.prune(version, d.lastVersion())
}

// command is what a copy of the binary is started with.
func command(o options) []string { return append([]string{"proxy"}, o.args()...) }

// lastVersion is the version that ran last where there is a copy of it, else this one.
func (d *Driver) lastVersion() string {
	s, err := readState(d.folder.state())
	if err == nil && s.Setup != nil && d.has(s.Setup.Version) {
		return s.Setup.Version
	}
	return d.config.Version
}

// has says whether a version can be started.
func (d *Driver) has(version string) bool {
	if version == d.config.Version {
		return true
	}
	_, err := os.Stat(d.folder.program(version))
	return err == nil
}
