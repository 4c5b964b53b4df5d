package embedded

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"rel/balancer"
)

// drainFirst drains the first server and tells when the drain is through.
func drainFirst(ctx context.Context, r *routes, timeout time.Duration) (done chan struct{}) {
	r.update(map[string]*balancer.Server{serverID(0): {Address: r.find(serverID(0)).address, Weight: 100, Drained: true}})
	done = make(chan struct{})
	go func() {
		defer close(done)
		r.find(serverID(0)).wait(ctx, timeout)
	}()
	return done
}

func requireWaiting(t *testing.T, done chan struct{}) {
	t.Helper()
	select {
	case <-done:
		t.Fatal("the drain did not wait for a request that is not answered")
	case <-time.After(50 * time.Millisecond):
	}
}

func requireDone(t *testing.T, done chan struct{}) {
	t.Helper()
	select {
	case <-done:
	case <-time.After(5 * time.Second):
		t.Fatal("the drain waits though the server has no requests")
	}
}

// A drain lasts exactly as long as the server has requests of any kind, and no longer than
// its time.
func TestDrainWaitsForRequests(t *testing.T) {
	next := make(chan string)
	backend := testBackend(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/ws" {
			echoUpgrade(w, r)
			return
		}
		for s := range next {
			fmt.Fprintln(w, s)
			_ = http.NewResponseController(w).Flush()
		}
	})
	for _, c := range []struct {
		name, request string
		end           func(io.Closer)
	}{
		{"an answer that streams", "GET /events HTTP/1.1\r\nHost: h\r\n\r\n", func(io.Closer) { close(next) }},
		{"an upgraded connection", upgradeRequest, func(c io.Closer) { _ = c.Close() }},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, routes := testFront(t, backend)
			conn, r := talk(t, f, c.request)
			if c.request != upgradeRequest {
				next <- "begun"
			}
			_, err := http.ReadResponse(r, nil)
			require.NoError(t, err)
			requireDone(t, drainFirst(t.Context(), routes, 20*time.Millisecond))
			done := drainFirst(t.Context(), routes, time.Minute)
			requireWaiting(t, done)
			stopped, cancel := context.WithCancel(t.Context())
			gaveUp := drainFirst(stopped, routes, time.Minute)
			cancel()
			requireDone(t, gaveUp)
			c.end(conn)
			requireDone(t, done)
		})
	}
}

// Many who drain the same server are all told.
func TestDrainsOfOneServer(t *testing.T) {
	r := newRoutes(map[string]balancer.Server{serverID(0): {Weight: 1}})
	s := r.choose(nil)
	var all []chan struct{}
	for range 10 {
		all = append(all, drainFirst(t.Context(), r, time.Minute))
	}
	s.release()
	for _, done := range all {
		requireDone(t, done)
	}
}

// Between choosing and counting there is no gap: when a drain has seen no request, none comes.
func TestNoRequestSlipsPastADrain(t *testing.T) {
	r := newRoutes(map[string]balancer.Server{serverID(0): {Weight: 100}, serverID(1): {Weight: 100}})
	stop := make(chan struct{})
	var clients sync.WaitGroup
	for range 4 {
		clients.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					r.choose(nil).release()
				}
			}
		})
	}
	for range 300 {
		<-drainFirst(t.Context(), r, time.Minute)
		for range 10 {
			if n := r.find(serverID(0)).requests.Load(); n != 0 {
				t.Errorf("%d requests at a server that was drained", n)
			}
		}
		r.update(map[string]*balancer.Server{serverID(0): {Weight: 100}})
	}
	close(stop)
	clients.Wait()
}

// Idle connections to a drained server are closed, so that its stop meets none.
func TestDrainClosesIdleConnections(t *testing.T) {
	closed := make(chan struct{})
	backend := testBackend(t, func(w http.ResponseWriter, r *http.Request) {
		c, rw, err := http.NewResponseController(w).Hijack() // to see its end
		if err != nil {
			panic(err)
		}
		defer c.Close()
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
		_, _ = rw.ReadByte()
		close(closed)
	})
	f, routes := testFront(t, backend)
	_, r := talk(t, f, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
	answerOf(t, r)
	begun := time.Now()
	requireDone(t, drainFirst(t.Context(), routes, time.Minute))
	<-closed
	require.Less(t, time.Since(begun), idleUpstream/2)
}
