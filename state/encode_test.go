package state_test

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"rel/balancer"
	"rel/platform"
	"rel/state"
)

func web(key string) platform.Address {
	return platform.Address{Release: "shop", Service: "web", Key: key}
}

// sample is a state with every part of the document in it.
func sample() state.State {
	facts := platform.Instance{Slots: map[string]platform.Slot{
		platform.Green: {Revision: "1.2.0-aaaaaaaaaaaa", Port: 8082, Unit: "u2", Running: true, Enabled: true},
		platform.Blue:  {Revision: "1.1.0-bbbbbbbbbbbb", Port: 8081, Unit: "u1"},
	}}
	return state.State{
		FormatVersion: state.FormatVersion, Lineage: "6b1f", Serial: 9, Project: "shop", Environment: "production",
		Deployment: 5, Live: 4,
		Releases: map[string]state.Release{"shop": {Deployment: 4, Version: "1.2.0"}},
		Instances: map[platform.Address]state.Instance{
			web("web<1>"): {Live: platform.Green, Slots: facts.Slots, Fingerprint: facts.Fingerprint()},
		},
		Balancers: map[string]state.Balancer{"edge": {
			Setup:   &balancer.Setup{Bind: ":80", Backend: "shop.web", Version: "1.0.0", Running: true},
			Servers: map[string]balancer.Server{balancer.ServerID(web("web<1>"), platform.Green, 8082): {Address: "10.0.0.1:8082", Weight: 100}},
		}},
		Unfinished: &state.Unfinished{Deployment: 5, PlanDigest: "sha256:cc"},
	}
}

// The document is what people read, what fingerprints of it are made from and what other
// versions of rel must read: every byte of it is fixed here.
func TestEncodeIsCanonical(t *testing.T) {
	want := `{
  "format_version": "1.0",
  "lineage": "6b1f",
  "serial": 9,
  "project": "shop",
  "environment": "production",
  "deployment": 5,
  "live": 4,
  "releases": {
    "shop": {
      "deployment": 4,
      "version": "1.2.0"
    }
  },
  "instances": {
    "shop.web[\"web<1>\"]": {
      "live": "green",
      "slots": {
        "blue": {
          "revision": "1.1.0-bbbbbbbbbbbb",
          "port": 8081,
          "unit": "u1",
          "running": false,
          "enabled": false
        },
        "green": {
          "revision": "1.2.0-aaaaaaaaaaaa",
          "port": 8082,
          "unit": "u2",
          "running": true,
          "enabled": true
        }
      },
      "fingerprint": "` + sample().Instances[web("web<1>")].Fingerprint + `"
    }
  },
  "balancers": {
    "edge": {
      "setup": {
        "bind": ":80",
        "backend": "shop.web",
        "version": "1.0.0",
        "running": true
      },
      "servers": {
        "shop.web[\"web<1>\"]/green:8082": {
          "address": "10.0.0.1:8082",
          "weight": 100,
          "drained": false
        }
      }
    }
  },
  "unfinished": {
    "deployment": 5,
    "plan_digest": "sha256:cc"
  }
}
`
	require.Equal(t, want, string(state.Encode(sample())))
	back, err := state.Decode([]byte(want))
	require.NoError(t, err)
	require.Equal(t, sample(), back)
}

// What rel does not understand whole it refuses, and the error says where and what to do.
func TestDecodeRefuses(t *testing.T) {
	good := string(state.Encode(sample()))
	replaced := func(old, with string) string {
		require.Contains(t, good, old)
		return strings.Replace(good, old, with, 1)
	}
	for name, c := range map[string]struct {
		document string
		is       error
		says     string
	}{
		"nothing":               {"", state.ErrDamaged, "line 1"},
		"zeros":                 {"\x00\x00\x00", state.ErrDamaged, "line 1"},
		"cut off":               {good[:len(good)/2], state.ErrDamaged, "unexpected EOF"},
		"broken syntax":         {replaced(`"live": 4,`, `"live" 4,`), state.ErrDamaged, "at line 8"},
		"another type":          {replaced(`"live": 4,`, `"live": "4",`), state.ErrDamaged, "at line 8"},
		"unknown field":         {replaced(`"live": 4,`, `"live": 4, "weights": 1,`), state.ErrDamaged, `unknown field "weights"`},
		"unknown field inside":  {replaced(`"unit": "u1"`, `"unit": "u1", "kind": "x"`), state.ErrDamaged, `unknown field "kind"`},
		"more after it":         {good + "{}", state.ErrDamaged, "follows the document"},
		"no address":            {replaced(`shop.web[\"web<1>\"]": {`, `shop": {`), state.ErrDamaged, "not the address of an instance"},
		"newer minor":           {replaced(`"1.0"`, `"1.1"`), state.ErrUnknownFormat, "format 1.1"},
		"newer with new fields": {replaced(`"1.0",`, `"2.0", "regions": {},`), state.ErrUnknownFormat, "format 2.0"},
		"newer with new types":  {replaced(`"1.0",`, `"2.0", "live": [4],`), state.ErrUnknownFormat, "format 2.0"},
		"no format":             {replaced(`"format_version": "1.0",`, ""), state.ErrDamaged, "format_version is missing"},
		"no environment":        {replaced(`"production"`, `""`), state.ErrDamaged, "environment is missing"},
		"no serial":             {replaced(`"serial": 9`, `"serial": 0`), state.ErrDamaged, "serial is 0"},
		"live after the last":   {replaced(`"live": 4`, `"live": 6`), state.ErrDamaged, "live is deployment 6"},
		"unfinished is another": {replaced("\"unfinished\": {\n    \"deployment\": 5", "\"unfinished\": {\n    \"deployment\": 4"), state.ErrDamaged, "deployment 4 is unfinished"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := state.Decode([]byte(c.document))
			require.ErrorIs(t, err, c.is)
			require.ErrorContains(t, err, c.says)
		})
	}
}

// A backend must not write what it could not read again, nor what hides a change behind an
// old serial.
func TestCheckWrite(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*state.State)
		says   string
	}{
		"good":                {func(*state.State) {}, ""},
		"another environment": {func(s *state.State) { s.Environment = "staging" }, `state of environment "staging"`},
		"same serial":         {func(s *state.State) { s.Serial = 8 }, "its serial is 8"},
		"lower serial":        {func(s *state.State) { s.Serial = 7 }, "its serial is 7"},
		"no format":           {func(s *state.State) { s.FormatVersion = "" }, "format_version is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			s := sample()
			c.change(&s)
			err := state.CheckWrite("production", s, 8)
			if c.says == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.says)
		})
	}
}

// Whatever can be read is written the same ever after, and reading never panics.
func FuzzDecode(f *testing.F) {
	f.Add(state.Encode(sample()))
	f.Add([]byte(`{"format_version":"1.0","environment":"e","serial":1,"instances":{"a.b[\"1\"]":{"slots":null}}}`))
	f.Add([]byte(`{"format_version":"2.0"}`))
	f.Add([]byte("{\n\"serial\": x"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := state.Decode(data)
		if err != nil {
			return
		}
		once := state.Encode(s)
		again, err := state.Decode(once)
		require.NoError(t, err)
		require.True(t, bytes.Equal(once, state.Encode(again)))
	})
}

// large is a state with n instances, two slots each, behind one balancer.
func large(n int) state.State {
	s := sample()
	one := s.Instances[web("web<1>")]
	servers := make(map[string]balancer.Server, n)
	s.Instances = make(map[platform.Address]state.Instance, n)
	for i := range n {
		a := web(strconv.Itoa(i))
		s.Instances[a] = one
		servers[balancer.ServerID(a, platform.Green, 8082)] = balancer.Server{Address: fmt.Sprintf("10.0.%d.%d:8082", i/256, i%256), Weight: 100}
	}
	s.Balancers["edge"] = state.Balancer{Setup: s.Balancers["edge"].Setup, Servers: servers}
	return s
}

func BenchmarkDecode10000Instances(b *testing.B) {
	data := state.Encode(large(10_000))
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		_, err := state.Decode(data)
		require.NoError(b, err)
	}
}

func BenchmarkEncode10000Instances(b *testing.B) {
	s := large(10_000)
	for b.Loop() {
		state.Encode(s)
	}
}
