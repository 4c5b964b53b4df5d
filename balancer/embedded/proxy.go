package embedded

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"rel/balancer"
	"rel/platform"
)

// proxy is the running load balancer.
type proxy struct {
	options options
	log     *log.Logger
	lock    *os.File
	routes  *routes
	control *net.UnixListener
	calls   *http.Server // of control, and of the socket that it has when it was replaced

	// changing is held from the check of a change until all know of it.
	changing sync.Mutex
	store    *store
	front    *front // nil: it does not listen
	silent   error  // why it does not
	moved    bool   // another process has taken over, or this one ends: nothing is changed here
	ended    chan ending
	former   sync.WaitGroup // fronts that were left for another address
}

// ending says how the process is to end.
type ending struct {
	announce, limit time.Duration
	retired         string // the name of the socket on which a successor can reach it
}

// facts are what is observed of a proxy that runs.
func (p *proxy) facts(servers []string) (balancer.Facts, error) {
	p.changing.Lock()
	defer p.changing.Unlock()
	if p.moved {
		return balancer.Facts{}, errMoved
	}
	f := p.store.state.facts(servers)
	if f.Setup != nil {
		f.Setup.Running = p.front != nil
		f.Setup.Version = p.options.version
	}
	return f, nil
}

// facts are what a state file tells; nothing runs.
func (s state) facts(servers []string) balancer.Facts {
	if s.Setup == nil {
		return balancer.Facts{}
	}
	setup := *s.Setup
	return balancer.Facts{Setup: &setup, Servers: s.Servers}.Only(servers)
}

// change checks the fence, plans a change, makes it durable and then carries it out, here and
// in the processes that this one replaced. The caller holds p.changing.
func (p *proxy) change(ctx context.Context, f platform.Fence, plan func(state) (change, error)) error {
	c, err := p.check(f, plan)
	if err != nil {
		return err
	}
	if p.front == nil {
		return p.silence()
	}
	return p.commit(ctx, c)
}

func (p *proxy) check(f platform.Fence, plan func(state) (change, error)) (change, error) {
	if p.moved {
		return change{}, errMoved
	}
	newer, err := p.store.state.fence(f)
	if err != nil {
		return change{}, err
	}
	c, err := plan(p.store.state)
	c.Fence = newer
	return c, err
}

func (p *proxy) commit(ctx context.Context, c change) error {
	if err := p.store.commit(c); err != nil {
		return err
	}
	p.routes.update(c.Servers)
	return p.tell(ctx, c.Servers)
}

func (p *proxy) silence() error {
	if p.silent != nil {
		return p.silent
	}
	return errors.New("the load balancer is not set up; rel apply sets it up")
}

// ensure carries out Ensure and Restore: plan gives the change of the servers and the set-up.
// A new address is listened on before the old one is left.
func (p *proxy) ensure(ctx context.Context, c call, plan func(state) (change, error)) error {
	p.changing.Lock()
	defer p.changing.Unlock()
	to, err := p.check(c.Fence, plan)
	if err != nil {
		return err
	}
	next, err := p.listen(ctx, c.Setup.Bind)
	if err != nil {
		return err
	}
	if err := p.commit(ctx, to); err != nil {
		if next != nil {
			_ = next.Close()
		}
		return err
	}
	if next != nil {
		p.move(next)
	}
	return nil
}

// listen opens an address; nil where the proxy listens there already.
func (p *proxy) listen(ctx context.Context, bind string) (*net.TCPListener, error) {
	if p.front != nil && p.store.state.Setup.Bind == bind {
		return nil, nil
	}
	l, err := listen(ctx, bind)
	if err != nil && p.front != nil && samePort(p.store.state.Setup.Bind, bind) {
		return nil, fmt.Errorf("%w (this load balancer itself listens on %s: give another port)", err, p.store.state.Setup.Bind)
	}
	return l, err
}

func samePort(a, b string) bool {
	_, m, errA := net.SplitHostPort(a)
	_, n, errB := net.SplitHostPort(b)
	return errA == nil && errB == nil && m == n
}

// move serves at another address and retires the former.
func (p *proxy) move(l *net.TCPListener) {
	former := p.front
	p.front, p.silent = newFront(l, p.routes, p.log), nil
	if former == nil {
		return
	}
	t := p.options.timing
	p.former.Go(func() { former.retire(context.Background(), t.Announce, t.Linger, t.Grace) })
}

// adopt makes the load balancer another lineage's, whose first writer may have any number.
func (p *proxy) adopt(lineage string) error {
	p.changing.Lock()
	defer p.changing.Unlock()
	if p.moved {
		return errMoved
	}
	if p.store.state.Fence.Lineage == lineage {
		return nil
	}
	return p.store.commit(change{Fence: &platform.Fence{Lineage: lineage}})
}

// drain takes a server out of traffic and waits until its requests are answered, here and in
// the processes that this one replaced.
func (p *proxy) drain(ctx context.Context, c call) error {
	if err := p.simple(ctx, c.Fence, func(s state) (change, error) { return s.drained(c.Server, true) }); err != nil {
		return err
	}
	var all sync.WaitGroup
	for _, name := range p.options.folder.retired() {
		all.Go(func() { p.idleAt(ctx, name, c) })
	}
	p.idle(ctx, c)
	all.Wait()
	return nil
}

// simple is change for a verb that changes servers alone.
func (p *proxy) simple(ctx context.Context, f platform.Fence, plan func(state) (change, error)) error {
	p.changing.Lock()
	defer p.changing.Unlock()
	return p.change(ctx, f, plan)
}

// idle waits for a server's requests in this process.
func (p *proxy) idle(ctx context.Context, c call) {
	if s := p.routes.find(c.Server); s != nil {
		s.wait(ctx, time.Duration(c.Timeout))
	}
}
