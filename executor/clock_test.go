package executor

import (
	"context"
	"sync"
	"time"
)

// testTime is where every test's time begins.
var testTime = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// fakeTime is time that passes only by sleeping.
type fakeTime struct {
	mu    sync.Mutex
	now   time.Time
	slept []time.Duration
}

func newFakeTime() *fakeTime { return &fakeTime{now: testTime} }

func (f *fakeTime) clock() Clock {
	return Clock{Now: f.Now, Sleep: func(ctx context.Context, d time.Duration) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		f.now = f.now.Add(max(d, 0))
		f.slept = append(f.slept, d)
		return nil
	}}
}

func (f *fakeTime) Now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

// past is how long it is since the test began.
func (f *fakeTime) past() time.Duration { return f.Now().Sub(testTime) }

// fastClock runs so many times faster than the machine's, for tests with goroutines.
func fastClock(times int) Clock {
	began := time.Now()
	system := SystemClock()
	return Clock{
		Now: func() time.Time { return testTime.Add(time.Since(began) * time.Duration(times)) },
		Sleep: func(ctx context.Context, d time.Duration) error {
			return system.Sleep(ctx, d/time.Duration(times))
		},
	}
}
