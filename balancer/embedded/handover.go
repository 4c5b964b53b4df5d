package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"rel/balancer"
)

// A process that was replaced still has connections of clients, and their requests to route.
// It listens on a socket of its own, where its successor tells it what changes (follow) and
// waits for a drained server's requests (idle), until it has none left.

// followTimeout is how long a replaced process may take to follow a change.
const followTimeout = 5 * time.Second

// handover starts the program as this process's successor, which gets the lock and the
// listening sockets, so that no connection is refused. When it does not come up, all stays as
// it was.
func (p *proxy) handover(ctx context.Context, c call) error {
	p.changing.Lock()
	defer p.changing.Unlock()
	if err := p.handable(c); err != nil {
		return err
	}
	name, err := p.openRetired()
	if err != nil {
		return err
	}
	err = launch(ctx, p.options.folder, c.Program, c.Args, p.lock, p.control, p.front.listener)
	if err != nil {
		p.options.folder.forget(name)
		return fmt.Errorf("handing over to a new version: %w; version %s goes on", err, p.options.version)
	}
	p.log.Printf("%s has taken over", c.Program)
	p.leaveTo(ending{announce: p.options.timing.Announce, limit: p.options.timing.Linger, retired: name})
	return nil
}

// handable refuses a handover where what is to follow it would be refused.
func (p *proxy) handable(c call) error {
	_, err := p.check(c.Fence, func(s state) (change, error) {
		if c.Setup == nil {
			return change{}, errors.New("a handover needs the set-up that follows")
		}
		return s.ensure(*c.Setup, c.Servers, c.Remove)
	})
	if err == nil && p.front == nil {
		err = p.silence()
	}
	return err
}

// openRetired opens the socket on which this process is reached when it was replaced.
func (p *proxy) openRetired() (string, error) {
	name := fmt.Sprintf("%s%d%s", retiredPrefix, os.Getpid(), socketSuffix)
	l, err := p.options.folder.listen(name)
	if err != nil {
		return "", err
	}
	p.serveControl(l)
	return name, nil
}

// leaveTo makes the process end; the caller holds p.changing. Lock and socket are free for
// another process from here on, unless this one was removed.
func (p *proxy) leaveTo(e ending) {
	if p.moved {
		return
	}
	p.moved = true
	_ = p.control.Close()
	if e.retired != "" {
		_ = p.lock.Close()
	}
	p.ended <- e
}

// interrupt ends the process for a signal. Another may be started at once: it reaches this
// one as if it had replaced it.
func (p *proxy) interrupt() {
	p.changing.Lock()
	defer p.changing.Unlock()
	if p.moved {
		return
	}
	name, err := p.openRetired()
	if err != nil {
		p.log.Printf("ending: %v", err)
	}
	p.leaveTo(ending{limit: p.options.timing.Grace, retired: name})
}

// endUnused ends a process that does not listen: nothing is served and nothing is lost.
func (p *proxy) endUnused() {
	p.changing.Lock()
	defer p.changing.Unlock()
	if p.front == nil {
		p.leaveTo(ending{})
	}
}

// remove ends the load balancer for good; who called removes the folder.
func (p *proxy) remove(ctx context.Context, c call) error {
	p.changing.Lock()
	defer p.changing.Unlock()
	to, err := p.check(c.Fence, func(state) (change, error) { return change{}, nil })
	if err != nil {
		return err
	}
	if err := p.store.commit(to); err != nil {
		return err
	}
	for _, name := range p.options.folder.retired() {
		_ = p.post(ctx, name, verbEnd, call{}) // it ends by itself later
	}
	p.leaveTo(ending{limit: p.options.timing.Grace})
	return nil
}

// leave ends the fronts without losing a request.
func (p *proxy) leave(ctx context.Context, e ending) {
	if p.front != nil {
		p.front.retire(ctx, e.announce, e.limit, p.options.timing.Grace)
	}
	p.former.Wait()
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), answerTimeout)
	defer cancel()
	_ = p.calls.Shutdown(last) // who called gets the answer
	if e.retired != "" {
		p.options.folder.forget(e.retired)
	}
	p.log.Printf("version %s has ended", p.options.version)
}

// callFollow changes servers as the successor has.
func (p *proxy) callFollow(_ context.Context, c call) error {
	p.changing.Lock() // a handover that is not through yet
	defer p.changing.Unlock()
	if !p.moved {
		return errors.New("this process was not replaced")
	}
	p.routes.update(c.Changed)
	return nil
}

// callEnd makes a replaced process end soon.
func (p *proxy) callEnd(context.Context, call) error {
	return syscall.Kill(os.Getpid(), unix.SIGTERM)
}

// tell makes the processes that this one replaced follow a change.
func (p *proxy) tell(ctx context.Context, changed map[string]*balancer.Server) error {
	if len(changed) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, followTimeout)
	defer cancel()
	var errs [](error)
	for _, name := range p.options.folder.retired() {
		errs = append(errs, p.post(ctx, name, verbFollow, call{Changed: changed}))
	}
	return errors.Join(errs...)
}

func (p *proxy) idleAt(ctx context.Context, name string, c call) {
	_ = p.post(ctx, name, verbIdle, c) // it has ended: it has no requests
}

// post calls a replaced process. One that is gone is no error, and its socket is removed.
func (p *proxy) post(ctx context.Context, name, verb string, c call) error {
	path, err := p.options.folder.socket(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	err = post(ctx, path, verb, c)
	if gone(err) {
		p.options.folder.forget(name)
		return nil
	}
	if err != nil {
		return fmt.Errorf("telling the process that was replaced (%s): %w", name, err)
	}
	return nil
}
