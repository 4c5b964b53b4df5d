package local

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A program may call itself what it likes: spaces and parentheses in its name must not shift
// the fields.
func TestStartIn(t *testing.T) {
	const rest = " 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 424242 20 21\n"
	for stat, want := range map[string]string{
		"12 (rel) S" + rest:            "424242",
		"12 (a) Z 1 (b) c) R" + rest:   "424242",
		"12 (rel) Z" + rest:            ended,
		"12 (rel) X" + rest:            ended,
		"12 (rel) S 1 2 3":             "",
		"":                             "",
		"12 (name without an end S 1 ": "",
	} {
		require.Equal(t, want, startIn([]byte(stat)), stat)
	}
}

// What the system says of a process is read without a panic, whatever it is.
func FuzzStartIn(f *testing.F) {
	f.Add([]byte("12 (rel) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 424242 20 21"))
	f.Add([]byte(")"))
	f.Fuzz(func(t *testing.T, stat []byte) {
		require.NotContains(t, startIn(stat), " ")
	})
}
