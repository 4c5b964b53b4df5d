package platform

import (
	"fmt"
	"strconv"
	"strings"
)

// Address names an instance inside one environment: one service of a release on one host,
// or for a local target one of its ordinals.
type Address struct {
	Release, Service, Key string
}

// String gives the form that people read and write: shop.web["web1"].
func (a Address) String() string {
	return a.Release + "." + a.Service + "[" + strconv.Quote(a.Key) + "]"
}

// ServiceName gives the address without its key: shop.web.
func (a Address) ServiceName() string { return a.Release + "." + a.Service }

// ParseAddress reads what String writes.
func ParseAddress(s string) (Address, error) {
	name, key, ok := strings.Cut(s, "[")
	release, service, dotted := strings.Cut(name, ".")
	if !ok || !dotted || release == "" || service == "" || !strings.HasSuffix(key, "]") {
		return Address{}, fmt.Errorf("%q is not the address of an instance; it looks like shop.web[\"1\"]", s)
	}
	unquoted, err := strconv.Unquote(strings.TrimSuffix(key, "]"))
	if err != nil {
		return Address{}, fmt.Errorf("%q is not the address of an instance: the key must be quoted, as in shop.web[\"1\"]", s)
	}
	return Address{Release: release, Service: service, Key: unquoted}, nil
}

// MarshalText lets an address be a key or a value in JSON.
func (a Address) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (a *Address) UnmarshalText(b []byte) (err error) {
	*a, err = ParseAddress(string(b))
	return err
}

// CompareAddresses orders by release, service and key; keys that are numbers by their value.
func CompareAddresses(a, b Address) int {
	if c := strings.Compare(a.Release, b.Release); c != 0 {
		return c
	}
	if c := strings.Compare(a.Service, b.Service); c != 0 {
		return c
	}
	return compareKeys(a.Key, b.Key)
}

func compareKeys(a, b string) int {
	m, errA := strconv.Atoi(a)
	n, errB := strconv.Atoi(b)
	if errA == nil && errB == nil && m != n {
		return m - n
	}
	return strings.Compare(a, b)
}
