package config

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var filled = map[string]string{"port": "8081", "slot": "green", "instance.key": "web1", "instance.host": "${port}"}

// What is filled in is put in once and never read again; all other text is as it was.
func TestExpand(t *testing.T) {
	for in, want := range map[string]string{
		"":                  "",
		"serve":             "serve",
		":${port}":          ":8081",
		"${port}${slot}":    "8081green",
		"${instance.host}":  "${port}",
		"$${port}":          "${port}",
		"$$${port}":         "$${port}",
		"${port}$${port}":   "8081${port}",
		"$port $ {port} 5$": "$port $ {port} 5$",
		"größe=${port} 世界":  "größe=8081 世界",
	} {
		got, err := Expand(in, filled)
		require.NoError(t, err, in)
		require.Equal(t, want, got, in)
	}
}

// What cannot be filled is an error, so that no process starts with a hole in its command.
func TestExpandRefuses(t *testing.T) {
	for in, want := range map[string]string{
		"${prot}":   "${prot} has no value",
		"${ port }": "${ port } has no value",
		"${}":       "${} has no value",
		"${port":    "not closed",
		"x${":       "not closed",
	} {
		_, err := Expand(in, filled)
		require.ErrorContains(t, err, want, in)
	}
}

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
		got, err := Expand(encoded, filled)
		require.NoError(t, err)
		require.Equal(t, before+"8081"+between+"green"+after, got)
	})
}

// Expand takes any text without a panic, and leaves one without a brace after a dollar alone.
func FuzzExpand(f *testing.F) {
	for _, s := range []string{"", "${port}", "$${port}", "$$${", "${", "}", "a${port", "${a${port}}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := Expand(s, filled)
		if !strings.Contains(s, "${") {
			require.NoError(t, err)
			require.Equal(t, s, got)
		}
		literal, err := Expand(escape(s), nil)
		require.NoError(t, err)
		require.Equal(t, s, literal)
	})
}
