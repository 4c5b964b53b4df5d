package local

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"rel/platform"
)

// onDisk is the room that a slot's logs really take.
func onDisk(t *testing.T, p place) (bytes int64) {
	t.Helper()
	for _, path := range p.logs() {
		if info, err := os.Stat(path); err == nil {
			bytes += info.Sys().(*syscall.Stat_t).Blocks * 512
		}
	}
	return bytes
}

// dataIn is how much a slot's log holds.
func dataIn(t *testing.T, p place) int64 {
	t.Helper()
	f, err := os.Open(p.log())
	require.NoError(t, err)
	defer f.Close()
	info, err := f.Stat()
	require.NoError(t, err)
	return info.Size() - dataStart(f)
}

// numbers reads what the service flood wrote: each line whole, and its number.
func numbers(t *testing.T, text string) []int {
	t.Helper()
	var all []int
	for line := range strings.Lines(text) {
		n, err := strconv.Atoi(strings.TrimSpace(line))
		require.NoError(t, err)
		require.Len(t, line, 100)
		all = append(all, n)
	}
	return all
}

func requireInOrder(t *testing.T, all []int) {
	t.Helper()
	for n := range all {
		require.Equal(t, all[0]+n, all[n], "a line is missing or is there twice")
	}
}

// A service that floods its log takes no more than a bounded room, and of what is kept no line
// is missing. (10,000 lines of 100 bytes, where a file may have 64 KiB.)
func TestFlood(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.run(h.revision("1.0.0", "flood", "10000"), 0)
	last := func(lines int) string {
		var b strings.Builder
		require.NoError(t, h.Logs(t.Context(), &b, shop("1"), platform.Main, platform.LogOptions{Lines: lines}))
		return b.String()
	}
	eventually(t, func() bool { return strings.HasPrefix(last(1), "9999 ") }, "all is written")
	eventually(t, func() bool { return dataIn(t, h.place()) <= 64<<10 }, "the oldest is given back")
	require.LessOrEqual(t, onDisk(t, h.place()), int64(64<<10+2*block))
	kept := numbers(t, last(300))
	require.Len(t, kept, 300)
	requireInOrder(t, kept)
	_, whole, _ := strings.Cut(h.log(), "\n") // the first line is cut where blocks are
	kept = numbers(t, whole)
	require.Greater(t, len(kept), 300)
	requireInOrder(t, kept)
	require.Equal(t, 9999, kept[len(kept)-1])
}

// Following shows every line once and in order, and goes on over a new activation.
func TestFollow(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.run(h.revision("1.0.0", "flood", "300"), 0)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r, w := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- h.Logs(ctx, w, shop("1"), platform.Main, platform.LogOptions{Lines: -1, Follow: true})
	}()
	lines := bufio.NewScanner(r)
	expect := func(from, to int) {
		for n := from; n < to; n++ {
			require.True(t, lines.Scan())
			require.Equal(t, strconv.Itoa(n), strings.TrimSpace(lines.Text()))
		}
	}
	expect(0, 300)
	h.run(h.revision("2.0.0", "flood", "10"), 0)
	expect(0, 10)
	cancel()
	require.NoError(t, <-ended, "that the reader has enough is no error")
}

// Following begins before there is anything to follow.
func TestFollowBeforeTheStart(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	r, w := io.Pipe()
	go func() {
		_ = h.Logs(t.Context(), w, shop("1"), platform.Main, platform.LogOptions{Lines: 5, Follow: true})
	}()
	h.run(h.revision("1.0.0", "say", "hello"), 0)
	lines := bufio.NewScanner(r)
	require.True(t, lines.Scan())
	require.Equal(t, "hello 0", lines.Text())
}

// The log goes on over restarts; three files are kept.
func TestRotation(t *testing.T) {
	t.Parallel()
	p := place(t.TempDir() + "/main")
	for n := range 5 {
		require.NoError(t, p.rotate(10))
		require.NoError(t, os.WriteFile(p.log(), fmt.Appendf(nil, "the output %d\n", n), 0o600))
	}
	require.NoError(t, p.rotate(100), "what is small stays")
	for n, path := range p.logs() {
		b, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, fmt.Sprintf("the output %d\n", n+2), string(b))
	}
}

// What a revision wrote does not stand among the last lines of the next one, but is still there.
func TestEachActivationBeginsALog(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	for _, word := range []string{"old", "new"} {
		h.run(h.revision("1.0.0", "say", word), 0)
		eventually(t, func() bool { return strings.Contains(h.log(), word) }, word)
	}
	logs := func(o platform.LogOptions) string {
		var b strings.Builder
		require.NoError(t, h.Logs(t.Context(), &b, shop("1"), platform.Main, o))
		return b.String()
	}
	require.Contains(t, logs(platform.LogOptions{Lines: -1}), "old 0\n")
	require.NotContains(t, logs(platform.LogOptions{Lines: -1, Latest: true}), "old")
	require.Contains(t, logs(platform.LogOptions{Lines: -1, Latest: true}), "new 0\n")
}

// A log that grows over its limit loses its oldest part and nothing else, and a follower
// misses nothing: also where the file system cannot give back a part of a file, so that the
// log is copied away and emptied, and where a restart begins a new file.
func TestFollowerWhileLogsAreCut(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		cut  func(place) error
		kept string // of what was written before the cut
	}{
		"given back": {func(p place) error { return p.trim(2*block, punch) }, strings.Repeat("x", block)},
		"copied away": {func(p place) error {
			return p.trim(2*block, func(*os.File, int64) error { return errNoHoles })
		}, strings.Repeat("x", 3*block)},
		"new file":   {func(p place) error { return p.rotate(2 * block) }, strings.Repeat("x", 3*block)},
		"small":      {func(p place) error { return p.trim(3*block, punch) }, strings.Repeat("x", 3*block)},
		"small file": {func(p place) error { return p.rotate(4 * block) }, strings.Repeat("x", 3*block)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := place(t.TempDir() + "/main")
			var seen strings.Builder
			l := follower{path: p.log(), poll: time.Millisecond, w: &seen}
			defer l.close()
			write(t, p.log(), strings.Repeat("x", 3*block))
			require.NoError(t, l.copyNew())
			require.NoError(t, test.cut(p))
			write(t, p.log(), "\nnew\n")
			require.NoError(t, l.copyNew())
			require.Equal(t, strings.Repeat("x", 3*block)+"\nnew\n", seen.String())

			files, err := openLogs(p.logs())
			require.NoError(t, err)
			defer closeAll(files)
			var all strings.Builder
			require.NoError(t, copyLast(&all, files, -1))
			require.Equal(t, test.kept+"\nnew\n", all.String())
		})
	}
}

// write writes at the end of a file, as a service does to its log.
func write(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	require.NoError(t, err)
	_, err = io.WriteString(f, text)
	require.NoError(t, err)
	require.NoError(t, f.Close())
}
