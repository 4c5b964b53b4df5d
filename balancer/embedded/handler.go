package embedded

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// flushEvery bounds how long a part of an answer of known length waits for more. Streams
	// (of unknown length, text/event-stream) are flushed at once.
	flushEvery = 10 * time.Millisecond
	// copyBuffer is the size in bytes of what an answer is copied through.
	copyBuffer = 32 << 10
	// tries is how many servers one request is tried at before it fails.
	tries = 16

	// headerReason tells clients and people which answers are the load balancer's own.
	headerReason = "X-Rel-Balancer"
)

// errNoServer: no server is undrained with a weight above 0.
var errNoServer = errors.New("no server gets requests")

// ticket is one request of a client: the server that was chosen for it, if any.
type ticket struct {
	server *server
	sent   atomic.Bool
	body   *replay
}

// take exchanges the ticket's server; nil gives it back.
func (t *ticket) take(s *server) {
	if t.server != nil {
		t.server.release()
	}
	t.server = s
}

type ticketKey struct{}

// handler hands requests to servers.
type handler struct {
	routes  *routes
	proxy   *httputil.ReverseProxy
	closing func() bool // answers are to say "Connection: close"
}

func newHandler(r *routes, closing func() bool, logger *log.Logger) *handler {
	h := &handler{routes: r, closing: closing}
	h.proxy = &httputil.ReverseProxy{
		Rewrite:        h.rewrite,
		Transport:      h,
		FlushInterval:  flushEvery,
		BufferPool:     &buffers{},
		ErrorLog:       logger,
		ModifyResponse: h.announce,
		ErrorHandler:   h.fail(logger),
	}
	return h
}

// ServeHTTP keeps the chosen server's count until the last byte, also of an upgraded
// connection.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	t := &ticket{}
	defer func() { t.take(nil) }()
	if r.Body != nil && r.Body != http.NoBody {
		// a server may answer while it still reads: net/http must not read the rest itself
		_ = http.NewResponseController(w).EnableFullDuplex()
	}
	h.proxy.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), ticketKey{}, t)))
}

// rewrite makes the server's request from the client's. Path, query and Host stay.
func (h *handler) rewrite(p *httputil.ProxyRequest) {
	p.Out.URL.Scheme = "http"
	p.Out.URL.RawQuery = p.In.URL.RawQuery
	p.Out.Host = p.In.Host
	p.Out.Trailer = p.In.Trailer // filled in when the body ends
	forwarded(p)
	t := p.Out.Context().Value(ticketKey{}).(*ticket)
	if p.Out.Body != nil && p.Out.Body != http.NoBody {
		t.body = &replay{from: p.Out.Body, sent: &t.sent}
		p.Out.GetBody = t.body.again
	}
}

// forwarded sets X-Forwarded-For, -Host and -Proto. What the client sent of them counts only
// from this machine or a private network, where a proxy that ends TLS may stand before this one.
func forwarded(p *httputil.ProxyRequest) {
	before := p.In.Header
	host, _, _ := net.SplitHostPort(p.In.RemoteAddr)
	ip, err := netip.ParseAddr(host)
	if err != nil || !(ip.IsLoopback() || ip.IsPrivate()) {
		before = http.Header{}
	}
	if prior := before["X-Forwarded-For"]; prior != nil {
		p.Out.Header["X-Forwarded-For"] = prior
	}
	p.SetXForwarded()
	for _, name := range []string{"X-Forwarded-Host", "X-Forwarded-Proto"} {
		if prior := before[name]; prior != nil {
			p.Out.Header[name] = prior
		}
	}
}

// RoundTrip sends a request to the server whose turn it is. Where no connection to it comes
// about, another is tried: nothing was sent.
func (h *handler) RoundTrip(r *http.Request) (*http.Response, error) {
	t := r.Context().Value(ticketKey{}).(*ticket)
	r = r.WithContext(traced(r.Context(), &t.sent))
	err := errNoServer
	var tried []*server
	for len(tried) < tries {
		s := h.routes.choose(tried)
		if s == nil {
			break
		}
		t.take(s)
		var answer *http.Response
		answer, err = t.send(r, s)
		if err != nil && t.sent.Load() {
			return nil, fmt.Errorf("%w: %w", errSent, err)
		}
		if !errors.Is(err, errDial) || r.Context().Err() != nil {
			return answer, err
		}
		tried = append(tried, s)
	}
	return nil, err
}

func (t *ticket) send(r *http.Request, s *server) (*http.Response, error) {
	out, u := *r, *r.URL
	u.Host = s.address
	out.URL = &u
	if t.body != nil {
		body, err := t.body.again()
		if err != nil {
			return nil, err
		}
		out.Body = body
	}
	return s.transport(r).RoundTrip(&out)
}

func (h *handler) announce(r *http.Response) error {
	if h.closing() && r.StatusCode != http.StatusSwitchingProtocols {
		r.Header.Set("Connection", "close")
	}
	return nil
}

// fail answers where no server did.
func (h *handler) fail(logger *log.Logger) func(http.ResponseWriter, *http.Request, error) {
	return func(w http.ResponseWriter, r *http.Request, err error) {
		if r.Context().Err() != nil {
			return // the client is gone
		}
		logger.Printf("%s %s: %v", r.Method, r.URL.Path, err)
		if h.closing() {
			w.Header().Set("Connection", "close")
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		if !errors.Is(err, errSent) && (errors.Is(err, errNoServer) || errors.Is(err, errDial)) {
			w.Header().Set(headerReason, "no-server")
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = io.WriteString(w, "503: the load balancer has no server for this request: every server is drained, has weight 0 or cannot be connected to.\n")
			return
		}
		w.Header().Set(headerReason, "bad-gateway")
		w.WriteHeader(http.StatusBadGateway)
		_, _ = io.WriteString(w, "502: the server did not answer this request.\n")
	}
}

// buffers is a pool of buffers through which answers are copied.
type buffers struct{ pool sync.Pool }

func (b *buffers) Get() []byte {
	if p, ok := b.pool.Get().(*[]byte); ok {
		return *p
	}
	return make([]byte, copyBuffer)
}

func (b *buffers) Put(p []byte) { b.pool.Put(&p) }
