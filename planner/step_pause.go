package planner

import "rel/platform"

// KindPause waits.
const KindPause Kind = "pause"

// Pause waits a time, or for a person to promote.
type Pause struct {
	For     platform.Duration `json:"for,omitempty"`
	Promote bool              `json:"promote,omitempty"`
	Reason  string            `json:"reason"` // canary, keep_old, promotion
}

func (*Pause) kind() Kind { return KindPause }
