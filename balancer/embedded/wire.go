package embedded

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"rel/balancer"
	"rel/platform"
)

// The verbs of the socket: POST /VERB with a call, answered by 200 or a refusal. GET /facts
// gives balancer.Facts, with ?server=ID once or more of these servers alone.
const (
	verbFacts    = "facts"
	verbEnsure   = "ensure"
	verbRestore  = "restore"
	verbWeights  = "weights"
	verbDrain    = "drain"
	verbUndrain  = "undrain"
	verbAdopt    = "adopt"
	verbHandover = "handover"

	// from a proxy to those that it replaced
	verbFollow = "follow"
	verbIdle   = "idle"
	verbEnd    = "end"
)

// serverParameter names a server whose facts are asked for.
const serverParameter = "server"

// call is a verb with its arguments; a verb reads those that it has.
type call struct {
	Fence   platform.Fence              `json:"fence"`
	Setup   *balancer.Setup             `json:"setup,omitempty"`
	Servers map[string]balancer.Server  `json:"servers,omitempty"`
	Remove  []string                    `json:"remove,omitempty"`
	Weights map[string]int              `json:"weights,omitempty"`
	Server  string                      `json:"server,omitempty"`
	Timeout platform.Duration           `json:"timeout,omitempty"`
	Lineage string                      `json:"lineage,omitempty"`
	Program string                      `json:"program,omitempty"` // of the successor, with its arguments
	Args    []string                    `json:"args,omitempty"`
	Changed map[string]*balancer.Server `json:"changed,omitempty"`
}

// refusal says why a verb failed.
type refusal struct {
	Code    string `json:"code,omitempty"`
	Message string `json:"message"`
}

// errMoved: another process has taken over; the call is to be made again.
var errMoved = errors.New("another process has taken over the load balancer")

// codes are the errors that keep their identity across the socket.
var codes = []struct {
	code string
	err  error
}{
	{"fenced", platform.ErrFenced},
	{"moved", errMoved},
}

func answer(w http.ResponseWriter, v any, err error) {
	w.Header().Set("Content-Type", "application/json")
	if err != nil {
		w.WriteHeader(http.StatusConflict)
		r := refusal{Message: err.Error()}
		for _, c := range codes {
			if errors.Is(err, c.err) {
				r.Code = c.code
			}
		}
		v = r
	}
	_ = json.NewEncoder(w).Encode(v) // the caller is gone
}

// remoteError is a refusal as its caller sees it.
type remoteError struct{ refusal }

func (e remoteError) Error() string { return e.Message }

func (e remoteError) Is(target error) bool {
	for _, c := range codes {
		if c.code == e.Code && c.err == target {
			return true
		}
	}
	return false
}

// result reads what answer wrote.
func result(r *http.Response, into any) error {
	if r.StatusCode == http.StatusOK {
		if err := json.NewDecoder(r.Body).Decode(into); err != nil {
			return fmt.Errorf("reading the load balancer's answer: %w", err)
		}
		return nil
	}
	var e remoteError
	if err := json.NewDecoder(r.Body).Decode(&e.refusal); err != nil {
		return fmt.Errorf("reading the load balancer's answer (%s): %w", r.Status, err)
	}
	return e
}
