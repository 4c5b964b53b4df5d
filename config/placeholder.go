package config

import (
	"errors"
	"slices"
	"strings"
)

// Commands and health checks may refer to what is known only when an instance is activated. In the strings of a
// Project such a reference is a placeholder, ${port}; a literal ${ is written $${.
const (
	holdPort         = "port"
	holdSlot         = "slot"
	holdInstanceKey  = "instance.key"
	holdInstanceHost = "instance.host"
)

var placeholders = []string{holdPort, holdSlot, holdInstanceKey, holdInstanceHost}

// escape is text as platform.Expand gives it back.
func escape(s string) string { return strings.ReplaceAll(s, "${", "$${") }

// While an expression is evaluated, a placeholder is its name between two characters that Unicode guarantees never to
// be characters of a text.
const (
	sentinelBegin = "\uFDD0"
	sentinelEnd   = "\uFDD1"
)

func sentinel(name string) string { return sentinelBegin + name + sentinelEnd }

var errSentinel = errors.New("the text holds one of the characters U+FDD0 and U+FDD1, which stand for nothing")

// plain is a string that may hold no placeholder, and no character that ends a string of the operating system.
func plain(s string) (string, error) {
	switch {
	case strings.Contains(s, sentinelBegin) || strings.Contains(s, sentinelEnd):
		return s, errSentinel
	case strings.ContainsRune(s, 0):
		return s, errors.New("the text holds a NUL character")
	}
	return s, nil
}

var errDollar = errors.New("a dollar sign stands right before a placeholder, where it would hide it")

// encode gives an evaluated string its placeholders. It fails where a sentinel came out of the evaluation broken.
func encode(s string) (string, error) {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(s, sentinelBegin)
		text, err := plain(before)
		if err != nil {
			return s, err
		}
		out.WriteString(escape(text))
		if !found {
			return out.String(), nil
		}
		name, after, closed := strings.Cut(rest, sentinelEnd)
		switch {
		case !closed || !slices.Contains(placeholders, name):
			return s, errSentinel
		case strings.HasSuffix(text, "$"):
			return s, errDollar
		}
		out.WriteString("${" + name + "}")
		s = after
	}
}
