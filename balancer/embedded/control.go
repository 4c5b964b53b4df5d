package embedded

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"

	"rel/balancer"
)

// newControl makes the server of the sockets.
func (p *proxy) newControl() *http.Server {
	s := &http.Server{Handler: p.verbs(), ReadHeaderTimeout: headerTimeout, ErrorLog: p.log}
	s.SetKeepAlivesEnabled(false) // each call finds the process that serves now
	return s
}

// serveControl answers calls that come in at a listener until it is closed.
func (p *proxy) serveControl(l net.Listener) {
	go func() {
		if err := p.calls.Serve(l); !errors.Is(err, net.ErrClosed) && !errors.Is(err, http.ErrServerClosed) {
			p.log.Printf("a socket for calls ended: %v", err)
		}
	}()
}

// verbs is the table of what can be called.
func (p *proxy) verbs() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /"+verbFacts, func(w http.ResponseWriter, r *http.Request) {
		f, err := p.facts(r.URL.Query()[serverParameter])
		answer(w, f, err)
	})
	for name, verb := range map[string]func(context.Context, call) error{
		verbEnsure:   p.callEnsure,
		verbRestore:  p.callRestore,
		verbWeights:  p.callWeights,
		verbDrain:    p.drain,
		verbUndrain:  p.callUndrain,
		verbAdopt:    func(_ context.Context, c call) error { return p.adopt(c.Lineage) },
		verbHandover: p.handover,
		verbFollow:   p.callFollow,
		verbIdle:     func(ctx context.Context, c call) error { p.idle(ctx, c); return nil },
		verbEnd:      p.callEnd,
	} {
		mux.HandleFunc("POST /"+name, p.verb(verb))
	}
	return mux
}

func (p *proxy) verb(do func(context.Context, call) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		defer p.endUnused()
		var c call
		if err := json.NewDecoder(r.Body).Decode(&c); err != nil {
			answer(w, nil, fmt.Errorf("reading the call: %w", err))
			return
		}
		err := do(r.Context(), c)
		if err != nil {
			p.log.Printf("%s: %v", r.URL.Path, err)
		}
		answer(w, struct{}{}, err)
	}
}

func (p *proxy) callEnsure(ctx context.Context, c call) error {
	if c.Setup == nil {
		return errors.New("ensure needs a set-up")
	}
	return p.ensure(ctx, c, func(s state) (change, error) {
		return s.ensure(p.recorded(c.Setup), c.Servers, c.Remove)
	})
}

func (p *proxy) callRestore(ctx context.Context, c call) error {
	if c.Setup == nil {
		return p.remove(ctx, c)
	}
	return p.ensure(ctx, c, func(s state) (change, error) {
		return s.restore(p.recorded(c.Setup), c.Servers)
	})
}

// recorded is a set-up with the version that runs.
func (p *proxy) recorded(s *balancer.Setup) balancer.Setup {
	r := *s
	r.Version = p.options.version
	return r
}

func (p *proxy) callWeights(ctx context.Context, c call) error {
	return p.simple(ctx, c.Fence, func(s state) (change, error) { return s.weights(c.Weights) })
}

func (p *proxy) callUndrain(ctx context.Context, c call) error {
	return p.simple(ctx, c.Fence, func(s state) (change, error) { return s.drained(c.Server, false) })
}
