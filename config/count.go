package config

import (
	"errors"
	"math"
	"strings"
)

// Count is so many, or a share, of the instances there are.
type Count struct {
	N       int  // at least 1; 0 only where nothing is said
	Percent bool // N is a percentage, at most 100
}

// Of is the count among n instances. A share is rounded down, so that a limit is kept and not passed, but it is
// never less than one instance; no count is more than n. The zero Count is all.
func (c Count) Of(n int) int {
	switch {
	case c.N == 0:
		return n
	case c.Percent:
		return min(n, max(1, n*c.N/100))
	}
	return min(n, c.N)
}

var errCount = errors.New(`write a whole number from 1, or a percentage from "1%" to "100%"`)

// parseCount reads "2" and "25%".
func parseCount(s string) (Count, error) {
	digits, percent := strings.CutSuffix(s, "%")
	n, rest, ok := leadingNumber(digits)
	highest := int64(math.MaxInt32)
	if percent {
		highest = 100
	}
	if !ok || rest != "" || n < 1 || n > highest {
		return Count{}, errCount
	}
	return Count{N: int(n), Percent: percent}, nil
}

// leadingNumber cuts the digits at the beginning off. It is not ok where there are none. What does not fit is the
// largest number there is.
func leadingNumber(s string) (n int64, rest string, ok bool) {
	i := 0
	for ; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
		digit := int64(s[i] - '0')
		if n > (math.MaxInt64-digit)/10 {
			n = math.MaxInt64
			continue
		}
		n = n*10 + digit
	}
	return n, s[i:], i > 0
}
