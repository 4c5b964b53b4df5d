package embedded

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"rel/balancer"
	"rel/platform"
)

func testState() state {
	return state{
		Fence: platform.Fence{Lineage: "a", Number: 7},
		Setup: &balancer.Setup{Bind: "127.0.0.1:8080", Backend: "shop.web", Version: "1.0.0"},
		Servers: map[string]balancer.Server{
			serverID(1): {Address: "127.0.0.1:8081", Weight: 100},
			serverID(2): {Address: "127.0.0.1:8082", Drained: true},
		},
	}
}

// file is a state file with a whole state and one change after it.
func testFile(t testing.TB) (whole, added []byte) {
	whole, err := encode(testState().whole())
	require.NoError(t, err)
	c, err := testState().drained(serverID(1), true)
	require.NoError(t, err)
	added, err = encode(c)
	require.NoError(t, err)
	return whole, added
}

func TestStateFileKeepsAll(t *testing.T) {
	whole, added := testFile(t)
	s, err := decode(whole)
	require.NoError(t, err)
	require.Equal(t, testState(), s)
	s, err = decode(append(whole, added...))
	require.NoError(t, err)
	require.True(t, s.Servers[serverID(1)].Drained)
}

// A crash may cut the last line off anywhere; what was answered before it is all there.
func TestStateFileWithoutItsEnd(t *testing.T) {
	whole, added := testFile(t)
	for cut := range added {
		s, err := decode(append(bytes.Clone(whole), added[:cut]...))
		require.NoError(t, err, cut)
		require.Equal(t, cut == len(added)-1, s.Servers[serverID(1)].Drained, cut)
	}
	_, err := decode(append(bytes.Clone(whole), make([]byte, 300)...))
	require.NoError(t, err, "a crash may also leave zeros")
}

// Damage before the end is never read over: servers would come back in a state that nobody chose.
func TestStateFileDamaged(t *testing.T) {
	whole, added := testFile(t)
	data := append(bytes.Clone(whole), added...)
	for i := range whole[:len(whole)-1] {
		broken := bytes.Clone(data)
		broken[i] ^= 0x10
		_, err := decode(broken)
		require.ErrorIs(t, err, errDamaged, i)
	}
}

func FuzzDecode(f *testing.F) {
	whole, added := testFile(f)
	f.Add(whole)
	f.Add(append(bytes.Clone(whole), added...))
	f.Add(append(bytes.Clone(whole), added[:20]...))
	f.Add([]byte("00000000 {}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := decode(data)
		if err != nil {
			return
		}
		line, err := encode(s.whole())
		require.NoError(t, err)
		again, err := decode(line)
		require.NoError(t, err)
		require.Equal(t, s.whole(), again.whole(), "what was read can be written and read again")
	})
}
