package config

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A version names folders on every host: what could lead elsewhere, or be too long for one, must
// be refused.
func TestParseVersion(t *testing.T) {
	for _, version := range []string{"1", "1.5.0", "v2_rc-1+build.7", "A", strings.Repeat("1", 128)} {
		parsed, err := parseVersion(version)
		require.NoError(t, err, version)
		require.Equal(t, version, parsed)
	}
	for _, version := range []string{"", ".", "..", "-1", "_1", "+1", "1/2", "1 2", "1\n", "1é", strings.Repeat("1", 129)} {
		_, err := parseVersion(version)
		require.Error(t, err, version)
	}
}
