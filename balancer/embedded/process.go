package embedded

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// Proxy is the process of an embedded load balancer: the hidden command "rel proxy DIR". It
// returns when the process is to end: told by a signal or the end of ctx, removed, or
// replaced and done with its last request. Drivers start it with more arguments.
func Proxy(ctx context.Context, args ...string) error {
	o, err := parseOptions(args)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, os.Interrupt)
	defer stop()
	p, err := open(ctx, o)
	if err := report(o, err); err != nil {
		return err
	}
	return p.run(ctx)
}

// report tells the starter that the proxy serves, or why it does not.
func report(o options, err error) error {
	if !o.ready {
		return err
	}
	w := os.NewFile(fdReady, "ready")
	defer w.Close()
	text := ready
	if err != nil {
		text = err.Error()
	}
	_, werr := io.WriteString(w, text)
	return errors.Join(err, werr)
}

// open brings a proxy up as its state file says. Where its address cannot be listened on it
// comes up all the same: an Ensure may give another.
func open(ctx context.Context, o options) (*proxy, error) {
	if err := o.folder.make(); err != nil {
		return nil, err
	}
	l, err := openLog(o.folder.log(), logLimit)
	if err != nil {
		return nil, err
	}
	p := &proxy{options: o, log: log.New(l, fmt.Sprintf("[%d] ", os.Getpid()), log.LstdFlags), ended: make(chan ending, 1)}
	p.calls = p.newControl()
	take := p.begin
	if o.successor {
		take = p.succeed
	}
	return p, take(ctx)
}

// begin takes the lock, reads the state and opens the sockets.
func (p *proxy) begin(ctx context.Context) (err error) {
	waiting, cancel := context.WithTimeout(ctx, startLock)
	defer cancel()
	if p.lock, err = p.options.folder.acquire(waiting); err != nil {
		return err
	}
	if err := p.load(); err != nil {
		return err
	}
	if p.control, err = p.options.folder.listen(control); err != nil {
		return err
	}
	if s := p.store.state.Setup; s != nil {
		l, err := listen(ctx, s.Bind)
		if err != nil {
			p.log.Print(err)
			p.silent = err
			return nil
		}
		p.front = newFront(l, p.routes, p.log)
	}
	return nil
}

// succeed reads the state and takes lock and sockets from the process that it replaces, which
// changes nothing meanwhile.
func (p *proxy) succeed(context.Context) error {
	if err := p.load(); err != nil {
		return err
	}
	for _, fd := range []int{fdReady, fdLock, fdControl, fdFront} {
		syscall.CloseOnExec(fd)
	}
	p.lock = os.NewFile(fdLock, "lock")
	c, err := inherit[*net.UnixListener](fdControl)
	if err != nil {
		return err
	}
	c.SetUnlinkOnClose(false)
	l, err := inherit[*net.TCPListener](fdFront)
	if err != nil {
		return err
	}
	p.control, p.front = c, newFront(l, p.routes, p.log)
	return nil
}

func inherit[L net.Listener](fd uintptr) (none L, err error) {
	f := os.NewFile(fd, "listener")
	defer f.Close()
	l, err := net.FileListener(f)
	if err != nil {
		return none, fmt.Errorf("taking over descriptor %d: %w", fd, err)
	}
	if l, ok := l.(L); ok {
		return l, nil
	}
	return none, fmt.Errorf("taking over descriptor %d: it is a %T", fd, l)
}

func (p *proxy) load() (err error) {
	p.store, err = openStore(p.options.folder.state())
	if err == nil {
		p.routes = newRoutes(p.store.state.Servers)
	}
	return err
}

// unusedFor is how long a proxy without a set-up waits for one before it ends.
const unusedFor = 10 * time.Second

// run serves the socket until the process is to end, and then ends it without losing a request.
func (p *proxy) run(ctx context.Context) error {
	p.log.Printf("version %s serves", p.options.version)
	p.serveControl(p.control)
	if p.front == nil {
		time.AfterFunc(unusedFor, p.endUnused)
	}
	stop := context.AfterFunc(ctx, p.interrupt)
	defer stop()
	p.leave(ctx, <-p.ended)
	return nil
}
