package embedded

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// load is a crowd of clients that send raw POSTs and never send one twice.
type load struct {
	address string
	stop    chan struct{}
	clients sync.WaitGroup
	done    atomic.Int64

	mu     sync.Mutex
	failed []string
	served map[string]int // by the name that a server answers with
}

const loadRequest = "POST /orders HTTP/1.1\r\nHost: shop\r\nContent-Length: 5\r\n\r\nhello"

func newLoad(address string) *load {
	return &load{address: address, stop: make(chan struct{}), served: map[string]int{}}
}

// keepAlive adds clients that keep their connection and pause between requests.
func (l *load) keepAlive(clients int, pause time.Duration) { l.add(clients, pause, false) }

// single adds clients with one connection a request.
func (l *load) single(clients int, pause time.Duration) { l.add(clients, pause, true) }

func (l *load) add(clients int, pause time.Duration, single bool) {
	for range clients {
		l.clients.Go(func() {
			c := &client{load: l, single: single}
			defer c.leave()
			for l.wait(time.Duration(rand.Int64N(int64(pause)))) {
				l.record(c.post())
			}
		})
	}
}

func (l *load) wait(pause time.Duration) bool {
	select {
	case <-l.stop:
		return false
	case <-time.After(pause):
		return true
	}
}

func (l *load) record(name string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.done.Add(1)
	if err != nil {
		l.failed = append(l.failed, time.Now().Format("05.000 ")+err.Error())
		return
	}
	l.served[name]++
}

// end stops the clients and gives what failed.
func (l *load) end() []string {
	close(l.stop)
	l.clients.Wait()
	return l.failed
}

// shares counts who serves the next n requests.
func (l *load) shares(t *testing.T, n int) map[string]int {
	t.Helper()
	l.mu.Lock()
	clear(l.served)
	begun := l.done.Load()
	l.mu.Unlock()
	require.Eventually(t, func() bool { return l.done.Load() >= begun+int64(n) }, 20*time.Second, time.Millisecond)
	l.mu.Lock()
	defer l.mu.Unlock()
	got := map[string]int{}
	for name, count := range l.served {
		got[name] = count
	}
	return got
}

// client is one of the crowd.
type client struct {
	load   *load
	single bool
	conn   net.Conn
	in     *bufio.Reader
}

func (c *client) leave() {
	if c.conn != nil {
		_ = c.conn.Close()
		c.conn = nil
	}
}

// post sends one request, on a new connection where the last answer said that the former is
// closed. Whatever goes wrong is a failure: there is no second try.
func (c *client) post() (string, error) {
	if c.conn == nil {
		conn, err := net.DialTimeout("tcp", c.load.address, 5*time.Second)
		if err != nil {
			return "", err
		}
		c.conn, c.in = conn, bufio.NewReader(conn)
	}
	name, keep, err := c.exchange()
	if err != nil || !keep || c.single {
		c.leave()
	}
	return name, err
}

func (c *client) exchange() (name string, keep bool, err error) {
	_ = c.conn.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.WriteString(c.conn, loadRequest); err != nil {
		return "", false, err
	}
	a, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return "", false, fmt.Errorf("reading the answer: %w", err)
	}
	body, err := io.ReadAll(a.Body)
	if err == nil && a.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", a.Status, body)
	}
	return string(body), !a.Close, err
}

// backend is a server that can be restarted on its address, as a slot is.
type backend struct {
	name, address string
	server        *http.Server
	listener      net.Listener
}

func startBackend(t *testing.T, name string) *backend {
	b := &backend{name: name, address: freeAddress(t)}
	b.start(t)
	t.Cleanup(func() { _ = b.server.Close() })
	return b
}

func (b *backend) start(t *testing.T) {
	t.Helper()
	l, err := net.Listen("tcp", b.address)
	require.NoError(t, err)
	b.listener = l
	b.server = &http.Server{IdleTimeout: 2 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		time.Sleep(time.Duration(rand.Int64N(int64(3 * time.Millisecond))))
		_, _ = io.WriteString(w, b.name)
	})}
	go func() { _ = b.server.Serve(l) }()
}

// restart ends the server at once, cutting what it has, and starts it again.
func (b *backend) restart(t *testing.T) {
	t.Helper()
	_ = b.server.Close()
	_ = b.listener.Close() // the server does not know it yet where it has only just begun to serve
	b.start(t)
}
