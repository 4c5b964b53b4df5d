package artifact

import (
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// serve is a cache whose client trusts a new server, and the count of requests by now.
func serve(t *testing.T, handle http.HandlerFunc) (cache *Cache, address string, requests *atomic.Int32) {
	requests = new(atomic.Int32)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		handle(w, r)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // clients that hang up are part of the tests
	server.StartTLS()
	t.Cleanup(server.Close)
	cache = testCache(t)
	cache.Client = server.Client()
	return cache, server.URL, requests
}

// An address with its list of checksums beside it: fetched once, then never again as long as the list says the same.
func TestResolveHTTPS(t *testing.T) {
	data := pack(t, KindTarGz, shopItems...)
	files := map[string][]byte{"/d/shop.tar.gz": data, "/d/SHA256SUMS": []byte(digest(data)[7:] + "  shop.tar.gz\n")}
	cache, address, requests := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write(files[r.URL.Path])
	})
	req := Request{Source: address + "/d/shop.tar.gz?token=pw", Checksum: "file:" + address + "/d/SHA256SUMS", Contains: []string{"bin/shop"}}
	for want := range 3 {
		a, err := Resolve(t.Context(), cache, req)
		require.NoError(t, err)
		require.Equal(t, Artifact{Source: req.Source, Name: "shop.tar.gz", Digest: digest(data), Size: int64(len(data)), Kind: KindTarGz}, a)
		require.EqualValues(t, 2+want, requests.Load(), "the first time both, then the list alone")
	}
}

// Without a checksum the server is asked each time whether its file is still the same, by its strong ETag.
func TestResolveHTTPSInsecure(t *testing.T) {
	body, tag, sent := []byte("one"), `"1"`, 0
	cache, address, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		sent++
		_, _ = w.Write(body)
	})
	resolve := func() string {
		a, err := Resolve(t.Context(), cache, Request{Source: address + "/shop", Insecure: true})
		require.NoError(t, err)
		return a.Digest
	}
	require.Equal(t, digest([]byte("one")), resolve())
	require.Equal(t, digest([]byte("one")), resolve())
	require.Equal(t, 1, sent, "unchanged")

	body, tag = []byte("two"), `"2"`
	require.Equal(t, digest([]byte("two")), resolve())
	body, tag = []byte("three"), `W/"2"` // a weak one says nothing about bytes
	require.Equal(t, digest([]byte("three")), resolve())
	body = []byte("four")
	require.Equal(t, digest([]byte("four")), resolve())
}

// What a server can answer, and what a person reads then: the address without its secrets, the status, what to do.
func TestHTTPSErrors(t *testing.T) {
	cases := map[string]struct {
		handle  http.HandlerFunc
		message string
	}{
		"not found":   {answer(404), "/shop.tgz?… answers 404 Not Found: check the version and the address"},
		"gone":        {answer(410), "answers 410 Gone: check the version"},
		"forbidden":   {answer(403), "answers 403 Forbidden: this machine may not read it"},
		"log in":      {answer(401), "answers 401 Unauthorized: this machine may not read it"},
		"busy":        {answer(429), "answers 429 Too Many Requests: the server cannot serve it now, try again"},
		"broken":      {answer(502), "answers 502 Bad Gateway: the server cannot serve it now, try again"},
		"no content":  {answer(204), "answers 204 No Content: rel needs 200"},
		"unasked 304": {answer(304), "answers 304 Not Modified: rel needs 200"},
		"unencrypted": {redirect("http://elsewhere/x?token=pw"), "it redirects to http://elsewhere/x?…, which is not encrypted"},
		"to a file":   {redirect("file:///etc/passwd"), "it redirects to file:///etc/passwd, which is not encrypted"},
		"in circles":  {redirect("/shop.tgz?token=pw"), "it redirects more than 10 times"},
		"cut off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte("half"))
		}, "unexpected EOF"},
		"too large": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(make([]byte, 2000))
		}, "it is larger than the limit of 1000 B"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			cache, address, _ := serve(t, c.handle)
			cache.MaxSize = 1000
			_, err := Resolve(t.Context(), cache, Request{Source: address + "/shop.tgz?token=pw", Insecure: true})
			require.ErrorContains(t, err, c.message)
			require.ErrorContains(t, err, address+"/shop.tgz?…")
			require.NotContains(t, err.Error(), "pw")
			require.Equal(t, name == "not found" || name == "gone", isNotFound(err))

			_, err = Resolve(t.Context(), cache, Request{Source: "shop.tgz", Checksum: "file:" + address + "/SUMS?token=pw", Dir: t.TempDir()})
			require.ErrorContains(t, err, "checksum: ")
			require.NotContains(t, err.Error(), "pw")
		})
	}
}

func answer(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

func redirect(to string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", to)
		w.WriteHeader(http.StatusFound)
	}
}

// A server that nobody vouches for, or that is not there, is named without the query.
func TestHTTPSNoConnection(t *testing.T) {
	cache, address, _ := serve(t, answer(200))
	strict := testCache(t)
	_, err := Resolve(t.Context(), strict, Request{Source: address + "/shop?token=pw", Insecure: true})
	require.ErrorContains(t, err, "fetching "+address+"/shop?…: tls: failed to verify certificate")
	require.NotContains(t, err.Error(), "pw")

	cache.Client = &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) { return nil, errors.New("no route") })}
	_, err = Resolve(t.Context(), cache, Request{Source: address + "/shop?token=pw", Insecure: true})
	require.EqualError(t, err, "fetching "+address+"/shop?…: no route")
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// Redirects on https are followed; the name stays that of the address in the configuration.
func TestHTTPSRedirect(t *testing.T) {
	cache, address, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/shop" {
			redirect("/blobs/0123")(w, r)
			return
		}
		_, _ = w.Write([]byte("ELF"))
	})
	a, err := Resolve(t.Context(), cache, Request{Source: address + "/shop", Insecure: true})
	require.NoError(t, err)
	require.Equal(t, "shop", a.Name)
	require.Equal(t, digest([]byte("ELF")), a.Digest)
}

// The digest is over the bytes as published: Go must not ask for them packed and unpack them on the way.
func TestHTTPSBytesAsPublished(t *testing.T) {
	cache, address, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept-Encoding") == "gzip" {
			w.Header().Set("Content-Encoding", "gzip")
		}
		_, _ = w.Write(gz(t, []byte("words")))
	})
	a, err := Resolve(t.Context(), cache, Request{Source: address + "/words", Insecure: true})
	require.NoError(t, err)
	require.Equal(t, digest(gz(t, []byte("words"))), a.Digest)
}

// At apply a file that was published again under the same name is refused.
func TestHTTPSOpen(t *testing.T) {
	body := []byte("one")
	cache, address, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(body) })
	a, err := Resolve(t.Context(), cache, Request{Source: address + "/shop", Insecure: true})
	require.NoError(t, err)

	second := NewCache(filepath.Join(t.TempDir(), "elsewhere"))
	second.Client = cache.Client
	require.Equal(t, body, open(t, second, a, ""))

	body = []byte("two")
	require.Equal(t, []byte("one"), open(t, cache, a, ""), "the cache has it")
	third := testCache(t)
	third.Client = cache.Client
	_, err = third.Open(t.Context(), a, "")
	require.ErrorIs(t, err, ErrDigest)
}

// A download is cancelled while the server keeps it waiting.
func TestHTTPSCancelled(t *testing.T) {
	waiting := make(chan struct{})
	cache, address, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte("half"))
		w.(http.Flusher).Flush()
		close(waiting)
		<-r.Context().Done()
	})
	stop := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() { <-waiting; cancel(stop) }()
	_, err := Resolve(ctx, cache, Request{Source: address + "/shop", Insecure: true})
	require.ErrorIs(t, err, stop)
}

// A server that stops sending ends the download; one that is slow does not, however long it takes.
func TestSteadyBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		r, w := io.Pipe()
		context.AfterFunc(ctx, func() { w.CloseWithError(context.Canceled) }) // as the transport does
		body := &steadyBody{ctx: ctx, cancel: cancel, body: r, idle: stallTimeout}
		go func() {
			for range 100 {
				time.Sleep(stallTimeout - time.Second)
				_, _ = w.Write([]byte("x"))
			}
		}()
		start := time.Now()
		data, err := io.ReadAll(body)
		require.ErrorIs(t, err, errStalled)
		require.Len(t, data, 100)
		require.Equal(t, 100*(stallTimeout-time.Second)+stallTimeout, time.Since(start))
		require.NoError(t, body.Close())
	})
}
