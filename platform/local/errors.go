package local

import "rel/platform"

// sentence is an error whose text is for a person and whose kind is for the caller, without
// the kind's own words in the text.
type sentence struct {
	kind error
	text string
}

func (e sentence) Error() string { return e.text }
func (e sentence) Unwrap() error { return e.kind }

func unhealthy(text string) error { return sentence{platform.ErrUnhealthy, text} }
func fenced(text string) error    { return sentence{platform.ErrFenced, text} }
