package embedded

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"
)

// replayLimit is how many bytes of a body are kept while nothing was sent. The transport
// fills one buffer from the body before it writes for the first time.
const replayLimit = 64 << 10

// errSent: the request was sent, in part or whole, and is never sent again.
var errSent = errors.New("the request was sent already, in part or whole")

// replay is the body of a request on its way to a server. As long as nothing of the request
// was sent it can be read from the begin again. Closing a reader leaves the client's body
// open: another server may be tried, and net/http closes it in the end.
type replay struct {
	sent *atomic.Bool

	mu   sync.Mutex
	from io.Reader
	kept []byte
	over bool // more was read than is kept
}

// again gives a reader of the whole body.
func (b *replay) again() (io.ReadCloser, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.over || b.sent.Load() {
		return nil, errSent
	}
	return io.NopCloser(&replayReader{body: b}), nil
}

// replayReader reads a replay. The transport may still hold a former reader in a read: what
// that one gets is kept for the next.
type replayReader struct {
	body *replay
	at   int
}

func (r *replayReader) Read(p []byte) (int, error) {
	b := r.body
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.over && r.at < len(b.kept) {
		n := copy(p, b.kept[r.at:])
		r.at += n
		return n, nil
	}
	n, err := b.from.Read(p)
	if b.over || b.sent.Load() || len(b.kept)+n > replayLimit {
		b.kept, b.over = nil, true
		return n, err
	}
	b.kept = append(b.kept, p[:n]...)
	r.at += n
	return n, err
}
