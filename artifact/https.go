package artifact

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"
)

const (
	connectTimeout = 15 * time.Second
	headerTimeout  = 30 * time.Second
	stallTimeout   = time.Minute // without a byte; a whole download may take as long as it needs
	maxRedirects   = 10
)

// newClient has no timeout over all: that would forbid large artifacts on slow lines.
func newClient() *http.Client {
	return &http.Client{Transport: &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: connectTimeout}).DialContext,
		TLSHandshakeTimeout:   connectTimeout,
		ResponseHeaderTimeout: headerTimeout,
		IdleConnTimeout:       stallTimeout,
		ForceAttemptHTTP2:     true,
	}}
}

type httpsSource struct {
	url    *url.URL
	client *http.Client
}

// httpsURL refuses credentials in the address: it is written into the plan, and a plan holds no secrets.
func (c *Cache) httpsURL(text string) (source, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("the source %s is not an address that rel can read", redacted(text))
	}
	if u.User != nil {
		return nil, fmt.Errorf("the source %s has a user or password in its address, which would be written into the plan: remove it", redacted(text))
	}
	src := httpsSource{url: u, client: onlyHTTPS(c.Client)}
	if !fs.ValidPath(src.name()) || src.name() == "." {
		return nil, fmt.Errorf("the source %s ends in no file name", src)
	}
	return src, nil
}

// onlyHTTPS is the client with one more rule, whatever it does with redirects itself.
func onlyHTTPS(client *http.Client) *http.Client {
	strict := *client
	strict.CheckRedirect = func(req *http.Request, via []*http.Request) error {
		if req.URL.Scheme != "https" {
			return fmt.Errorf("it redirects to %s, which is not encrypted: use an address that stays on https", redacted(req.URL.String()))
		}
		if len(via) >= maxRedirects {
			return fmt.Errorf("it redirects more than %d times", maxRedirects)
		}
		if client.CheckRedirect != nil {
			return client.CheckRedirect(req, via)
		}
		return nil
	}
	return &strict
}

func (s httpsSource) String() string { return redacted(s.url.String()) }
func (s httpsSource) name() string   { return path.Base(s.url.Path) }
func (s httpsSource) key() string    { return s.url.String() }
func (s httpsSource) remote() bool   { return true }

// open starts a download. The stamp is a strong ETag; a server without one is asked for everything each time.
func (s httpsSource) open(ctx context.Context, known string) (io.ReadCloser, stamp, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	res, err := s.get(ctx, known)
	if err != nil {
		cancel(nil)
		return nil, stamp{}, err
	}
	body := &steadyBody{ctx: ctx, cancel: cancel, body: res.Body, idle: stallTimeout}
	if err := s.check(res, known); err != nil {
		return nil, stamp{}, errors.Join(err, body.Close())
	}
	return body, stamp{tag: strongTag(res.Header.Get("ETag"))}, nil
}

// get names an encoding: else Go asks for gzip and unpacks it, and the bytes are not those of the digest.
func (s httpsSource) get(ctx context.Context, known string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("fetching %s: %w", s, bare(err))
	}
	req.Header.Set("Accept-Encoding", "identity")
	req.Header.Set("User-Agent", "rel")
	if known != "" {
		req.Header.Set("If-None-Match", known)
	}
	res, err := s.client.Do(req)
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("fetching %s: %w", s, bare(err))
	}
	return res, nil
}

func (s httpsSource) check(res *http.Response, known string) error {
	switch code := res.StatusCode; {
	case code == http.StatusOK:
		return nil
	case code == http.StatusNotModified && known != "":
		return errUnchanged
	case code == http.StatusNotFound || code == http.StatusGone:
		return fmt.Errorf("%w: %s answers %s: check the version and the address", ErrNotFound, s, status(res))
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		return fmt.Errorf("%s answers %s: this machine may not read it", s, status(res))
	case code == http.StatusTooManyRequests || code >= 500:
		return fmt.Errorf("%s answers %s: the server cannot serve it now, try again", s, status(res))
	default:
		return fmt.Errorf("%s answers %s: rel needs 200", s, status(res))
	}
}

func status(res *http.Response) string {
	return strings.TrimSpace(fmt.Sprintf("%d %s", res.StatusCode, http.StatusText(res.StatusCode)))
}

func strongTag(etag string) string {
	if strings.HasPrefix(etag, `"`) {
		return etag
	}
	return ""
}

// bare takes the address out of an error of net/http, since it shows the query.
func bare(err error) error {
	var outer *url.Error
	if errors.As(err, &outer) {
		return outer.Err
	}
	return err
}

// redacted is an address as it may be shown: no user, password, query or fragment, any of which may be a secret.
func redacted(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Opaque != "" {
		scheme, _, _ := strings.Cut(text, ":")
		return scheme + "://…"
	}
	shown := (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}).String()
	if u.RawQuery != "" {
		shown += "?…"
	}
	return shown
}

// errStalled ends a download in which nothing moves any more.
var errStalled = fmt.Errorf("the server sent nothing for %s: try again", stallTimeout)

// steadyBody ends a read that waits longer than idle.
type steadyBody struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	body   io.ReadCloser
	idle   time.Duration
}

func (b *steadyBody) Read(p []byte) (int, error) {
	timer := time.AfterFunc(b.idle, func() { b.cancel(errStalled) })
	defer timer.Stop()
	n, err := b.body.Read(p)
	if err != nil && err != io.EOF && context.Cause(b.ctx) != nil {
		err = context.Cause(b.ctx)
	}
	return n, err
}

func (b *steadyBody) Close() error {
	b.cancel(nil)
	return b.body.Close()
}
