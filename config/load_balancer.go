package config

import (
	"errors"
	"net"
	"net/netip"
	"strconv"
)

var loadBalancerSpec = blockSpec{
	name:   "load_balancer",
	labels: []string{labelType, labelName},
	repeat: named,
	doc:    "Shares the requests among the instances of one service: the one with ports, of the targets that name it.",
	types: []blockSpec{
		{
			name: "embedded", doc: "A reverse proxy that is part of rel, on this machine.",
			args:  []argSpec{{name: "bind", kind: text, required: true, doc: "HOST:PORT to listen on; HOST is an IP address, localhost, or empty for all addresses."}},
			later: []string{"hosts"},
		},
	},
	laterTypes: []string{"haproxy", "nginx", "caddy", "lua"},
}

func decodeLoadBalancers(e *environment, blocks []*block) {
	for _, b := range blocks {
		r := e.loader.reader(b, e.loader.global)
		lb := &LoadBalancer{Name: b.name, Type: b.kind, Bind: r.parsed("bind", parseBind), Source: b.source()}
		e.LoadBalancers = append(e.LoadBalancers, lb)
	}
	sortByName(e.LoadBalancers, func(lb *LoadBalancer) string { return lb.Name })
}

var errBind = errors.New(`write HOST:PORT, as in "127.0.0.1:8080" or ":8080"; HOST is an IP address or localhost`)

func parseBind(s string) (string, error) {
	host, port, err := net.SplitHostPort(s)
	if err != nil || parsePort(port) == 0 {
		return "", errBind
	}
	if _, err := netip.ParseAddr(host); err != nil && host != "" && host != "localhost" {
		return "", errBind
	}
	return s, nil
}

// parsePort is a port from 1 to 65535, or else 0.
func parsePort(s string) int {
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil {
		return 0
	}
	return int(n)
}
