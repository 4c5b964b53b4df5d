package embedded

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

const (
	// idleUpstream is how long a connection to a server may be idle and be used again. Servers
	// close theirs after 2 s (gunicorn), 5 s (Node, Apache, uvicorn) or later: a request
	// that meets such a close is lost, and a POST must not be sent twice.
	idleUpstream = time.Second
	// dialTimeout is how long connecting to a server may take before another is tried.
	dialTimeout = 3 * time.Second
	// idlePerServer is how many idle connections are kept to one server.
	idlePerServer = 512
	// continueTimeout is how long a server may take to answer "Expect: 100-continue".
	continueTimeout = time.Second
)

// errDial: no connection to the server came about, so nothing of the request was sent.
var errDial = errors.New("connecting to the server")

// errStale: the server has closed the idle connection, or may do so any moment.
var errStale = errors.New("the connection was idle for too long")

// newUpstream makes the transport to one server. It opens nothing yet.
func newUpstream() *http.Transport {
	return &http.Transport{
		DialContext:           dial,
		DisableCompression:    true, // answers go through as they are
		MaxIdleConnsPerHost:   idlePerServer,
		IdleConnTimeout:       idleUpstream,
		ExpectContinueTimeout: continueTimeout,
	}
}

// newGRPCUpstream makes the transport for gRPC, whose protocol says itself which requests a
// closing connection has not begun.
func newGRPCUpstream() *http.Transport {
	protocols := &http.Protocols{}
	protocols.SetUnencryptedHTTP2(true)
	return &http.Transport{
		DialContext:        dialPlain,
		DisableCompression: true,
		IdleConnTimeout:    idleUpstream,
		Protocols:          protocols,
	}
}

func dial(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := dialPlain(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c}, nil
}

func dialPlain(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, network, address)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errDial, err)
	}
	return c, nil
}

// conn is a connection to a server. It refuses to begin a request on a connection that the
// server has closed or may be closing. The transport then takes another connection: nothing
// of the request was sent.
//
// The time counts from the begin of the last answer, not from its end as the transport's
// does: a slow client may read the end of an answer long after the server has sent it and
// begun to count its own idle time.
type conn struct {
	net.Conn
	answered atomic.Int64 // when the last answer began, in Unix nanoseconds
	begins   atomic.Pointer[attempt]
}

// attempt is a request that is about to be sent over a connection.
type attempt struct {
	reused bool
	sent   *atomic.Bool // set once a part of the request may be on its way
}

func (c *conn) Write(b []byte) (int, error) {
	if a := c.begins.Swap(nil); a != nil {
		if a.reused && c.stale() {
			return 0, errStale
		}
		a.sent.Store(true)
	}
	return c.Conn.Write(b)
}

func (c *conn) stale() bool {
	return time.Since(time.Unix(0, c.answered.Load())) > idleUpstream || closedByPeer(c.Conn)
}

// traced makes the transport tell a request's connections when it begins and is answered.
func traced(ctx context.Context, sent *atomic.Bool) context.Context {
	var current atomic.Pointer[conn]
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) {
			if c, ok := info.Conn.(*conn); ok {
				current.Store(c)
				c.begins.Store(&attempt{reused: info.Reused, sent: sent})
			}
		},
		GotFirstResponseByte: func() {
			if c := current.Load(); c != nil {
				c.answered.Store(time.Now().UnixNano())
			}
		},
	})
}
