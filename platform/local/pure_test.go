package local

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"rel/platform"
)

// A service that keeps ending is started later each time, and soon again after a good run.
func TestNextWait(t *testing.T) {
	s := Supervisor{}.withDefaults()
	var waits []time.Duration
	for wait := s.next(0, 0); len(waits) < 10; wait = s.next(wait, time.Second) {
		waits = append(waits, wait)
	}
	ms := time.Millisecond
	require.Equal(t, []time.Duration{200 * ms, 400 * ms, 800 * ms, 1600 * ms, 3200 * ms, 6400 * ms, 12800 * ms, 25600 * ms, 30000 * ms, 30000 * ms}, waits)
	require.Equal(t, 200*ms, s.next(30*time.Second, time.Minute))
	require.Equal(t, 30*time.Second, s.next(30*time.Second, 59*time.Second))
}

// Only what a supervisor has started is ever signalled in its name.
func TestBelongings(t *testing.T) {
	e := func(pid int, start uint64, parent, session int) entry {
		return entry{process: process{pid, start}, parent: parent, group: pid, session: session}
	}
	shim := process{100, 50}
	dead := e(106, 60, 100, 100)
	dead.dead = true
	lives := []entry{
		e(1, 1, 0, 1), e(100, 50, 1, 100), e(101, 51, 100, 100), e(102, 52, 101, 100), // the shim, its service and that one's child
		e(103, 53, 102, 103),                         // a daemon in its own session, while its parent lives
		e(104, 54, 1, 104), e(105, 40, 1, 100), dead, // strangers: another session; older than the shim
	}
	for name, test := range map[string]struct {
		table  []entry
		leader process
		want   []int
	}{
		"the supervisor lives":                {lives, shim, []int{101, 102, 103}},
		"it was killed":                       {[]entry{e(1, 1, 0, 1), e(101, 51, 1, 100), e(102, 52, 101, 100)}, shim, []int{101, 102}},
		"its pid is another's, with children": {[]entry{e(100, 99, 1, 100), e(101, 100, 100, 100)}, shim, nil},
		"its pid is given away meanwhile":     {[]entry{e(1, 1, 0, 1), e(200, 99, 100, 200)}, shim, nil},
		"no supervisor":                       {lives, process{}, nil},
		"a ring of parents":                   {[]entry{e(7, 60, 8, 7), e(8, 60, 7, 8)}, shim, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got []int
			for _, e := range belongings(test.table, test.leader) {
				got = append(got, e.Pid)
			}
			require.Equal(t, test.want, got)
		})
	}
}

// A pid that was given to another process is not signalled.
func TestReusedPid(t *testing.T) {
	self, err := lookup(os.Getpid())
	require.NoError(t, err)
	require.True(t, self.alive())
	other := process{Pid: self.Pid, Start: self.Start + 1}
	require.False(t, other.alive())
	require.ErrorIs(t, other.signal(unix.SIGKILL), unix.ESRCH)
	require.NoError(t, self.signal(unix.Signal(0)))
}

func TestStopSignal(t *testing.T) {
	for name, want := range map[string]unix.Signal{"": unix.SIGTERM, "SIGINT": unix.SIGINT, "QUIT": unix.SIGQUIT, "SIGUSR1": unix.SIGUSR1} {
		got, err := stopSignal(name)
		require.NoError(t, err)
		require.Equal(t, want, got, name)
	}
	_, err := stopSignal("SIGSTOPP")
	require.ErrorContains(t, err, `stop_signal "SIGSTOPP" is not a signal`)
}

// What a plan names can never lead out of the root.
func TestNamesStayInTheRoot(t *testing.T) {
	d := New(Config{Root: "/r"})
	for _, key := range []string{"", ".", "..", "../x", "a/b", ".rel", "a\x00"} {
		_, err := d.instance(shop(key))
		require.ErrorContains(t, err, "cannot be the name of a folder", "%q", key)
	}
	i, err := d.instance(shop("web 1"))
	require.NoError(t, err)
	require.Equal(t, "/r/shop.web-web 1", i.root)
	_, err = i.place("../blue")
	require.ErrorContains(t, err, `has no slot "../blue"; slots are main, blue, green`)
	_, err = New(Config{Root: "r"}).instance(shop("1"))
	require.ErrorContains(t, err, "not an absolute path")
}

func TestSize(t *testing.T) {
	for n, want := range map[int64]string{0: "0 bytes", 999: "999 bytes", 1000: "1.0 kB", 1234567: "1.2 MB", 5e12: "5.0 TB", 1 << 62: "4.6 EB"} {
		require.Equal(t, want, size(n))
	}
}

// The last lines are found across files, whole, also where the text ends without a newline.
func TestCopyLast(t *testing.T) {
	for _, test := range []struct {
		files []string // oldest first
		lines int
		want  string
	}{
		{[]string{"a\nb\n", "c\nd\n"}, -1, "a\nb\nc\nd\n"},
		{[]string{"a\nb\n", "c\nd\n"}, 0, ""},
		{[]string{"a\nb\n", "c\nd\n"}, 1, "d\n"},
		{[]string{"a\nb\n", "c\nd\n"}, 2, "c\nd\n"},
		{[]string{"a\nb\n", "c\nd\n"}, 3, "b\nc\nd\n"},
		{[]string{"a\nb\n", "c\nd\n"}, 9, "a\nb\nc\nd\n"},
		{[]string{"a\n", "", "b"}, 1, "b"},
		{[]string{"a\n", "", "b"}, 2, "a\nb"},
		{[]string{"\n\n\n"}, 2, "\n\n"},
		{[]string{"\x00\x00\x00a\nb\n"}, 5, "a\nb\n"}, // what was given back of a file
		{[]string{strings.Repeat("x", 50<<10) + "\n" + strings.Repeat("y", 40<<10) + "\nz\n"}, 2, strings.Repeat("y", 40<<10) + "\nz\n"},
		{nil, 3, ""},
	} {
		var files []*os.File
		for _, content := range test.files {
			path := filepath.Join(t.TempDir(), "log")
			require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
			f, err := os.Open(path)
			require.NoError(t, err)
			t.Cleanup(func() { f.Close() })
			files = append(files, f)
		}
		var b strings.Builder
		require.NoError(t, copyLast(&b, files, test.lines))
		require.Equal(t, test.want, b.String(), "%d of %.20q", test.lines, test.files)
	}
}

// Two of one name would hide the later one from the process.
func TestLastWins(t *testing.T) {
	require.Equal(t, []string{"A=3", "B=2=x", "C="}, lastWins([]string{"A=1", "B=2=x", "C=", "A=3"}))
}

// Any value of a variable survives its file.
func FuzzEnvironment(f *testing.F) {
	for _, v := range []string{"", "8081", "two\nlines", `quo"tes\`, "größe", "\xff", "${x}", " # "} {
		f.Add(v, []byte("A="+v))
	}
	f.Fuzz(func(t *testing.T, value string, file []byte) {
		if !strings.Contains(value, "\x00") {
			env := []string{"A=" + value, "B=" + value}
			got, err := parseEnvironment(encodeEnvironment(env))
			require.NoError(t, err)
			require.Equal(t, env, got)
		}
		if env, err := parseEnvironment(file); err == nil { // nothing that is accepted is lost
			again, err := parseEnvironment(encodeEnvironment(env))
			require.NoError(t, err)
			require.Equal(t, env, again)
		}
	})
}

// A unit's text depends on nothing but the revision and the slot, so its hash can be compared.
func TestUnitOf(t *testing.T) {
	i, err := New(Config{Root: "/r"}).instance(shop("2"))
	require.NoError(t, err)
	r := platform.Revision{
		Command:          []string{"bin/shop", "--listen", "${instance.host}:${port}", "$${port}", "${slot}-${instance.key}"},
		WorkingDirectory: "data/${slot}", StopSignal: "SIGINT", StopTimeout: platform.Duration(30 * time.Second), User: "shop",
	}
	u, err := i.unitOf(r, platform.Blue, 8081)
	require.NoError(t, err)
	b, err := u.encode()
	require.NoError(t, err)
	require.Equal(t, `{
  "command": [
    "/r/shop.web-2/services/web/blue/bin/shop",
    "--listen",
    "localhost:8081",
    "${port}",
    "blue-2"
  ],
  "working_directory": "/r/shop.web-2/services/web/blue/data/blue",
  "environment_file": "/r/shop.web-2/services/web/blue.env",
  "user": "shop",
  "stop_signal": "SIGINT",
  "stop_timeout": "30s",
  "port": 8081
}
`, string(b))

	r.Command = []string{"shop", "${port}"}
	_, err = i.unitOf(r, platform.Main, 0)
	require.ErrorContains(t, err, "the command: \"${port}\" has the unknown placeholder ${port}", "a service without a port cannot ask for it")
}
