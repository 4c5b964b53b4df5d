package config

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
)

// units of durations, the longer spelling first where one begins with another. time.ParseDuration knows no days, and
// allows fractions and signs.
var units = []struct {
	suffix string
	length time.Duration
}{
	{"ms", time.Millisecond},
	{"s", time.Second},
	{"m", time.Minute},
	{"h", time.Hour},
	{"d", 24 * time.Hour},
}

var errDuration = errors.New(`write whole numbers with a unit (ms, s, m, h, d), as in "30s", "1h30m" or "30d"`)

// parseDuration reads "30s", "1h30m", "30d". A day has 24 hours.
func parseDuration(s string) (time.Duration, error) {
	if s == "" {
		return 0, errDuration
	}
	var total time.Duration
	for rest := s; rest != ""; {
		var part time.Duration
		var err error
		if part, rest, err = leadingDuration(rest); err != nil {
			return 0, err
		}
		if total > math.MaxInt64-part {
			return 0, errTooLong
		}
		total += part
	}
	return total, nil
}

var errTooLong = fmt.Errorf("it is longer than %d years", math.MaxInt64/(365*24*time.Hour))

// leadingDuration cuts the first number with its unit off.
func leadingDuration(s string) (part time.Duration, rest string, err error) {
	number, rest, ok := leadingNumber(s)
	if !ok {
		return 0, "", errDuration
	}
	for _, u := range units {
		after, found := strings.CutPrefix(rest, u.suffix)
		if !found {
			continue
		}
		if number > math.MaxInt64/int64(u.length) {
			return 0, "", errTooLong
		}
		return time.Duration(number) * u.length, after, nil
	}
	return 0, "", errDuration
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
