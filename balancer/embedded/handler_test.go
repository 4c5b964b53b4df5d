package embedded

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"rel/balancer"
)

// testFront serves in this process, before the servers at the given addresses.
func testFront(t *testing.T, addresses ...string) (*front, *routes) {
	t.Helper()
	servers := map[string]balancer.Server{}
	for i, a := range addresses {
		servers[serverID(i)] = balancer.Server{Address: a, Weight: 100}
	}
	r := newRoutes(servers)
	l, err := listen(t.Context(), "127.0.0.1:0")
	require.NoError(t, err)
	f := newFront(l, r, log.New(io.Discard, "", 0))
	t.Cleanup(func() { _ = f.server.Close() })
	return f, r
}

func (f *front) url() string { return "http://" + f.listener.Addr().String() }

func testBackend(t *testing.T, h http.HandlerFunc) string {
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

// talk writes a request as it is and gives the connection with a reader of what comes back.
func talk(t *testing.T, f *front, request string) (net.Conn, *bufio.Reader) {
	t.Helper()
	return talkTo(t, f.listener.Addr().String(), request)
}

func talkTo(t *testing.T, address, request string) (net.Conn, *bufio.Reader) {
	t.Helper()
	c, err := net.Dial("tcp", address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	require.NoError(t, c.SetDeadline(time.Now().Add(20*time.Second)))
	_, err = io.WriteString(c, request)
	require.NoError(t, err)
	return c, bufio.NewReader(c)
}

func answerOf(t *testing.T, r *bufio.Reader) (*http.Response, string) {
	t.Helper()
	a, err := http.ReadResponse(r, nil)
	require.NoError(t, err)
	body, err := io.ReadAll(a.Body)
	require.NoError(t, err)
	return a, string(body)
}

// The server sees the request as the client sent it, and who the client is.
func TestRequestsGoThroughAsTheyAre(t *testing.T) {
	backend := testBackend(t, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s %s host=%s for=%s proto=%s fhost=%s ae=%q ua=%q", r.Method, r.RequestURI, r.Host,
			r.Header.Get("X-Forwarded-For"), r.Header.Get("X-Forwarded-Proto"), r.Header.Get("X-Forwarded-Host"),
			r.Header.Get("Accept-Encoding"), r.Header.Get("User-Agent"))
	})
	f, _ := testFront(t, backend)
	for _, c := range []struct{ name, request, want string }{
		{"plain", "GET /a%2Fb//c?x=1;y=%zz&z HTTP/1.1\r\nHost: shop.test\r\n\r\n",
			`GET /a%2Fb//c?x=1;y=%zz&z host=shop.test for=127.0.0.1 proto=http fhost=shop.test ae="" ua=""`},
		{"behind a proxy of this machine", "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nX-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: shop.example\r\n\r\n",
			`PUT / host=h for=192.0.2.7, 127.0.0.1 proto=https fhost=shop.example ae="" ua=""`},
		{"HTTP/1.0", "GET /old HTTP/1.0\r\n\r\n", `GET /old host=` + backend + ` for=127.0.0.1 proto=http fhost= ae="" ua=""`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, r := talk(t, f, c.request)
			a, body := answerOf(t, r)
			require.Equal(t, http.StatusOK, a.StatusCode)
			require.Equal(t, c.want, body)
		})
	}
}

// A client elsewhere cannot say who it is or how it came.
func TestForwardedHeadersOfStrangersAreNotBelieved(t *testing.T) {
	h := http.Header{"X-Forwarded-For": {"127.0.0.1"}, "X-Forwarded-Proto": {"https"}, "X-Forwarded-Host": {"evil"}}
	var got http.Header
	f, _ := testFront(t, testBackend(t, func(_ http.ResponseWriter, r *http.Request) { got = r.Header }))
	r := httptest.NewRequest(http.MethodGet, "http://shop.test/", nil)
	r.Header, r.RemoteAddr = h, "192.0.2.9:1234"
	f.server.Handler.ServeHTTP(httptest.NewRecorder(), r)
	require.Equal(t, "192.0.2.9", got.Get("X-Forwarded-For"))
	require.Equal(t, "http", got.Get("X-Forwarded-Proto"))
	require.Equal(t, "shop.test", got.Get("X-Forwarded-Host"))
}

// Without a server the answer says so, and that it is the load balancer's.
func TestNoServer(t *testing.T) {
	for name, addresses := range map[string][]string{"none": nil, "none that can be connected to": {freeAddress(t), freeAddress(t)}} {
		t.Run(name, func(t *testing.T) {
			f, _ := testFront(t, addresses...)
			_, r := talk(t, f, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi")
			a, body := answerOf(t, r)
			require.Equal(t, http.StatusServiceUnavailable, a.StatusCode)
			require.Equal(t, "no-server", a.Header.Get(headerReason))
			require.Contains(t, body, "no server")
		})
	}
}

// A server that refuses connections costs no request: another gets it whole, and only once.
func TestRefusedConnectionsGoElsewhere(t *testing.T) {
	live := testBackend(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, _ = w.Write(body)
	})
	f, routes := testFront(t, freeAddress(t), freeAddress(t), live)
	body := strings.Repeat("0123456789", 20_000)
	for range 12 {
		a, err := http.Post(f.url(), "text/plain", strings.NewReader(body))
		require.NoError(t, err)
		got, err := io.ReadAll(a.Body)
		require.NoError(t, err)
		require.NoError(t, a.Body.Close())
		require.Equal(t, http.StatusOK, a.StatusCode)
		require.True(t, body == string(got), "the body changed")
	}
	require.Eventually(t, func() bool {
		for i := range 3 {
			if routes.find(serverID(i)).requests.Load() != 0 {
				return false
			}
		}
		return true
	}, time.Second, time.Millisecond, "servers that were tried have no request left")
}

// A server that takes a request and dies may have carried it out: it is not sent again.
func TestWhatWasSentIsNotSentAgain(t *testing.T) {
	requests := make(chan string, 10)
	dying := func(w http.ResponseWriter, r *http.Request) {
		requests <- r.Method
		panic(http.ErrAbortHandler)
	}
	f, _ := testFront(t, testBackend(t, dying), testBackend(t, dying))
	_, r := talk(t, f, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nIdempotency-Key: 1\r\n\r\nhi")
	a, _ := answerOf(t, r)
	require.Equal(t, http.StatusBadGateway, a.StatusCode)
	require.Equal(t, "bad-gateway", a.Header.Get(headerReason))
	require.Len(t, requests, 1)
}

// The same for a request that net/http may send again itself, over another connection to the
// same server: where that cannot be opened, no other server gets it.
func TestWhatWasSentIsNotSentElsewhere(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() {
		c, _ := l.Accept()
		_ = l.Close()
		defer c.Close()
		in := bufio.NewReader(c)
		_, _ = http.ReadRequest(in)
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
		_, _ = http.ReadRequest(in)
	}()
	f, routes := testFront(t, l.Addr().String())
	c, r := talk(t, f, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
	answerOf(t, r)
	routes.update(map[string]*balancer.Server{serverID(1): {Address: named(t, "other"), Weight: 1}})
	_, err = io.WriteString(c, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
	require.NoError(t, err)
	a, body := answerOf(t, r)
	require.Equal(t, http.StatusBadGateway, a.StatusCode, body)
}

// Events reach the client while the server still writes.
func TestStreamsAreFlushedAtOnce(t *testing.T) {
	next := make(chan string)
	backend := testBackend(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for s := range next {
			fmt.Fprintf(w, "data: %s\n\n", s)
			_ = http.NewResponseController(w).Flush()
		}
	})
	f, _ := testFront(t, backend)
	_, r := talk(t, f, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
	next <- "1"
	a, err := http.ReadResponse(r, nil)
	require.NoError(t, err)
	lines := bufio.NewReader(a.Body)
	for _, want := range []string{"1", "2", "3"} {
		line, err := lines.ReadString('\n')
		require.NoError(t, err)
		require.Equal(t, "data: "+want+"\n", line)
		_, _ = lines.ReadString('\n')
		if want != "3" {
			next <- string(want[0] + 1)
		}
	}
	close(next)
}

// echoUpgrade is a server of a protocol that both sides speak freely after an upgrade.
func echoUpgrade(w http.ResponseWriter, r *http.Request) {
	c, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	defer c.Close()
	_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
	_, _ = io.Copy(c, rw)
}

const upgradeRequest = "GET /ws HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n"

func requireEcho(t *testing.T, c net.Conn, r *bufio.Reader, text string) {
	t.Helper()
	_, err := io.WriteString(c, text+"\n")
	require.NoError(t, err)
	line, err := r.ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, text+"\n", line)
}

func TestUpgrade(t *testing.T) {
	f, routes := testFront(t, testBackend(t, echoUpgrade))
	c, r := talk(t, f, upgradeRequest)
	a, err := http.ReadResponse(r, nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusSwitchingProtocols, a.StatusCode)
	requireEcho(t, c, r, "one")
	requireEcho(t, c, r, "two")
	require.EqualValues(t, 1, routes.find(serverID(0)).requests.Load(), "it counts as long as it is open")
	require.NoError(t, c.Close())
	require.Eventually(t, func() bool { return routes.find(serverID(0)).requests.Load() == 0 }, 5*time.Second, time.Millisecond)
}

func TestTrailers(t *testing.T) {
	backend := testBackend(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "Sum")
		_, _ = io.Copy(w, r.Body)
		w.Header().Set("Sum", "7")
		w.Header().Set(http.TrailerPrefix+"Late", r.Trailer.Get("Mine"))
	})
	f, _ := testFront(t, backend)
	_, r := talk(t, f, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTrailer: Mine\r\n\r\n2\r\nhi\r\n0\r\nMine: 5\r\n\r\n")
	a, body := answerOf(t, r)
	require.Equal(t, "hi", body)
	require.Equal(t, "7", a.Trailer.Get("Sum"))
	require.Equal(t, "5", a.Trailer.Get("Late"))
}

// The body is asked for only when the server wants it.
func TestExpectContinue(t *testing.T) {
	backend := testBackend(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/no" {
			http.Error(w, "no", http.StatusExpectationFailed)
			return
		}
		_, _ = io.Copy(w, r.Body)
	})
	f, _ := testFront(t, backend)
	request := " HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"

	c, r := talk(t, f, "POST /yes"+request)
	line, err := r.ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "HTTP/1.1 100 Continue\r\n", line)
	_, _ = r.ReadString('\n')
	_, err = io.WriteString(c, "hi")
	require.NoError(t, err)
	_, body := answerOf(t, r)
	require.Equal(t, "hi", body)

	_, r = talk(t, f, "POST /no"+request)
	a, _ := answerOf(t, r)
	require.Equal(t, http.StatusExpectationFailed, a.StatusCode)
}

// A server may answer while the client still sends: neither side's bytes are held or lost.
func TestBothDirectionsAtOnce(t *testing.T) {
	backend := testBackend(t, func(w http.ResponseWriter, r *http.Request) {
		rc := http.NewResponseController(w)
		_ = rc.EnableFullDuplex()
		in := bufio.NewReader(r.Body)
		for {
			line, err := in.ReadString('\n')
			if err != nil {
				return
			}
			_, _ = io.WriteString(w, line)
			_ = rc.Flush()
		}
	})
	f, _ := testFront(t, backend)
	c, r := talk(t, f, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n4\r\none\n\r\n")
	a, err := http.ReadResponse(r, nil)
	require.NoError(t, err)
	echo := bufio.NewReader(a.Body)
	for i := range 20 {
		line, err := echo.ReadString('\n')
		require.NoError(t, err)
		require.Equal(t, "one\n", line, i)
		_, err = io.WriteString(c, "4\r\none\n\r\n")
		require.NoError(t, err)
	}
	_, err = io.WriteString(c, "0\r\n\r\n")
	require.NoError(t, err)
	rest, err := io.ReadAll(echo)
	require.NoError(t, err)
	require.Equal(t, "one\n", string(rest))
}

// A large body is passed on as it comes: none of it waits for the rest.
func TestBodiesStream(t *testing.T) {
	begun := make(chan struct{})
	backend := testBackend(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadFull(r.Body, make([]byte, 1))
		close(begun)
		n, _ := io.Copy(io.Discard, r.Body)
		fmt.Fprint(w, n+1)
	})
	f, _ := testFront(t, backend)
	half := bytes.Repeat([]byte("x"), 4<<20)
	c, r := talk(t, f, fmt.Sprintf("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n", 2*len(half)))
	_, err := c.Write(half)
	require.NoError(t, err)
	select {
	case <-begun:
	case <-time.After(5 * time.Second):
		t.Fatal("the server got nothing before the body was whole")
	}
	_, err = c.Write(half)
	require.NoError(t, err)
	_, body := answerOf(t, r)
	require.Equal(t, fmt.Sprint(2*len(half)), body)
}

// A client that goes away ends the server's work, and its count.
func TestClientGoesAway(t *testing.T) {
	begun, ended := make(chan struct{}), make(chan struct{})
	backend := testBackend(t, func(w http.ResponseWriter, r *http.Request) {
		close(begun)
		<-r.Context().Done()
		close(ended)
	})
	f, routes := testFront(t, backend)
	c, _ := talk(t, f, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
	<-begun
	require.NoError(t, c.Close())
	select {
	case <-ended:
	case <-time.After(5 * time.Second):
		t.Fatal("the server still works for a client that is gone")
	}
	require.Eventually(t, func() bool { return routes.find(serverID(0)).requests.Load() == 0 }, 5*time.Second, time.Millisecond)
}

// gRPC needs HTTP/2 on both sides, with streams both ways and trailers.
func TestGRPC(t *testing.T) {
	h2c := &http.Protocols{}
	h2c.SetUnencryptedHTTP2(true)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "Grpc-Status")
		buffer := make([]byte, 4)
		for {
			n, err := r.Body.Read(buffer)
			_, _ = w.Write(buffer[:n])
			_ = http.NewResponseController(w).Flush()
			if err != nil {
				break
			}
		}
		w.Header().Set("Grpc-Status", "0")
	}))
	s.Config.Protocols = h2c
	s.Start()
	t.Cleanup(s.Close)
	f, _ := testFront(t, s.Listener.Addr().String())
	client := &http.Transport{Protocols: h2c}
	t.Cleanup(client.CloseIdleConnections)
	in, out := io.Pipe()
	r, err := http.NewRequestWithContext(testContext(t), http.MethodPost, f.url(), in)
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/grpc")
	go func() { _, _ = out.Write([]byte("ping")) }()
	a, err := client.RoundTrip(r)
	require.NoError(t, err)
	for range 3 {
		got := make([]byte, 4)
		_, err = io.ReadFull(a.Body, got)
		require.NoError(t, err)
		require.Equal(t, "ping", string(got))
		_, err = out.Write([]byte("ping"))
		require.NoError(t, err)
	}
	require.NoError(t, out.Close())
	_, err = io.ReadAll(a.Body)
	require.NoError(t, err)
	require.Equal(t, "0", a.Trailer.Get("Grpc-Status"))
	f.retire(context.Background(), 0, 3*time.Second, time.Second)
	require.True(t, f.quiet(), "an HTTP/2 connection without requests does not hold up the end")
}
