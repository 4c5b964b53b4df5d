package config

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"rel/platform"
)

var filled = map[string]string{"port": "8081", "slot": "green", "instance.key": "web1", "instance.host": "${port}"}

// Broken sentinels never become a placeholder, nor does a dollar before one hide it.
func TestEncodeRefuses(t *testing.T) {
	for in, want := range map[string]error{
		sentinelBegin:                         errSentinel,
		sentinelEnd:                           errSentinel,
		sentinelBegin + "port":                errSentinel,
		sentinelBegin + "home" + sentinelEnd:  errSentinel,
		"a$" + sentinel(holdPort):             errDollar,
		sentinelBegin + sentinel(holdPort):    errSentinel,
		sentinel(holdPort) + sentinelEnd:      errSentinel,
		strings.ToUpper(sentinel(holdPort)):   errSentinel,
		sentinel(holdPort)[:len("\uFDD0por")]: errSentinel,
	} {
		_, err := encode(in)
		require.ErrorIs(t, err, want, "%q", in)
	}
}

// For every text around a placeholder: encoded and expanded it is the text around the value, unless encode refuses it.
func FuzzEncodeThenExpand(f *testing.F) {
	for _, s := range []string{"", "$", "${", "$${", "a}", "${port}", "$$", "{port}", "\uFDD0", "ü$"} {
		f.Add(s, "", s)
		f.Add("", s, "x")
	}
	f.Fuzz(func(t *testing.T, before, between, after string) {
		if strings.Contains(before+between+after, sentinelBegin) {
			return // a text with a whole sentinel in it is one with a placeholder
		}
		encoded, err := encode(before + sentinel(holdPort) + between + sentinel(holdSlot) + after)
		if err != nil {
			return
		}
		got, err := platform.Expand(encoded, filled)
		require.NoError(t, err)
		require.Equal(t, before+"8081"+between+"green"+after, got)
	})
}
