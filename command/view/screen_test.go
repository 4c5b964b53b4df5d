package view

import (
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// screen is a terminal, as far as the live progress uses one: text, line feeds, the cursor up, and
// erasing to the end. Lines that are too long go on in the next row, as on a real one.
type screen struct {
	mu    sync.Mutex
	width int
	rows  [][]rune
	row   int
	col   int
}

func (s *screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := string(b)
	for text != "" {
		if rest, ok := strings.CutPrefix(text, "\x1b["); ok {
			text = s.control(rest)
			continue
		}
		r := []rune(text)[0]
		text = text[len(string(r)):]
		switch r {
		case '\n':
			s.row, s.col = s.row+1, 0
		case '\r':
			s.col = 0
		default:
			s.put(r)
		}
	}
	return len(b), nil
}

// control does what stands after an escape, and gives what is left.
func (s *screen) control(text string) string {
	end := strings.IndexFunc(text, func(r rune) bool { return r >= '@' && r <= '~' })
	n, _ := strconv.Atoi(text[:end])
	switch text[end] {
	case 'A':
		s.row = max(0, s.row-n)
	case 'J':
		s.rows = s.rows[:min(len(s.rows), s.row)]
	case 'm':
	default:
		panic("an escape that the screen does not know: " + text[:end+1])
	}
	return text[end+1:]
}

func (s *screen) put(r rune) {
	if s.col == s.width {
		s.row, s.col = s.row+1, 0
	}
	for len(s.rows) <= s.row {
		s.rows = append(s.rows, nil)
	}
	for len(s.rows[s.row]) <= s.col {
		s.rows[s.row] = append(s.rows[s.row], ' ')
	}
	s.rows[s.row][s.col] = r
	s.col++
}

// String is what stands on the screen, spinners standing still.
func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	for _, row := range s.rows {
		line := strings.TrimRight(string(row), " ")
		b.WriteString(strings.Map(func(r rune) rune {
			if strings.ContainsRune(frames, r) {
				return '⠋'
			}
			return r
		}, line) + "\n")
	}
	return b.String()
}

// It protects the tests of the live progress: the screen does what terminals do.
func TestScreen(t *testing.T) {
	s := &screen{width: 4}
	_, _ = s.Write([]byte("one\ntwo\nlonger\n"))
	require.Equal(t, "one\ntwo\nlong\ner\n", s.String())
	_, _ = s.Write([]byte("\x1b[3A\r\x1b[J\x1b[31mnew\x1b[0m\n"))
	require.Equal(t, "one\nnew\n", s.String())
}

// clock is a time that tests set.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) get() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	return c.now
}
