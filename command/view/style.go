// Package view draws what people and programs see: plans, progress, status, errors, as text or
// JSON. It is the one place that knows colour and width. It decides nothing and changes
// nothing: data in, bytes out.
package view

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Style says what the reader's terminal can show.
type Style struct {
	Color bool
	Width int  // columns; 0: not known, 80 are assumed
	Live  bool // a terminal whose lines can be drawn again
}

func (s Style) width() int {
	switch {
	case s.Width <= 0:
		return 80
	case s.Width > 100:
		return 100
	case s.Width < 40:
		return 40
	}
	return s.Width
}

func (s Style) paint(code, text string) string {
	if !s.Color || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (s Style) green(t string) string  { return s.paint("32", t) }
func (s Style) yellow(t string) string { return s.paint("33", t) }
func (s Style) red(t string) string    { return s.paint("31", t) }
func (s Style) bold(t string) string   { return s.paint("1", t) }
func (s Style) dim(t string) string    { return s.paint("2", t) }

// Duration prints a time as people say it: 0.3s, 27s, 1m 20s, 2h 5m, 3d 4h.
func Duration(d time.Duration) string {
	switch { // rounded before it is compared: 59.9s is 1m, not 60s
	case d < 10*time.Second:
		return strings.Replace(fmt.Sprintf("%.1fs", d.Seconds()), ".0s", "s", 1)
	case d.Round(time.Second) < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()+0.5))
	case d.Round(time.Second) < time.Hour:
		return pair(d.Round(time.Second), time.Minute, "m", time.Second, "s")
	case d.Round(time.Minute) < 24*time.Hour:
		return pair(d.Round(time.Minute), time.Hour, "h", time.Minute, "m")
	}
	return pair(d.Round(time.Hour), 24*time.Hour, "d", time.Hour, "h")
}

func pair(d, large time.Duration, a string, small time.Duration, b string) string {
	n, rest := d/large, d%large/small
	if rest == 0 {
		return fmt.Sprintf("%d%s", n, a)
	}
	return fmt.Sprintf("%d%s %d%s", n, a, rest, b)
}

// Bytes prints a size as people say it: 18.6 MB.
func Bytes(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d B", n)
	case n < 999_950: // what rounds to 1000.0 kB is 1.0 MB
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	case n < 999_950_000:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.1f GB", float64(n)/1e9)
}

// Count prints a number of things: 1 host, 2 hosts.
func Count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// ShortDigest is the twelve characters that people compare; JSON has the whole.
func ShortDigest(digest string) string {
	algorithm, hex, ok := strings.Cut(digest, ":")
	if !ok || len(hex) <= 12 {
		return digest
	}
	return algorithm + ":" + hex[:12]
}

// beside puts right at the end of the line that left begins, where the width allows, else
// below it.
func (s Style) beside(left, right string) string {
	gap := s.width() - columns(left) - columns(right)
	if right == "" {
		return left
	}
	if gap < 2 {
		return left + "\n    " + right
	}
	return left + strings.Repeat(" ", gap) + right
}

// columns is how many columns text takes: escape codes take none.
func columns(text string) int {
	n := utf8.RuneCountInString(text)
	for {
		_, after, found := strings.Cut(text, "\x1b[")
		if !found {
			return n
		}
		code, rest, _ := strings.Cut(after, "m")
		n -= len("\x1b[m") + len(code)
		text = rest
	}
}

// pad fills text with spaces to n columns.
func pad(text string, n int) string {
	if missing := n - columns(text); missing > 0 {
		return text + strings.Repeat(" ", missing)
	}
	return text
}

// Printable makes text from outside safe to show: control characters, which could move the
// cursor or hide what stands before them, become visible.
func Printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' {
			return ' '
		}
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return '\uFFFD'
		}
		return r
	}, text)
}
