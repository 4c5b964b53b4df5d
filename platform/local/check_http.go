package local

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"rel/platform"
)

// An answer's body is read up to this: more of it does not say more about health.
const bodyLimit = 1 << 20

// httpCheck is an HTTP health check with its values filled in.
type httpCheck struct {
	url     string
	headers map[string]string
	status  int
	body    string
}

func httpProbe(_ place, check platform.HealthCheck, values map[string]string) (probe, error) {
	h := httpCheck{status: orElse(check.ExpectStatus, http.StatusOK), headers: map[string]string{}}
	at, err := checkedPort(check, values)
	if err != nil {
		return nil, err
	}
	path, err := platform.Expand(orElse(check.Path, "/"), values)
	if err != nil {
		return nil, fmt.Errorf("its path: %w", err)
	}
	if h.body, err = platform.Expand(check.ExpectBody, values); err != nil {
		return nil, fmt.Errorf("its expect_body: %w", err)
	}
	for name, value := range check.Headers {
		if h.headers[name], err = platform.Expand(value, values); err != nil {
			return nil, fmt.Errorf("its header %s: %w", name, err)
		}
	}
	if !strings.HasPrefix(path, "/") {
		return nil, fmt.Errorf("its path %q does not begin with /", path)
	}
	h.url = "http://" + at + path
	return h.probe, nil
}

// probe makes the request over a connection of its own: one that is kept could lead to the
// process of before.
func (h httpCheck) probe(ctx context.Context) error {
	request, err := h.request(ctx)
	if err != nil {
		return err
	}
	client := http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true, Proxy: nil},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	answer, err := client.Do(request)
	if err != nil {
		return unhealthy(fmt.Sprintf("GET %s: %s", h.url, reason(ctx, err)))
	}
	defer answer.Body.Close()
	if answer.StatusCode != h.status {
		return unhealthy(fmt.Sprintf("GET %s: %d (wanted %d)", h.url, answer.StatusCode, h.status))
	}
	return h.checkBody(ctx, answer.Body)
}

func (h httpCheck) request(ctx context.Context) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, h.url, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("User-Agent", "rel")
	for name, value := range h.headers {
		request.Header.Set(name, value)
		if strings.EqualFold(name, "Host") {
			request.Host = value
		}
	}
	return request, nil
}

func (h httpCheck) checkBody(ctx context.Context, r io.Reader) error {
	if h.body == "" {
		return nil
	}
	body, err := io.ReadAll(io.LimitReader(r, bodyLimit))
	if err != nil {
		return unhealthy(fmt.Sprintf("GET %s: reading the answer: %s", h.url, reason(ctx, err)))
	}
	if !bytes.Contains(body, []byte(h.body)) {
		return unhealthy(fmt.Sprintf("GET %s: %d, but its body lacks %q", h.url, h.status, h.body))
	}
	return nil
}

// reason says why a connection failed in a few words: not whom it was to, which the sentence
// says already.
func reason(ctx context.Context, err error) string {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return "no answer in time"
	}
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	var op *net.OpError
	if errors.As(err, &op) {
		err = op.Err
	}
	return strings.TrimPrefix(err.Error(), "connect: ")
}
