package embedded

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// lazyBackend closes connections that are idle for the given time, as servers do.
func lazyBackend(t *testing.T, idle time.Duration) string {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, "ok")
	}))
	s.Config.IdleTimeout = idle
	s.Start()
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

// postEvery sends POSTs over one connection after the given pauses and gives what failed.
func postEvery(t *testing.T, address string, pauses []time.Duration) (failed int) {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return len(pauses)
	}
	defer c.Close()
	r := bufio.NewReader(c)
	for _, p := range pauses {
		time.Sleep(p)
		_, err := io.WriteString(c, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi")
		if err != nil {
			return failed + 1
		}
		a, err := http.ReadResponse(r, nil)
		if err != nil {
			return failed + 1
		}
		_, _ = io.Copy(io.Discard, a.Body)
		if a.StatusCode != http.StatusOK {
			failed++
		}
	}
	return failed
}

// A server that closes connections after 2 s of silence meets clients that pause for up to
// 2.5 s: no POST may meet the close, for none is sent twice. Many pause just about as long as
// the server waits.
func TestPostsDoNotMeetAClosingConnection(t *testing.T) {
	t.Parallel()
	f, _ := testFront(t, lazyBackend(t, 2*time.Second))
	var clients sync.WaitGroup
	var mu sync.Mutex
	failed := 0
	for i := range 200 {
		pause := time.Duration(rand.Int64N(int64(2500 * time.Millisecond)))
		if i%2 == 0 {
			pause = 2*time.Second - 10*time.Millisecond + time.Duration(i)*100*time.Microsecond
		}
		clients.Go(func() {
			n := postEvery(t, f.listener.Addr().String(), []time.Duration{0, pause, 0})
			mu.Lock()
			defer mu.Unlock()
			failed += n
		})
	}
	clients.Wait()
	require.Zero(t, failed)
}

// The same holds for a server far less patient than any should be, as long as its close has
// arrived when the request begins.
func TestPostsAfterTheServerClosed(t *testing.T) {
	f, _ := testFront(t, lazyBackend(t, 20*time.Millisecond))
	for range 10 {
		require.Zero(t, postEvery(t, f.listener.Addr().String(), []time.Duration{0, 40 * time.Millisecond}))
	}
}

// pair is a connection to a server, and the server's side of it.
func pair(t *testing.T) (*conn, net.Conn) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	c, err := dial(t.Context(), "tcp", l.Addr().String())
	require.NoError(t, err)
	s, err := l.Accept()
	require.NoError(t, err)
	t.Cleanup(func() { _, _ = c.Close(), s.Close() })
	return c.(*conn), s
}

// A connection refuses to begin a request exactly where the server may have closed it, and
// says that something was sent exactly where it was.
func TestConnectionsThatMayBeClosed(t *testing.T) {
	for _, c := range []struct {
		name    string
		reused  bool
		age     time.Duration
		server  func(net.Conn)
		refused bool
	}{
		{name: "new", age: time.Hour},
		{name: "used just now", reused: true},
		{name: "idle for too long", reused: true, age: idleUpstream + time.Millisecond, refused: true},
		{name: "closed by the server", reused: true, server: func(s net.Conn) { _ = s.Close() }, refused: true},
		{name: "with an answer that nobody asked for", reused: true,
			server: func(s net.Conn) { _, _ = io.WriteString(s, "HTTP/1.1 408 Request Timeout\r\n\r\n") }, refused: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			client, server := pair(t)
			if c.server != nil {
				c.server(server)
				time.Sleep(20 * time.Millisecond) // for the kernel to bring it over
			}
			client.answered.Store(time.Now().Add(-c.age).UnixNano())
			a := &ticket{}
			client.begins.Store(&attempt{reused: c.reused, sent: &a.sent})
			_, err := io.WriteString(client, "POST ")
			if c.refused {
				require.ErrorIs(t, err, errStale)
			} else {
				require.NoError(t, err)
			}
			require.Equal(t, !c.refused, a.sent.Load())
		})
	}
}

// A body can be read again, whatever was read before, until something was sent.
func TestBodiesCanBeSentAgainUntilSent(t *testing.T) {
	t1 := &ticket{}
	b := &replay{from: strings.NewReader("hello world"), sent: &t1.sent}
	one, err := b.again()
	require.NoError(t, err)
	_, err = io.ReadFull(one, make([]byte, 5))
	require.NoError(t, err)
	require.NoError(t, one.Close())
	two, err := b.again()
	require.NoError(t, err)
	_, err = io.ReadFull(one, make([]byte, 1)) // the transport may still hold the former reader
	require.NoError(t, err)
	t1.sent.Store(true)
	_, err = b.again()
	require.ErrorIs(t, err, errSent)
	all, err := io.ReadAll(two)
	require.NoError(t, err)
	require.Equal(t, "hello world", string(all))
	_, err = b.again()
	require.ErrorIs(t, err, errSent)
}

// A large body is not kept.
func TestLargeBodiesAreNotKept(t *testing.T) {
	t1 := &ticket{}
	b := &replay{from: io.LimitReader(rand.NewChaCha8([32]byte{}), replayLimit+1), sent: &t1.sent}
	r, err := b.again()
	require.NoError(t, err)
	n, err := io.Copy(io.Discard, r)
	require.NoError(t, err)
	require.EqualValues(t, replayLimit+1, n)
	require.Nil(t, b.kept)
	_, err = b.again()
	require.ErrorIs(t, err, errSent)
}

// A slow client reads the end of an answer when the server has long begun to wait for the
// next request: the connection is too old then, though the transport has it back just now.
func TestSlowReadersLeaveNoOldConnections(t *testing.T) {
	t.Parallel()
	const large = 8 << 20 // more than fits into the buffers on the way
	backend := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := 2
		if r.Method == http.MethodGet {
			n = large
		}
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Length", fmt.Sprint(n))
		_, _ = w.Write(make([]byte, n))
	}))
	var mu sync.Mutex
	opened := 0
	backend.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		mu.Lock()
		defer mu.Unlock()
		if s == http.StateNew {
			opened++
		}
	}
	backend.Start()
	t.Cleanup(backend.Close)
	f, _ := testFront(t, backend.Listener.Addr().String())
	c, r := talk(t, f, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
	_, err := r.Peek(1) // the answer has begun
	require.NoError(t, err)
	time.Sleep(idleUpstream + 50*time.Millisecond)
	_, body := answerOf(t, r)
	require.Len(t, body, large)
	require.NoError(t, c.Close())
	require.Zero(t, postEvery(t, f.listener.Addr().String(), []time.Duration{0, 0}))
	mu.Lock()
	defer mu.Unlock()
	require.Equal(t, 2, opened, "one for the slow answer, one for both POSTs")
}
