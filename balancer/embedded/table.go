package embedded

import "slices"

// table chooses servers by weight. Servers of the same weight form a group; groups take turns
// so that each has its share over any few requests (Webster's method), and the servers of a
// group take turns. A choice costs the logarithm of the number of different weights.
//
// A table is not safe for use by many goroutines; routes guards it.
type table struct {
	groups []*group // a heap: the group whose turn it is comes first
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
	t.advance(turn)
	return t
}

// advance puts each group where it is after turn requests.
func (t *table) advance(turn uint64) {
	var total int64
	for _, g := range t.groups {
		total += g.share
	}
	for _, g := range t.groups {
		// the group's part of the requests so far, rounded; exact over each total
		part := float64(turn%uint64(total)) * float64(g.share) / float64(total)
		g.taken = int64(part + 0.5)
	}
	slices.SortFunc(t.groups, func(a, b *group) int {
		if a.before(b) {
			return -1
		}
		return 1
	})
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
	t.sink()
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
