//go:build servers

package embedded

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"rel/balancer"
)

// The crowd of other people's clients, which pool connections and do not send a POST twice.
// Each prints "requests failed" at its end.

const nodeClient = `
let done = 0, failed = 0
const until = Date.now() + 1000 * process.argv[3]
async function client() {
  while (Date.now() < until) {
    try {
      const a = await fetch(process.argv[2], {method: "POST", body: "hello"})
      await a.text()
      if (a.status !== 200) failed++
    } catch (e) { failed++; console.error(String(e.cause || e)) }
    done++
    await new Promise(r => setTimeout(r, Math.random() * 20))
  }
}
Promise.all(Array.from({length: 8}, client)).then(() => console.log(done, failed))
`

const pythonClient = `
import random, sys, threading, time
import requests
done = failed = 0
until = time.time() + float(sys.argv[2])
def client():
    global done, failed
    session = requests.Session()
    while time.time() < until:
        try:
            if session.post(sys.argv[1], data="hello").status_code != 200: failed += 1
        except Exception as e:
            failed += 1
            print(e, file=sys.stderr)
        done += 1
        time.sleep(random.random() * 0.02)
threads = [threading.Thread(target=client) for _ in range(4)]
[t.start() for t in threads]
[t.join() for t in threads]
print(done, failed)
`

// foreign starts a client program; the function waits for its end and gives its counts.
func foreign(t *testing.T, program, script, url string, lasts time.Duration) func() (done, failed int) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "client")
	require.NoError(t, os.WriteFile(path, []byte(script), 0o600))
	var out, errs bytes.Buffer
	c := exec.Command(program, path, url, fmt.Sprint(lasts.Seconds()))
	c.Stdout, c.Stderr = &out, &errs
	require.NoError(t, c.Start())
	return func() (done, failed int) {
		require.NoError(t, c.Wait(), errs.String())
		_, err := fmt.Sscan(out.String(), &done, &failed)
		require.NoError(t, err)
		if failed > 0 {
			t.Log(program, errs.String())
		}
		return done, failed
	}
}

// The whole of what is promised, with clients of others: at least 10 changes and 10,000
// requests, an upgrade with the announcement as users have it, none failed.
func TestNoRequestOfOtherClientsFails(t *testing.T) {
	blue, green := startBackend(t, "blue"), startBackend(t, "green")
	c := testConfig(t, filepath.Join(t.TempDir(), "edge"))
	c.Timing = DefaultTiming()
	d, s, ctx := newDriver(t, c), setup(freeAddress(t)), testContext(t)
	require.NoError(t, d.Ensure(ctx, first, s, map[string]balancer.Server{
		serverID(0): {Address: blue.address, Weight: 100}, serverID(1): {Address: green.address, Weight: 100}}, nil))
	const lasts = 25 * time.Second
	l := newLoad(s.Bind)
	l.keepAlive(8, 20*time.Millisecond)
	l.keepAlive(2, 2*time.Second)
	l.single(2, 20*time.Millisecond)
	node := foreign(t, "node", nodeClient, "http://"+s.Bind, lasts)
	python := foreign(t, "python3", pythonClient, "http://"+s.Bind, lasts)

	end := time.Now().Add(lasts)
	for i := 0; time.Now().Before(end); i++ {
		if i == 3 {
			d = upgraded(d)
			require.NoError(t, d.Ensure(ctx, first, s, nil, nil))
		}
		id, b := serverID(i%2), []*backend{blue, green}[i%2]
		require.NoError(t, d.Drain(ctx, first, id, drainTimeout))
		b.restart(t)
		require.NoError(t, d.Undrain(ctx, first, id))
		require.NoError(t, d.Weights(ctx, first, map[string]int{serverID(0): 100 - 10*(i%10), serverID(1): 10 + 10*(i%10)}))
		time.Sleep(time.Second)
	}
	nodeDone, nodeFailed := node()
	pythonDone, pythonFailed := python()
	require.Empty(t, l.end())
	t.Logf("raw %d, node %d, python %d requests", l.done.Load(), nodeDone, pythonDone)
	require.Zero(t, nodeFailed)
	require.Zero(t, pythonFailed)
	require.Greater(t, int(l.done.Load())+nodeDone+pythonDone, 10_000)
}

// wrk measures requests a second.
func wrk(b *testing.B, address string) float64 {
	b.Helper()
	out, err := exec.Command("wrk", "-t2", "-c32", "-d5s", "http://"+address+"/").CombinedOutput()
	require.NoError(b, err, string(out))
	require.NotContains(b, string(out), "Non-2xx", string(out))
	m := regexp.MustCompile(`Requests/sec:\s+([\d.]+)`).FindSubmatch(out)
	require.NotNil(b, m, string(out))
	rate, err := strconv.ParseFloat(string(m[1]), 64)
	require.NoError(b, err)
	return rate
}

// foreignProxy starts another load balancer in the foreground.
func foreignProxy(b *testing.B, address, config string, command ...string) {
	b.Helper()
	path := filepath.Join(b.TempDir(), "config")
	require.NoError(b, os.WriteFile(path, []byte(config), 0o600))
	c := exec.Command(command[0], append(command[1:], path)...)
	require.NoError(b, c.Start())
	b.Cleanup(func() { _, _ = c.Process.Kill(), c.Wait() })
	require.Eventually(b, func() bool {
		a, err := http.Get("http://" + address)
		if err != nil {
			return false
		}
		_ = a.Body.Close()
		return a.StatusCode == http.StatusOK
	}, 5*time.Second, 20*time.Millisecond, strings.Join(command, " "))
}

// BenchmarkProxies prints the requests a second of embedded, HAProxy and nginx before the
// same server. Run it with -benchtime=1x.
func BenchmarkProxies(b *testing.B) {
	l := freeAddress(b)
	server := &http.Server{Addr: l, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("hello")) })}
	go func() { _ = server.ListenAndServe() }()
	b.Cleanup(func() { _ = server.Close() })
	bind := map[string]string{"direct": l, "embedded": freeAddress(b), "haproxy": freeAddress(b), "nginx": freeAddress(b)}

	d := newDriver(b, testConfig(b, filepath.Join(b.TempDir(), "edge")))
	require.NoError(b, d.Ensure(b.Context(), first, setup(bind["embedded"]), map[string]balancer.Server{serverID(0): {Address: l, Weight: 100}}, nil))
	foreignProxy(b, bind["haproxy"], fmt.Sprintf("defaults\n mode http\n timeout connect 5s\n timeout client 30s\n timeout server 30s\nlisten edge\n bind %s\n option forwardfor\n server web %s\n", bind["haproxy"], l), "haproxy", "-db", "-f")
	foreignProxy(b, bind["nginx"], fmt.Sprintf("daemon off; worker_processes auto; pid %s/pid; error_log /dev/null;\nevents {}\nhttp { access_log off; upstream web { server %s; keepalive 64; } server { listen %s; location / { proxy_http_version 1.1; proxy_set_header Connection \"\"; proxy_pass http://web; } } }\n", b.TempDir(), l, bind["nginx"]), "nginx", "-c")
	for _, name := range []string{"direct", "embedded", "haproxy", "nginx"} {
		b.Run(name, func(b *testing.B) {
			for range b.N {
				b.ReportMetric(wrk(b, bind[name]), "req/s")
			}
		})
	}
}
