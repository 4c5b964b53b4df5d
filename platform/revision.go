package platform

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"
)

// Revision is all that decides how an instance runs. It is the same on every instance of a
// service in an environment: what differs between them (key, host, slot, port) stands in
// Command and WorkingDirectory as a placeholder such as ${port} and is filled in at activation.
type Revision struct {
	Release          string   `json:"release"`
	Service          string   `json:"service"`
	Version          string   `json:"version"`
	Artifact         Artifact `json:"artifact"`
	Command          []string `json:"command"`
	User             string   `json:"user,omitempty"`
	WorkingDirectory string   `json:"working_directory,omitempty"`
	StopSignal       string   `json:"stop_signal"`
	StopTimeout      Duration `json:"stop_timeout"`
}

// Artifact is what is unpacked into a revision's folder.
type Artifact struct {
	Digest string `json:"digest"` // sha256:<64 hex>
	Name   string `json:"name"`   // the file's name; a plain binary is installed under it
	Kind   string `json:"kind"`   // tar, tar.gz, tar.zst, zip, binary
}

// Name is <version>-<first 12 hex of the sha256 over the revision's canonical JSON>.
func (r Revision) Name() string {
	return r.Version + "-" + Hash(r)[:12]
}

// Duration is a time.Duration that JSON shows as people write it: "1m30s".
type Duration time.Duration

// MarshalText writes the duration as time.Duration prints it.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads what MarshalText writes.
func (d *Duration) UnmarshalText(b []byte) error {
	v, err := time.ParseDuration(string(b))
	if err != nil {
		return fmt.Errorf("reading a duration: %w", err)
	}
	*d = Duration(v)
	return nil
}

// HealthCheck says whether one instance works now. Strings may hold the placeholders of
// an instance.
type HealthCheck struct {
	Type         string            `json:"type"` // http, tcp, command
	Port         string            `json:"port,omitempty"`
	Path         string            `json:"path,omitempty"`
	ExpectStatus int               `json:"expect_status,omitempty"`
	ExpectBody   string            `json:"expect_body,omitempty"`
	Headers      map[string]string `json:"headers,omitempty"`
	Command      []string          `json:"command,omitempty"`
	Interval     Duration          `json:"interval"`
	Timeout      Duration          `json:"timeout"`
	InitialDelay Duration          `json:"initial_delay"`
	Successes    int               `json:"successes"`
	Failures     int               `json:"failures"`
}

// Hash is the hex sha256 over v's canonical JSON: fields in the order of the type, map keys
// sorted, HTML left alone. v must be a value that JSON can hold.
func Hash(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(fmt.Sprintf("hashing a %T: %v", v, err)) // a programming error: plain data always encodes
	}
	sum := sha256.Sum256(b.Bytes())
	return hex.EncodeToString(sum[:])
}
