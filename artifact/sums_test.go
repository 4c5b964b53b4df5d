package artifact

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	hexA = strings.Repeat("a1", 32)
	hexB = strings.Repeat("b2", 32)
)

func TestParseSums(t *testing.T) {
	cases := map[string]struct {
		text string
		want []sum
	}{
		"text and binary":    {hexA + "  shop.tar.gz\n" + hexB + " *other\n", []sum{{"shop.tar.gz", "sha256:" + hexA}, {"other", "sha256:" + hexB}}},
		"one space":          {hexA + " shop", []sum{{"shop", "sha256:" + hexA}}},
		"name of a star":     {hexA + " *", []sum{{"*", "sha256:" + hexA}}},
		"spaces in a name":   {hexA + "  a  b ", []sum{{"a  b ", "sha256:" + hexA}}},
		"upper case":         {strings.ToUpper(hexA) + "  x", []sum{{"x", "sha256:" + hexA}}},
		"CRLF":               {hexA + "  x\r\n", []sum{{"x", "sha256:" + hexA}}},
		"escaped":            {`\` + hexA + `  a\\b\nc\rd`, []sum{{"a\\b\nc\rd", "sha256:" + hexA}}},
		"backslash, plain":   {hexA + `  a\nb`, []sum{{`a\nb`, "sha256:" + hexA}}},
		"BSD":                {"SHA256 (shop (1).gz) = " + hexA, []sum{{"shop (1).gz", "sha256:" + hexA}}},
		"BSD, escaped":       {`\SHA256 (a\nb) = ` + hexA, []sum{{"a\nb", "sha256:" + hexA}}},
		"other algorithms":   {"SHA512 (x) = 0123\nMD5 (x) = 45\nSHA256 (x) = " + hexA, []sum{{"x", "sha256:" + hexA}}},
		"comments and blank": {"# made by CI\n\n  \n" + hexA + "  x\n", []sum{{"x", "sha256:" + hexA}}},
		"digest alone":       {hexA + "\n", []sum{{"", "sha256:" + hexA}}},
		"nothing":            {"", nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := parseSums(c.text)
			require.NoError(t, err)
			require.Equal(t, c.want, got)
		})
	}
}

// A page instead of a list, or half a list, must not read as a list without the file.
func TestParseSumsRefuses(t *testing.T) {
	for text, message := range map[string]string{
		"<!DOCTYPE html>":                    "line 1: not a line of sha256sum",
		hexA + "  x\n" + hexB[:40]:           "line 2: not a line of sha256sum",
		hexA + "x":                           "line 1: not a line of sha256sum",
		strings.Repeat("g", 64) + "  x":      "line 1: not a line of sha256sum",
		"SHA256 (x) = 12":                    "line 1: a SHA-256 digest has 64",
		"SHA256 () = " + hexA:                "line 1: not a line of sha256sum",
		`\` + hexA + `  a\qb`:                `line 1: the file name holds the unknown escape \q`,
		`\` + hexA + `  a\`:                  "line 1: the file name ends in a backslash",
		hexA + hexB + "  a SHA-512 list":     "line 1: not a line of sha256sum",
		"0123456789abcdef0123456789abcdef x": "line 1: not a line of sha256sum",
	} {
		_, err := parseSums(text)
		require.ErrorContains(t, err, message, text)
	}
}

func TestFindSum(t *testing.T) {
	a, b := "sha256:"+hexA, "sha256:"+hexB
	cases := map[string]struct {
		sums    []sum
		want    string
		message string
	}{
		"by name":                {sums: []sum{{"other", b}, {"shop.tgz", a}}, want: a},
		"with a folder":          {sums: []sum{{"./dist/shop.tgz", a}, {"other", b}}, want: a},
		"the very name first":    {sums: []sum{{"old/shop.tgz", b}, {"shop.tgz", a}}, want: a},
		"the same twice":         {sums: []sum{{"x/shop.tgz", a}, {"y/shop.tgz", a}}, want: a},
		"digest alone":           {sums: []sum{{"", a}}, want: a},
		"which of two":           {sums: []sum{{"x/shop.tgz", a}, {"y/shop.tgz", b}}, message: "lists shop.tgz more than once"},
		"two digests alone":      {sums: []sum{{"", a}, {"", b}}, message: "does not list shop.tgz"},
		"near":                   {sums: []sum{{"shop.tar", a}, {"shop.tgz.sig", a}, {"README", b}}, message: "does not list shop.tgz; nearest: shop.tar"},
		"nothing near":           {sums: []sum{{"README", b}}, message: "does not list shop.tgz"},
		"an empty list":          {message: "does not list shop.tgz; it is empty"},
		"a part is not the name": {sums: []sum{{"myshop.tgz", a}}, message: "nearest: myshop.tgz"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := findSum(c.sums, "shop.tgz")
			if c.message != "" {
				require.ErrorContains(t, err, c.message)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.want, got)
		})
	}
}

// Whatever the bytes: no panic, and what is read is digests that sha256sum would write back to the same list.
func FuzzSums(f *testing.F) {
	f.Add(hexA + "  shop.tar.gz\n" + hexB + " *other\n")
	f.Add("SHA256 (shop (1).gz) = " + hexA)
	f.Add(`\` + hexA + `  a\\b\nc`)
	f.Add(`\SHA256 (a\rb) = ` + hexA)
	f.Add(hexA)
	f.Add("# comment\r\n\n<html>")
	f.Fuzz(func(t *testing.T, text string) {
		sums, err := parseSums(text)
		if err != nil {
			return
		}
		var again strings.Builder
		escape := strings.NewReplacer("\\", `\\`, "\n", `\n`, "\r", `\r`)
		for _, s := range sums {
			require.Regexp(t, "^sha256:[0-9a-f]{64}$", s.digest)
			if s.name == "" || strings.TrimSpace(s.name) == "" {
				return
			}
			fmt.Fprintf(&again, "\\%s  %s\n", s.digest[len("sha256:"):], escape.Replace(s.name))
			_, _ = findSum(sums, s.name)
		}
		back, err := parseSums(again.String())
		require.NoError(t, err)
		require.Equal(t, sums, back)
	})
}
