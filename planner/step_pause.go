package planner

import (
	"fmt"

	"rel/platform"
)

// KindPause waits.
const KindPause Kind = "pause"

// Pause waits a time, or for a person to promote.
type Pause struct {
	For     platform.Duration `json:"for,omitempty"`
	Promote bool              `json:"promote,omitempty"`
	Reason  string            `json:"reason"` // canary, keep_old, promotion
}

func (*Pause) kind() Kind { return KindPause }

func (a *Pause) valid(*names) error {
	if a.Promote == (a.For != 0) || a.For < 0 {
		return fmt.Errorf("a pause waits either for a time or for a person")
	}
	return nil
}
