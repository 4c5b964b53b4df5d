package config

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Sources and checksums have one form in the result, however they are written.
func TestArtifactForms(t *testing.T) {
	digest := strings.Repeat("0a", 32)
	for in, want := range map[string]string{
		"https://example.org/a-1.0.tar.gz?x=1": "https://example.org/a-1.0.tar.gz?x=1",
		"HTTPS://example.org/a":                "HTTPS://example.org/a",
		"builds/a.tar.gz":                      "builds/a.tar.gz",
		"../a.tar.gz":                          "../a.tar.gz",
		"/srv/a:b.tar.gz":                      "/srv/a:b.tar.gz",
		"file:///srv/a.tar.gz":                 "/srv/a.tar.gz",
	} {
		got, err := parseSource(in)
		require.NoError(t, err, in)
		require.Equal(t, want, got)
	}
	for in, want := range map[string]string{
		"sha256:" + digest:                  "sha256:" + digest,
		"sha256:" + strings.ToUpper(digest): "sha256:" + digest,
		"file:https://example.org/SUMS":     "file:https://example.org/SUMS",
		"file:builds/SUMS":                  "file:builds/SUMS",
		"file:/srv/SUMS":                    "file:/srv/SUMS",
		"file:///srv/SUMS":                  "file:/srv/SUMS",
	} {
		got, err := parseChecksum(in)
		require.NoError(t, err, in)
		require.Equal(t, want, got)
	}
}

// What could be changed on the way, would show a password, or is of another kind is refused.
func TestArtifactRefusals(t *testing.T) {
	for in, want := range map[string]string{
		"http://example.org/a":    "http can be changed on the way",
		"HTTP://example.org/a":    "http can be changed on the way",
		"https://":                "write an https URL",
		"https://exa mple.org/":   "write an https URL",
		"https://u@example.org/a": "user or password",
		"git://example.org/a":     "write an https URL",
		"oci://example.org/a":     "sources of oci are not supported by this version of rel",
		"file://relative":         "three slashes",
		"":                        "there is no path",
	} {
		_, err := parseSource(in)
		require.ErrorContains(t, err, want, in)
	}
	for in, want := range map[string]string{
		"":                                  "sha256:HEX",
		"sha256":                            "64 hexadecimal",
		"sha256:" + strings.Repeat("g", 64): "64 hexadecimal",
		"sha512:00":                         "sha256:HEX",
		"file:http://example.org/SUMS":      "http can be changed",
		"file:https://u:p@example.org":      "user or password",
		"file:":                             "there is no path",
	} {
		_, err := parseChecksum(in)
		require.ErrorContains(t, err, want, in)
	}
}
