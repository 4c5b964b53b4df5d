package config

import (
	"errors"
	"fmt"
	"strings"
)

// Commands and health checks may refer to what is known only when an instance is activated. In the strings of a
// Project such a reference is a placeholder, ${port}. A literal ${ doubles its dollars, $${; so of the dollars right
// before a brace, an even number is text, half as many, and of an odd number the last one begins a placeholder.
const (
	holdPort         = "port"
	holdSlot         = "slot"
	holdInstanceKey  = "instance.key"
	holdInstanceHost = "instance.host"
)

var placeholders = []string{holdPort, holdSlot, holdInstanceKey, holdInstanceHost}

// Expand fills the placeholders of a string from values, whose keys are port, slot, instance.key and instance.host.
// It fails on a placeholder that is not closed, not one of these four, or has no value: nothing is filled with
// emptiness.
func Expand(s string, values map[string]string) (string, error) {
	var out strings.Builder
	for {
		before, dollars, rest := cutDollars(s)
		out.WriteString(before)
		if dollars == 0 {
			return out.String(), nil
		}
		out.WriteString(strings.Repeat("$", dollars/2))
		if dollars%2 == 0 {
			out.WriteByte('{')
			s = rest
			continue
		}
		name, after, closed := strings.Cut(rest, "}")
		value, err := lookupPlaceholder(name, closed, values)
		if err != nil {
			return "", err
		}
		out.WriteString(value)
		s = after
	}
}

var errNotClosed = errors.New("a placeholder that begins with ${ is not closed with }")

func lookupPlaceholder(name string, closed bool, values map[string]string) (string, error) {
	if !closed {
		return "", errNotClosed
	}
	value, ok := values[name]
	if !ok {
		return "", fmt.Errorf("the placeholder ${%s} has no value", name)
	}
	return value, nil
}

// cutDollars finds the first brace with dollars right before it: the text before them, how many they are, and what
// follows the brace. No dollars: the text is all.
func cutDollars(s string) (before string, dollars int, rest string) {
	i := strings.Index(s, "${")
	if i < 0 {
		return s, 0, ""
	}
	first := i
	for first > 0 && s[first-1] == '$' {
		first--
	}
	return s[:first], i + 1 - first, s[i+2:]
}

// escape is text as Expand gives it back. The text may be followed by a placeholder, so dollars at its end count too.
func escape(s string, placeholderFollows bool) string {
	var out strings.Builder
	for {
		before, dollars, rest := cutDollars(s)
		if dollars == 0 {
			break
		}
		out.WriteString(before + strings.Repeat("$", 2*dollars) + "{")
		s = rest
	}
	text := strings.TrimRight(s, "$")
	dollars := len(s) - len(text)
	if placeholderFollows {
		dollars *= 2
	}
	out.WriteString(text + strings.Repeat("$", dollars))
	return out.String()
}

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
		return "", errSentinel
	case strings.ContainsRune(s, 0):
		return "", errors.New("the text holds a NUL character")
	}
	return s, nil
}

// encode gives an evaluated string its placeholders. It fails where a sentinel came out of the evaluation broken.
func encode(s string) (string, error) {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(s, sentinelBegin)
		text, err := plain(before)
		if err != nil {
			return "", err
		}
		out.WriteString(escape(text, found))
		if !found {
			return out.String(), nil
		}
		name, after, closed := strings.Cut(rest, sentinelEnd)
		if !closed || !isPlaceholder(name) {
			return "", errSentinel
		}
		out.WriteString("${" + name + "}")
		s = after
	}
}

func isPlaceholder(name string) bool {
	for _, p := range placeholders {
		if p == name {
			return true
		}
	}
	return false
}
