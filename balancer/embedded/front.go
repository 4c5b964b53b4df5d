package embedded

import (
	"context"
	"fmt"
	"log"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// headerTimeout bounds how long a client may take to send a request's header. Bodies and
	// answers have no bound: they stream.
	headerTimeout = 15 * time.Second
	// idleClient is how long a client's connection may be idle: longer than the pools of
	// common clients keep theirs (Go 90 s), so that they close first.
	idleClient = 3 * time.Minute
	// look is how often a front that is being retired looks whether it is done.
	look = 10 * time.Millisecond
)

// front is an address that the proxy listens on, with the connections of its clients.
type front struct {
	listener *net.TCPListener
	server   *http.Server
	closing  atomic.Bool   // answers say "Connection: close"
	served   chan struct{} // closed when no connection is accepted any more

	mu    sync.Mutex
	conns map[net.Conn]http.ConnState // new or active
	busy  int64                       // requests in hand, upgraded connections too
}

func listen(ctx context.Context, bind string) (*net.TCPListener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", bind)
	if err != nil {
		return nil, fmt.Errorf("the load balancer cannot listen on %s: %w; free the address or give another bind", bind, err)
	}
	return l.(*net.TCPListener), nil
}

// newFront serves what comes in at a listener.
func newFront(l *net.TCPListener, r *routes, logger *log.Logger) *front {
	f := &front{listener: l, served: make(chan struct{}), conns: map[net.Conn]http.ConnState{}}
	protocols := &http.Protocols{}
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	f.server = &http.Server{
		Handler:           f.counted(newHandler(r, f.closing.Load, logger)),
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleClient,
		ConnState:         f.track,
		ConnContext:       withConn,
		ErrorLog:          logger,
		Protocols:         protocols,
	}
	go func() {
		defer close(f.served)
		if err := f.server.Serve(l); err != nil && !f.closing.Load() {
			logger.Printf("accepting connections on %s ended: %v", l.Addr(), err)
		}
	}()
	return f
}

func (f *front) counted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.count(1)
		defer f.count(-1)
		if r.ProtoMajor == 2 {
			f.forget(r)
		}
		next.ServeHTTP(w, r)
	})
}

func (f *front) count(n int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.busy += n
}

// forget leaves an HTTP/2 connection to its requests: net/http reports no more of its state,
// and Shutdown closes it without losing one.
func (f *front) forget(r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c, _ := r.Context().Value(connKey{}).(net.Conn)
	delete(f.conns, c)
}

func withConn(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

type connKey struct{}

func (f *front) track(c net.Conn, s http.ConnState) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if s == http.StateNew || s == http.StateActive {
		f.conns[c] = s
	} else {
		delete(f.conns, c)
	}
}

// quiet says that no connection is new or active and no request in hand.
func (f *front) quiet() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.conns) == 0 && f.busy == 0
}

// retire ends the front without losing a request: it accepts no more, announces for a while
// that connections close, waits until all that were accepted have been read and answered, and
// closes those that are idle then. What still goes on after limit is cut. The end of ctx
// shortens all that to grace.
func (f *front) retire(ctx context.Context, announce, limit, grace time.Duration) {
	f.closing.Store(true)
	_ = f.listener.Close()
	<-f.served // else a connection could be accepted and not yet be known
	pause(ctx, announce)
	if !f.settle(ctx, limit) {
		f.settle(context.Background(), min(grace, limit))
	}
	last, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = f.server.Shutdown(last)
	_ = f.server.Close()
}

// settle waits until the front is quiet, at most limit, and says false where ctx ended first.
func (f *front) settle(ctx context.Context, limit time.Duration) bool {
	bounded, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for !f.quiet() {
		if !pause(bounded, look) {
			return ctx.Err() == nil
		}
	}
	return true
}

// pause sleeps, and says false where ctx ended first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
