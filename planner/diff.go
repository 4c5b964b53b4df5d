package planner

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"rel/platform"
)

// difference is what the world lacks of what it shall be: each service's and instance's part
// of the work, and what keeps it from being planned.
type difference struct {
	in        Input
	services  []*service // in the order in which they go
	byName    map[string]*service
	formers   map[string]*former
	gone      []*instance // no longer in the configuration
	balancers map[string]*balancing
	names     []string // the balancers', sorted
	problems  []Problem
}

// compare finds out what differs.
func compare(in Input) *difference {
	d := &difference{in: in, byName: map[string]*service{}, formers: map[string]*former{},
		balancers: map[string]*balancing{}}
	d.addBalancers()
	d.addFormers()
	d.addServices()
	d.findWaiting()
	d.addGone()
	d.refuseMoved()
	d.refuseBalancers()
	return d
}

func (d *difference) refuse(address, summary, detail string) {
	d.problems = append(d.problems, Problem{address, summary, detail})
}

// addBalancers makes those that are wanted and those that were.
func (d *difference) addBalancers() {
	names := map[string]bool{}
	for _, b := range d.in.World.Balancers {
		names[b.Name] = true
	}
	for _, b := range d.in.formerWorld().Balancers {
		names[b.Name] = true
	}
	d.names = slices.Sorted(maps.Keys(names))
	for _, name := range d.names {
		d.balancers[name] = newBalancing(name, d.in.Facts.Balancers[name])
	}
}

func (in Input) formerWorld() World {
	if in.Former == nil {
		return World{}
	}
	return *in.Former
}

// addFormers makes the services as the live deployment left them.
func (d *difference) addFormers() {
	w := d.in.formerWorld()
	targets := w.targets()
	for n := range w.Releases {
		r := &w.Releases[n]
		for _, s := range r.Services {
			f := &former{Service: s, release: r, target: targets[s.Target]}
			if len(s.Ports) > 0 && f.target.Balancer != "" {
				f.balancer = d.balancers[f.target.Balancer]
				f.balancer.strategy = &r.Strategy
			}
			d.formers[r.Name+"."+s.Name] = f
		}
	}
}

func (d *difference) addServices() {
	targets, balancers := d.in.World.targets(), d.in.World.balancers()
	for n := range d.in.World.Releases {
		r := &d.in.World.Releases[n]
		for _, from := range r.Services {
			s := &service{Service: from, release: r, name: r.Name + "." + from.Name,
				target: targets[from.Target], reasons: map[string][]string{}}
			s.former = d.formers[s.name]
			s.way = wayOf(s, d.in.Mode)
			d.services, d.byName[s.name] = append(d.services, s), s
			d.connect(s, balancers)
			d.addInstances(s)
		}
	}
}

// connect makes the service the one that its target's balancer serves.
func (d *difference) connect(s *service, balancers map[string]Balancer) {
	name := s.target.Balancer
	if s.worker() || name == "" {
		return
	}
	b := d.balancers[name]
	if b == nil || b.service != "" {
		d.refuse(s.name, fmt.Sprintf("load balancer %q cannot serve it", name),
			"A load balancer of the environment serves one service: give this one's target a load balancer of its own.")
		return
	}
	s.balancer = b
	b.serve(s, balancers[name].Bind)
}

func (d *difference) addInstances(s *service) {
	s.instances = make([]instance, s.target.Keys)
	for n := range s.instances {
		i := &s.instances[n]
		i.service, i.former, i.number, i.target = s, s.former, n, s.target.Name
		d.look(i, address(s.release.Name, s.Name, n))
		s.live = s.live || i.live != ""
		if i.unreachable() {
			s.unreachable++
		}
	}
	d.explain(s)
	for n := range s.instances {
		s.sort(&s.instances[n])
	}
	d.refuseUnreachable(s)
}

// look takes over what is known of an instance.
func (d *difference) look(i *instance, a platform.Address) {
	i.address, i.name, i.action = a, a.String(), NoAction
	i.observed, i.recorded = d.in.Facts.Instances[a], d.in.State.Instances[a]
	i.observed.Unreachable = strings.ToValidUTF8(i.observed.Unreachable, "?") // as JSON would
	i.observe()
	i.place()
}

// sort decides what happens to an instance.
func (s *service) sort(i *instance) {
	if i.unreachable() {
		i.reasons = []string{"left out, its host does not answer: " + i.observed.Unreachable}
		return
	}
	i.out = i.live == "" || !i.routed(i.live)
	i.decide()
	switch {
	case i.restart || i.dest != "":
		s.todo = append(s.todo, i)
	case i.action != NoAction:
		s.untidy = append(s.untidy, i)
	}
}

// addGone finds the instances of the live deployment that are not in the configuration.
func (d *difference) addGone() {
	w := d.in.formerWorld()
	for _, r := range w.Releases {
		for _, s := range r.Services {
			f := d.formers[r.Name+"."+s.Name]
			for n := range f.target.Keys {
				d.addIfGone(f, address(r.Name, s.Name, n), n)
			}
		}
	}
	d.addForgotten()
}

func (d *difference) addIfGone(f *former, a platform.Address, number int) {
	if s := d.byName[a.ServiceName()]; s != nil && number < len(s.instances) {
		return
	}
	i := &instance{former: f, number: number, target: f.target.Name}
	d.look(i, a)
	if i.unreachable() && f.release.Strategy.MaxUnreachable == 0 {
		d.refuse(i.name, "its host does not answer, and it is to be removed", fmt.Sprintf(
			"%s. Bring the host back; or allow that it is left as it is, with max_unreachable in the release's strategy, and deploy that first.",
			i.observed.Unreachable))
	}
	if !i.unreachable() && len(i.slots) == 0 {
		return
	}
	i.action, i.reasons = Destroy, []string{"no longer in the configuration"}
	if i.unreachable() {
		i.action, i.reasons = NoAction, []string{"left as it is, its host does not answer: " + i.observed.Unreachable}
	}
	d.gone = append(d.gone, i)
}

// addForgotten finds instances that an earlier deployment had to leave out, where the service
// still says on which target they are.
func (d *difference) addForgotten() {
	var forgotten []platform.Address
	for a := range d.in.State.Instances {
		if f := d.formers[a.ServiceName()]; f != nil && !d.known(a, f) && len(d.in.Facts.Instances[a].Slots) > 0 {
			forgotten = append(forgotten, a)
		}
	}
	slices.SortFunc(forgotten, platform.CompareAddresses)
	for _, a := range forgotten {
		n, _ := strconv.Atoi(a.Key)
		d.addIfGone(d.formers[a.ServiceName()], a, n-1)
	}
}

// known says that the address is one of the configuration or of the live deployment.
func (d *difference) known(a platform.Address, f *former) bool {
	n, err := strconv.Atoi(a.Key)
	if err != nil {
		return false
	}
	s := d.byName[a.ServiceName()]
	return n <= f.target.Keys || s != nil && n <= len(s.instances)
}
