package command

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"rel/balancer"
	"rel/command/view"
	"rel/executor"
	"rel/planner"
	"rel/platform"
	"rel/state"
)

type statusOptions struct {
	project projectFlags
	out     outputFlags
	watch   bool
}

// statusCommand shows what is live now, as observed, beside what the state says.
func statusCommand() command {
	var o statusOptions
	return command{
		name:     "status",
		synopsis: "Show what is live now, and whether it is healthy",
		usage:    "rel status [options]",
		about: `
Shows which version of each release is live, on which instances, whether each is
running and passes its health checks now, and its share of traffic. It needs the
state alone, not the configuration, and takes no lock.`,
		flags: func(fs *flag.FlagSet) {
			o.project.register(fs)
			o.out.register(fs)
			fs.BoolVar(&o.watch, "watch", false, "show it again every 2s, until Ctrl-C")
		},
		run: func(ctx context.Context, p process, args []string) error {
			if err := want(args, 0, "rel status [options]"); err != nil {
				return err
			}
			return runStatus(ctx, p, o)
		},
	}
}

func runStatus(ctx context.Context, p process, o statusOptions) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	tick := time.NewTicker(2 * time.Second)
	defer tick.Stop()
	for {
		st, err := readStatus(ctx, p, o)
		if err == nil && o.out.json {
			err = view.StatusJSON(p.Out, st)
		} else if err == nil {
			err = view.StatusText(p.outStyle(o.out), p.Out, st, p.now())
		}
		if err != nil || !o.watch {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func readStatus(ctx context.Context, p process, o statusOptions) (view.Status, error) {
	l, err := openLive(ctx, p, o.project)
	if err != nil {
		return view.Status{}, err
	}
	st := view.Status{Project: l.project, Environment: l.env, Deployment: l.state.Live, Known: len(l.state.Instances)}
	r, unfinished, err := l.unfinished(ctx, l.env, executor.Deploy)
	if err != nil {
		return view.Status{}, err
	}
	if unfinished {
		way, err := l.wayOn(ctx, r)
		if err != nil {
			return view.Status{}, err
		}
		st.Unfinished, st.GoOn, st.GoBack = r.deployment, way.on, way.back
	}
	if lease, err := l.backend.Lease(ctx, l.env); err == nil && lease.Expires.After(p.now()) {
		st.Lock = &lease
	}
	if l.world == nil {
		return st, nil
	}
	records, err := l.backend.ReadJournal(ctx, l.env, l.state.Live)
	if err != nil {
		return view.Status{}, fmt.Errorf("reading the journal of deployment %d: %w", l.state.Live, err)
	}
	st.Opening, st.Ended = ends(records)
	facts, err := l.observe(ctx)
	if err != nil {
		return view.Status{}, err
	}
	st.Releases, err = l.releaseStatus(ctx, facts)
	return st, err
}

// ends gives what a journal says of its deployment, and when it ended (began, where it has not).
func ends(records []state.Record) (state.Opening, time.Time) {
	if len(records) == 0 || records[0].Opened == nil {
		return state.Opening{}, time.Time{}
	}
	return *records[0].Opened, records[len(records)-1].Time
}

func (l live) observe(ctx context.Context) (planner.Facts, error) {
	where := map[string][]platform.Address{}
	for a, place := range l.places {
		where[place.Target] = append(where[place.Target], a)
	}
	for _, addresses := range where {
		slices.SortFunc(addresses, platform.CompareAddresses)
	}
	return observe(ctx, l.drivers, where)
}

func (l live) releaseStatus(ctx context.Context, facts planner.Facts) (releases []view.ReleaseStatus, err error) {
	for _, r := range l.world.Releases {
		rs := view.ReleaseStatus{Name: r.Name, Version: r.Version}
		for _, s := range r.Services {
			ss, err := l.serviceStatus(ctx, r, s, facts)
			if err != nil {
				return nil, err
			}
			rs.Services = append(rs.Services, ss)
		}
		releases = append(releases, rs)
	}
	return releases, nil
}

func (l live) serviceStatus(ctx context.Context, r planner.Release, s planner.Service, facts planner.Facts) (view.ServiceStatus, error) {
	out := view.ServiceStatus{Name: s.Name, Target: s.Target}
	var addresses []platform.Address
	for a := range l.places {
		if a.Release == r.Name && a.Service == s.Name {
			addresses = append(addresses, a)
		}
	}
	slices.SortFunc(addresses, platform.CompareAddresses)
	out.Balancer = l.world.BalancerOf(s)
	out.Instances = make([]view.InstanceStatus, len(addresses))
	lb := facts.Balancers[out.Balancer]
	servers := lb.Servers
	total := totalWeight(servers)
	if out.Balancer != "" {
		out.Problem = balancerProblem(lb)
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(32)
	for i, a := range addresses {
		g.Go(func() error {
			out.Instances[i] = l.instanceStatus(ctx, a, s, facts.Instances[a], servers, total)
			return nil
		})
	}
	return out, g.Wait()
}

// balancerProblem says why a load balancer passes on no request.
func balancerProblem(f balancer.Facts) string {
	switch {
	case f.Unreachable != "":
		return f.Unreachable
	case f.Setup == nil:
		return "is not there"
	case !f.Setup.Running:
		return "is not running: no request is answered. rel apply starts it"
	}
	return ""
}

func totalWeight(servers map[string]balancer.Server) (n int) {
	for _, s := range servers {
		if !s.Drained {
			n += s.Weight
		}
	}
	return n
}

func (l live) instanceStatus(ctx context.Context, a platform.Address, s planner.Service, f platform.Instance, servers map[string]balancer.Server, total int) view.InstanceStatus {
	out := view.InstanceStatus{Address: a, Slot: runningSlot(l.state.Instances[a].Live, f.Slots)}
	slot := f.Slots[out.Slot]
	out.Beside = besideSlot(a, out.Slot, f, servers, total)
	out.Revision, out.Port, out.Running = slot.Revision, slot.Port, slot.Running
	switch {
	case f.Unreachable != "":
		out.Problem = "unreachable: " + f.Unreachable
	case !slot.Running:
		out.Problem = "not running"
	case slot.Revision != s.Revision:
		out.Problem = "runs " + slot.Revision
	default:
		out.Problem = l.sick(ctx, a, out.Slot, s.Checks)
	}
	if srv, ok := servers[balancer.ServerID(a, out.Slot, slot.Port)]; ok {
		out.Percent = percent(srv, total)
		if srv.Drained && out.Problem == "" && out.Beside == nil {
			out.Problem = "drained"
		}
	}
	return out
}

// besideSlot is another slot of the instance that runs; nil where there is none.
func besideSlot(a platform.Address, live string, f platform.Instance, servers map[string]balancer.Server, total int) *view.SlotStatus {
	for _, name := range sortedKeys(f.Slots) {
		if s := f.Slots[name]; name != live && s.Running {
			return &view.SlotStatus{Slot: name, Port: s.Port, Revision: s.Revision,
				Percent: percent(servers[balancer.ServerID(a, name, s.Port)], total)}
		}
	}
	return nil
}

// percent is a server's share of the requests.
func percent(s balancer.Server, total int) int {
	if s.Drained || total == 0 {
		return 0
	}
	return (100*s.Weight + total/2) / total
}

// runningSlot is the live slot where it runs, be there a new version beside it; else another
// that does.
func runningSlot(live string, slots map[string]platform.Slot) string {
	if slots[live].Running {
		return live
	}
	for _, slot := range sortedKeys(slots) {
		if slots[slot].Running {
			return slot
		}
	}
	return live
}

// sick makes each health check once and says which does not pass.
func (l live) sick(ctx context.Context, a platform.Address, slot string, checks []platform.HealthCheck) string {
	for _, c := range checks {
		if err := l.drivers.Platforms[l.targetOf(a)].Check(ctx, a, slot, c); err != nil {
			return err.Error()
		}
	}
	return ""
}
