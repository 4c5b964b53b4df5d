package config

import (
	"fmt"
	"net"
	"net/netip"

	"github.com/hashicorp/hcl/v2"
)

// occupied are ports that one part of an environment takes on a host: first, first + step, … up to last. What holds
// the ports of ten thousand instances is three numbers.
type occupied struct {
	first, last, step int
	address           netip.Addr // zero: all addresses of the host
	who               string
	at                hcl.Range
}

// checkPorts finds ports that are taken twice on this machine, which all local targets share.
func (e *environment) checkPorts() {
	taken := e.balancerPorts()
	for _, p := range e.placed {
		taken = append(taken, e.servicePorts(p)...)
	}
	for i, a := range taken {
		for _, b := range taken[:i] {
			if port, ok := a.overlap(b); ok {
				e.reportOverlap(a, b, port)
			}
		}
	}
}

// reportOverlap blames the one that is written later.
func (e *environment) reportOverlap(a, b occupied, port int) {
	if before(a.at, b.at) {
		a, b = b, a
	}
	e.loader.report(mistake(a.at, "Port taken twice", "In environment %q, %s and %s (%s:%d) both take port %d.",
		e.Name, a.who, b.who, b.at.Filename, b.at.Start.Line, port))
}

func (e *environment) balancerPorts() []occupied {
	var all []occupied
	for _, lb := range e.LoadBalancers {
		b := e.block.named(loadBalancerSpec.name, lb.Name)
		host, port, err := net.SplitHostPort(lb.Bind)
		n := parsePort(port)
		if err != nil || n == 0 {
			continue // reported
		}
		all = append(all, occupied{
			first: n, last: n, step: 1, address: concrete(host),
			who: fmt.Sprintf("load balancer %q", lb.Name), at: b.place(),
		})
	}
	return all
}

// concrete is the one address that a host stands for; zero where it may be several.
func concrete(host string) netip.Addr {
	addr, err := netip.ParseAddr(host)
	if err != nil || addr.IsUnspecified() {
		return netip.Addr{}
	}
	return addr
}

// servicePorts are the ports of all instances: instance i, from 0, has the service's port + i × number of slots.
func (e *environment) servicePorts(placed placement) []occupied {
	s := placed.service
	t := e.target(s.Target)
	if t == nil {
		return nil // reported
	}
	var all []occupied
	for _, p := range s.Ports {
		who := fmt.Sprintf("service %q of release %q in slot %s", s.Name, placed.release.Name, p.Slot)
		last := p.Number + (t.Instances-1)*len(s.Ports)
		if last > maxPort {
			e.loader.report(mistake(placed.block.place(), "Port out of range", "In environment %q, the last of the %d instances of %s "+
				"would have port %d, but there are only %d.", e.Name, t.Instances, who, last, maxPort))
			last = maxPort
		}
		all = append(all, occupied{first: p.Number, last: last, step: len(s.Ports), who: who, at: placed.block.place()})
	}
	return all
}

// overlap is the lowest port that both take.
func (a occupied) overlap(b occupied) (int, bool) {
	if a.address.IsValid() && b.address.IsValid() && a.address != b.address {
		return 0, false
	}
	lowest := max(a.first, b.first)
	// steps are 1 or 2, so what they have in common comes within two ports or never
	for port := lowest; port <= min(a.last, b.last, lowest+1); port++ {
		if (port-a.first)%a.step == 0 && (port-b.first)%b.step == 0 {
			return port, true
		}
	}
	return 0, false
}
