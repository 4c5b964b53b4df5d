package embedded

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"rel/balancer"
)

// server is one server behind the proxy: what it is to get, and the requests it has.
type server struct {
	id, address string
	upstream    *http.Transport // its own: its idle connections can be closed alone
	grpc        *http.Transport // the same over HTTP/2, which gRPC needs

	weight  int // guarded by routes.mu, as is drained
	drained bool

	requests atomic.Int64  // chosen for it and not answered to the end; upgraded connections too
	idle     chan struct{} // told when requests becomes 0
}

func newServer(id string, s balancer.Server) *server {
	return &server{
		id: id, address: s.Address, upstream: newUpstream(), grpc: newGRPCUpstream(),
		weight: s.Weight, drained: s.Drained,
		idle: make(chan struct{}, 1),
	}
}

// release ends a request that routes.choose gave to the server.
func (s *server) release() {
	if s.requests.Add(-1) == 0 {
		s.tell()
	}
}

func (s *server) tell() {
	select {
	case s.idle <- struct{}{}:
	default:
	}
}

// wait waits until the server has no requests, at most timeout, and closes the connections
// to it that are idle then.
func (s *server) wait(ctx context.Context, timeout time.Duration) {
	defer s.closeIdle()
	defer s.tell() // for another who waits
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	for s.requests.Load() > 0 {
		select {
		case <-s.idle:
		case <-timer.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

func (s *server) closeIdle() {
	s.upstream.CloseIdleConnections()
	s.grpc.CloseIdleConnections()
}

// transport gives what a request is to go over. Only gRPC is known to be HTTP/2 at the server.
func (s *server) transport(r *http.Request) *http.Transport {
	if r.ProtoMajor == 2 && strings.HasPrefix(r.Header.Get("Content-Type"), "application/grpc") {
		return s.grpc
	}
	return s.upstream
}
