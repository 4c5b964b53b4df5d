package embedded

import (
	"math/bits"
	"slices"
)

// table chooses servers by weight. Servers of the same weight form a group; groups take turns
// so that each has its share over any few requests (Webster's method), and the servers of a
// group take turns. A choice costs the logarithm of the number of different weights.
//
// A table is not safe for use by many goroutines; routes guards it.
type table struct {
	groups []*group // a heap: the group whose turn it is comes first
	total  int64    // sum of the shares: a round, after which each group had exactly its share
	left   int64    // choices until the round is over
}

// group is the servers of one weight.
type group struct {
	servers []*server
	share   int64 // weight × number of servers
	taken   int64 // choices that went to the group
}

// newTable makes the table of those servers that get requests. They must be sorted by weight.
// It goes on as if turn requests had been made before: a table that is soon replaced by
// another must not favour whoever comes first.
func newTable(sorted []*server, turn uint64) *table {
	t := &table{}
	var last *group
	for _, s := range sorted {
		if s.drained || s.weight <= 0 {
			continue
		}
		if last == nil || last.servers[0].weight != s.weight {
			last = &group{}
			t.groups = append(t.groups, last)
		}
		last.servers = append(last.servers, s)
		last.share += int64(s.weight)
	}
	t.begin()
	t.advance(turn)
	return t
}

// begin starts a round.
func (t *table) begin() {
	t.total = 0
	for _, g := range t.groups {
		g.taken = 0
		t.total += g.share
	}
	t.left = t.total
	t.order()
}

func (t *table) order() {
	slices.SortFunc(t.groups, func(a, b *group) int {
		switch {
		case a.before(b):
			return -1
		case b.before(a):
			return 1
		}
		return 0
	})
}

// advance goes on to where turn requests lead: at once to the whole part of each group's
// share of them, and from there by choosing.
func (t *table) advance(turn uint64) {
	if t.total == 0 {
		return
	}
	missing := int64(turn % uint64(t.total))
	at := uint64(missing)
	for _, g := range t.groups {
		hi, lo := bits.Mul64(at, uint64(g.share))
		whole, _ := bits.Div64(hi, lo, uint64(t.total))
		g.taken = int64(whole)
		t.left -= g.taken
		missing -= g.taken
	}
	t.order()
	for range missing {
		t.take()
	}
}

// before compares the times at which two groups are due, (taken + 1/2) / share each, by
// multiplying out. The larger group goes first where both are due.
func (g *group) before(other *group) bool {
	mine, theirs := (2*g.taken+1)*other.share, (2*other.taken+1)*g.share
	if mine != theirs {
		return mine < theirs
	}
	return g.share > other.share
}

// next gives the server whose turn it is, none of those tried; nil where there is none.
func (t *table) next(tried []*server) *server {
	if len(t.groups) == 0 {
		return nil
	}
	for range 2*len(tried) + 1 {
		if s := t.take(); !slices.Contains(tried, s) {
			return s
		}
	}
	return t.untried(tried)
}

func (t *table) take() *server {
	g := t.groups[0]
	s := g.servers[g.taken%int64(len(g.servers))]
	g.taken++
	t.left--
	if t.left == 0 {
		t.begin()
	} else {
		t.sink()
	}
	return s
}

// sink moves the first group down to where it belongs in the heap.
func (t *table) sink() {
	for i := 0; ; {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(t.groups); child++ {
			if t.groups[child].before(t.groups[least]) {
				least = child
			}
		}
		if least == i {
			return
		}
		t.groups[i], t.groups[least] = t.groups[least], t.groups[i]
		i = least
	}
}

func (t *table) untried(tried []*server) *server {
	for _, g := range t.groups {
		for _, s := range g.servers {
			if !slices.Contains(tried, s) {
				return s
			}
		}
	}
	return nil
}
