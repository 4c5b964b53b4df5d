package planner

import (
	"cmp"
	"slices"
)

// Compute makes the plan. A plan without work has no steps. What keeps it from being made is
// a *Refusal, which lists all problems; any other error is a world that contradicts itself.
func Compute(in Input) (*Plan, error) {
	in.Mode = cmp.Or(in.Mode, Normal)
	if err := cmp.Or(in.World.consistent(), in.formerWorld().consistent()); err != nil {
		return nil, err
	}
	d := compare(in)
	d.refuseServices()
	if len(d.problems) > 0 {
		return nil, &Refusal{d.problems}
	}
	p := d.plan()
	if d.work() {
		c := newCompiler(d)
		c.frame()
		p.Steps, p.Checks, p.Objects = c.steps, c.checks, c.objects()
	}
	return p, nil
}

// plan is all of the plan but its steps.
func (d *difference) plan() *Plan {
	p := &Plan{
		FormatVersion: FormatVersion, Mode: d.in.Mode, RollbackTo: d.in.RollbackTo, World: d.in.World,
		Targets: slices.Clone(d.in.World.Targets), Balancers: slices.Clone(d.in.World.Balancers),
		Former: d.in.formerWorld().Versions(), Changes: d.changes(), Drift: d.drift(), Steps: []Step{},
	}
	d.addFormerPlaces(p)
	return p
}

// addFormerPlaces adds targets and load balancers that only the live deployment has.
func (d *difference) addFormerPlaces(p *Plan) {
	former, wanted := d.in.formerWorld(), d.in.World.targets()
	used := map[string]bool{}
	for _, i := range d.gone {
		used[i.target] = true
	}
	for _, t := range former.Targets {
		if _, kept := wanted[t.Name]; !kept && used[t.Name] {
			p.Targets = append(p.Targets, t)
		}
	}
	kept := d.in.World.balancers()
	for _, b := range former.Balancers {
		if _, there := kept[b.Name]; !there && d.balancers[b.Name].work() {
			p.Balancers = append(p.Balancers, b)
		}
	}
}

// work says that there is something to do.
func (d *difference) work() bool {
	for _, s := range d.services {
		if len(s.todo) > 0 || len(s.untidy) > 0 {
			return true
		}
	}
	return slices.ContainsFunc(d.gone, func(i *instance) bool { return i.action == Destroy }) ||
		slices.ContainsFunc(d.names, func(name string) bool { return d.balancers[name].work() })
}

// work says that set-up or set of servers is not as it shall be.
func (b *balancing) work() bool {
	return !b.setUp() || len(b.missing()) > 0 || len(b.surplus()) > 0
}
