package local

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"rel/platform"
)

// inherited are the variables that a service gets from whoever starts it; all others come from
// its slot's environment file.
func inherited() []string {
	return []string{"PATH", "HOME", "USER", "LOGNAME", "LANG", "TZ", "TMPDIR"}
}

// cleanEnvironment is a service's environment before its own variables.
func cleanEnvironment() []string {
	var env []string
	for _, name := range inherited() {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// environment is what the slot's process is told about itself.
func (i instance) environment(r platform.Revision, slot string, port int) []string {
	env := []string{
		"SLOT=" + slot,
		"INSTANCE=" + i.address.String(),
		"RELEASE=" + r.Release,
		"RELEASE_VERSION=" + r.Version,
	}
	if port != 0 {
		env = append(env, "PORT="+strconv.Itoa(port))
	}
	return env
}

// encodeEnvironment writes one NAME="value" a line, values as Go quotes them, so that any
// value fits in a line.
func encodeEnvironment(env []string) []byte {
	var b bytes.Buffer
	for _, e := range env {
		name, value, _ := strings.Cut(e, "=")
		fmt.Fprintf(&b, "%s=%s\n", name, strconv.Quote(value))
	}
	return b.Bytes()
}

// parseEnvironment reads what encodeEnvironment writes.
func parseEnvironment(b []byte) ([]string, error) {
	var env []string
	for line := range strings.Lines(string(b)) {
		name, quoted, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		value, err := strconv.Unquote(quoted)
		if !ok || name == "" || err != nil || strings.Contains(value, "\x00") {
			return nil, fmt.Errorf("line %d of the environment file is not NAME=\"value\"", len(env)+1)
		}
		env = append(env, name+"="+value)
	}
	return env, nil
}

// fullEnvironment is what the slot's process gets: later ones win.
func (u unit) fullEnvironment(c credential) ([]string, error) {
	b, err := os.ReadFile(u.Environment)
	if err != nil {
		return nil, fmt.Errorf("reading the environment file: %w", err)
	}
	own, err := parseEnvironment(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", u.Environment, err)
	}
	return lastWins(slices.Concat(cleanEnvironment(), c.environment(), own)), nil
}

// lastWins leaves one of each name: where there are two, a process sees the first.
func lastWins(env []string) []string {
	values := map[string]string{}
	for _, e := range env {
		name, value, _ := strings.Cut(e, "=")
		values[name] = value
	}
	out := make([]string, 0, len(values))
	for _, name := range slices.Sorted(maps.Keys(values)) {
		out = append(out, name+"="+values[name])
	}
	return out
}
