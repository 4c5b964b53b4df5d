package config

import (
	"maps"
	"slices"
	"strings"
)

// order sorts names so that each comes after all that it needs, and else by name. Names that are needed but not
// there are passed over. Of each cycle it gives the names around it, the first one again at the end.
func order(needs map[string][]string) (sorted []string, cycles [][]string) {
	o := ordering{needs: needs, state: map[string]progress{}}
	for _, name := range slices.Sorted(maps.Keys(needs)) {
		o.visit(name)
	}
	return o.sorted, o.cycles
}

type progress int

const (
	unseen progress = iota
	open
	done
)

type ordering struct {
	needs  map[string][]string
	state  map[string]progress
	path   []string // the open names, each needing the next
	sorted []string
	cycles [][]string
}

func (o *ordering) visit(name string) {
	if _, ok := o.needs[name]; !ok || o.state[name] == done {
		return
	}
	if o.state[name] == open {
		begin := slices.Index(o.path, name)
		o.cycles = append(o.cycles, append(slices.Clone(o.path[begin:]), name))
		return
	}
	o.state[name] = open
	o.path = append(o.path, name)
	for _, need := range slices.Sorted(slices.Values(o.needs[name])) {
		o.visit(need)
	}
	o.path = o.path[:len(o.path)-1]
	o.state[name] = done
	o.sorted = append(o.sorted, name)
}

// around is a cycle as people read it.
func around(cycle []string, prefix string) string {
	named := make([]string, 0, len(cycle))
	for _, n := range cycle {
		named = append(named, prefix+n)
	}
	return strings.Join(named, " → ")
}
