package local

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A process may choose its own name, and must not be able to pass for another by it.
func TestParseStat(t *testing.T) {
	const tail = " S 7 8 9 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 4242 100 200"
	for name, line := range map[string]string{
		"plain": "12 (shop)" + tail, "spaces": "12 (a b)" + tail, "brackets": "12 (x) Z 1 1 1 (y)" + tail, "empty": "12 ()" + tail,
	} {
		e, err := parseStat([]byte(line))
		require.NoError(t, err, name)
		require.Equal(t, entry{process: process{12, 4242}, parent: 7, group: 8, session: 9}, e, name)
	}
	e, err := parseStat([]byte("12 (shop) Z 7 8 9 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 4242"))
	require.NoError(t, err)
	require.True(t, e.dead)
	e, err = parseStat([]byte("12 (shop) Z 7 8 9 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 3 0 4242"))
	require.NoError(t, err)
	require.False(t, e.dead, "its other threads still have its ports")
	for _, line := range []string{"", "12", "12 (shop) S 7", "x (shop)" + tail, "12 (shop) S x" + tail} {
		_, err := parseStat([]byte(line))
		require.Error(t, err, line)
	}
}

func FuzzParseStat(f *testing.F) {
	f.Add([]byte("12 (shop) S 7 8 9 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 4242"))
	f.Add([]byte(")"))
	f.Fuzz(func(t *testing.T, b []byte) { _, _ = parseStat(b) })
}

// Of the sockets on a port only one that listens is in the way.
func TestListening(t *testing.T) {
	const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1 0
   1: 00000000:1F91 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 222 1 0
   2: 0100007F:1F90 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 333 1 0
`
	require.Equal(t, []string{"111"}, listening([]byte(table), 8080))
	require.Equal(t, []string{"222"}, listening([]byte(table), 8081))
	require.Empty(t, listening([]byte(table), 8082))
	require.Empty(t, listening([]byte("junk\n\n: :"), 8080))
}
