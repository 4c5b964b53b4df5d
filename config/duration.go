package config

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

const day = 24 * time.Hour

var (
	errDuration = errors.New(`write a number with a unit (ms, s, m, h, d), as in "30s", "1.5s", "1h30m" or "30d"`)
	errTooLong  = fmt.Errorf("it is longer than %d years", math.MaxInt64/(365*day))
)

// parseDuration reads "30s", "1.5s", "1h30m", "30d", "1d12h": what time.ParseDuration reads, but no
// sign, and whole days of 24 hours before it.
func parseDuration(s string) (time.Duration, error) {
	if s == "" || strings.ContainsAny(s, "+-") {
		return 0, errDuration
	}
	var total time.Duration
	if days, rest, found := strings.Cut(s, "d"); found {
		n, err := strconv.ParseUint(days, 10, 63)
		switch {
		case errors.Is(err, strconv.ErrRange), err == nil && n > uint64(math.MaxInt64/day):
			return 0, errTooLong
		case err != nil:
			return 0, errDuration
		case rest == "":
			return time.Duration(n) * day, nil
		}
		total, s = time.Duration(n)*day, rest
	}
	part, err := time.ParseDuration(s)
	if err != nil {
		return 0, errDuration
	}
	if total > math.MaxInt64-part {
		return 0, errTooLong
	}
	return total + part, nil
}
