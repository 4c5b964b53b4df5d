package embedded

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"rel/balancer"
)

// routes knows the servers and chooses one for each request. Choosing and counting are one
// step under the lock: whoever replaced the table and then sees no requests at a server knows
// that none is on its way to it.
type routes struct {
	mu      sync.Mutex
	servers map[string]*server
	sorted  []*server // by weight, then id
	table   *table
	turn    uint64
}

func newRoutes(servers map[string]balancer.Server) *routes {
	r := &routes{servers: map[string]*server{}, table: &table{}}
	all := map[string]*balancer.Server{}
	for id, s := range servers {
		all[id] = &s
	}
	r.update(all)
	return r
}

// choose gives the server for a request, which is counted until its release; nil where none
// is left that was not tried.
func (r *routes) choose(tried []*server) *server {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.turn++
	s := r.table.next(tried)
	if s != nil {
		s.requests.Add(1)
	}
	return s
}

// update adds, changes and (nil) removes servers, all in one step.
func (r *routes) update(servers map[string]*balancer.Server) {
	if len(servers) == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	moved := false
	for id, to := range servers {
		moved = r.set(id, to) || moved
	}
	if moved {
		slices.SortFunc(r.sorted, func(a, b *server) int {
			return cmp.Or(cmp.Compare(a.weight, b.weight), strings.Compare(a.id, b.id))
		})
	}
	r.table = newTable(r.sorted, r.turn)
}

// set says whether the server has to be sorted in. A drain or an undrain leaves the order of
// thousands of servers as it is.
func (r *routes) set(id string, to *balancer.Server) bool {
	have := r.servers[id]
	if have != nil && (to == nil || to.Address != have.address) {
		delete(r.servers, id)
		r.sorted = slices.DeleteFunc(r.sorted, func(s *server) bool { return s == have })
		have.closeIdle()
		have = nil
	}
	if to == nil {
		return false
	}
	if have == nil {
		have = newServer(id, *to)
		r.servers[id] = have
		r.sorted = append(r.sorted, have)
		return true
	}
	moved := have.weight != to.Weight
	have.weight, have.drained = to.Weight, to.Drained
	return moved
}

// find gives a server by its id; nil where there is none.
func (r *routes) find(id string) *server {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.servers[id]
}
