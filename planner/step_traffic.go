package planner

// KindTraffic sets weights at a load balancer.
const KindTraffic Kind = "traffic"

// Traffic changes the weights of the servers that it names and of no other.
type Traffic struct {
	Balancer string         `json:"balancer"`
	Weights  map[string]int `json:"weights"`
	// Share is the percentage of requests that the new revision gets after it, for people.
	Share int `json:"share"`
}

func (*Traffic) kind() Kind { return KindTraffic }

func (a *Traffic) valid(n *names) error {
	return n.balancer(a.Balancer)
}

// RestoreWeights are the weights as they were of the servers that the step names.
type RestoreWeights struct {
	Balancer string         `json:"balancer"`
	Weights  map[string]int `json:"weights"`
}
