package embedded

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"rel/balancer"
)

func testStore(t testing.TB, servers int) *store {
	s, err := openStore(filepath.Join(t.TempDir(), "state"))
	require.NoError(t, err)
	c := change{Servers: map[string]*balancer.Server{}}
	for i := range servers {
		c.Servers[serverID(i)] = &balancer.Server{Address: "127.0.0.1:8080", Weight: 100}
	}
	require.NoError(t, s.commit(c))
	return s
}

func (s *store) flip(t testing.TB, i int) {
	id := serverID(i)
	c, err := s.state.drained(id, !s.state.Servers[id].Drained)
	require.NoError(t, err)
	require.NoError(t, s.commit(c))
}

// A drain adds one line: with thousands of servers each costs the same.
func TestChangesAreAppended(t *testing.T) {
	s := testStore(t, 5000)
	before, err := os.Stat(s.path)
	require.NoError(t, err)
	for i := range 10 {
		s.flip(t, i)
	}
	after, err := os.Stat(s.path)
	require.NoError(t, err)
	require.Less(t, after.Size()-before.Size(), int64(10*200))
	read, err := readState(s.path)
	require.NoError(t, err)
	require.Equal(t, s.state, read)
}

// The file does not grow for ever: it is written anew when the changes outweigh the state.
func TestStateFileIsCompacted(t *testing.T) {
	s := testStore(t, 3)
	s.added = compactFrom + 1
	s.flip(t, 0)
	b, err := os.ReadFile(s.path)
	require.NoError(t, err)
	require.Equal(t, 1, strings.Count(string(b), "\n"))
	s.flip(t, 1)
	read, err := readState(s.path)
	require.NoError(t, err)
	require.Equal(t, s.state, read)
}

// A write that fails changes nothing, and the next one does not build on what it left.
func TestWriteFails(t *testing.T) {
	s := testStore(t, 2)
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if os.IsNotExist(err) { // not on every system: a closed file fails as well
		full, err = os.Open(os.DevNull)
	}
	require.NoError(t, err)
	require.NoError(t, s.file.Close())
	s.file = full
	c, err := s.state.drained(serverID(0), true)
	require.NoError(t, err)
	require.ErrorContains(t, s.commit(c), "nothing was changed")
	require.False(t, s.state.Servers[serverID(0)].Drained)
	s.flip(t, 1)
	read, err := readState(s.path)
	require.NoError(t, err)
	require.Equal(t, s.state, read)
	require.False(t, read.Servers[serverID(0)].Drained)
}

// Where the folder cannot be written the state stays as it was, in the file and in memory.
func TestRewriteFails(t *testing.T) {
	s := testStore(t, 2)
	s.leave()
	path := s.path
	s.path = filepath.Join(filepath.Dir(path), "gone", "state")
	c, err := s.state.drained(serverID(0), true)
	require.NoError(t, err)
	require.Error(t, s.commit(c))
	require.False(t, s.state.Servers[serverID(0)].Drained)
	s.path = path
	s.flip(t, 0)
	read, err := readState(s.path)
	require.NoError(t, err)
	require.Equal(t, s.state, read)
}

func BenchmarkDrainOneOf10000Durably(b *testing.B) {
	s, i := testStore(b, 10_000), 0
	for b.Loop() {
		i++
		s.flip(b, i%10_000)
	}
}

func BenchmarkRewrite10000Durably(b *testing.B) {
	s := testStore(b, 10_000)
	for b.Loop() {
		s.leave()
		s.flip(b, 1)
	}
}
