package executor

import "sync"

// oneAtATime lets a sink be called from everywhere; it still gets one event after another.
func oneAtATime(s Sink) Sink {
	if s == nil {
		return func(Event) {}
	}
	var mu sync.Mutex
	return func(e Event) {
		mu.Lock()
		defer mu.Unlock()
		s(e)
	}
}
