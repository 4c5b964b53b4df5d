package view

import (
	"io"
	"time"
)

type statusDocument struct {
	FormatVersion string            `json:"format_version"`
	Project       string            `json:"project"`
	Environment   string            `json:"environment"`
	Deployment    int               `json:"deployment"`
	Since         *time.Time        `json:"since,omitempty"`
	Operator      string            `json:"operator,omitempty"`
	GitCommit     string            `json:"git_commit,omitempty"`
	Unfinished    int               `json:"unfinished,omitempty"`
	LockedBy      string            `json:"locked_by,omitempty"`
	Releases      []releaseDocument `json:"releases"`
}

type releaseDocument struct {
	Name      string             `json:"name"`
	Version   string             `json:"version"`
	Healthy   int                `json:"healthy"`
	Total     int                `json:"total"`
	Instances []instanceDocument `json:"instances"`
}

type instanceDocument struct {
	Address  string `json:"address"`
	Slot     string `json:"slot"`
	Port     int    `json:"port,omitempty"`
	Revision string `json:"revision"`
	Running  bool   `json:"running"`
	Healthy  bool   `json:"healthy"`
	Balancer string `json:"load_balancer,omitempty"`
	// BalancerProblem is why no request reaches it through the load balancer.
	BalancerProblem string `json:"load_balancer_problem,omitempty"`
	Percent         int    `json:"traffic_percent,omitempty"`
	Problem         string `json:"problem,omitempty"`
	// Beside is the other slot of the instance, where that runs too.
	Beside *besideDocument `json:"beside,omitempty"`
}

type besideDocument struct {
	Slot     string `json:"slot"`
	Port     int    `json:"port,omitempty"`
	Revision string `json:"revision"`
	Percent  int    `json:"traffic_percent,omitempty"`
}

func besideOf(s *SlotStatus) *besideDocument {
	if s == nil {
		return nil
	}
	d := besideDocument(*s)
	return &d
}

// StatusJSON prints a status for programs.
func StatusJSON(w io.Writer, st Status) error {
	d := statusDocument{
		FormatVersion: "1.0", Project: st.Project, Environment: st.Environment, Deployment: st.Deployment,
		Operator: st.Opening.Operator, GitCommit: st.Opening.GitCommit, Unfinished: st.Unfinished,
		Releases: []releaseDocument{},
	}
	if !st.Ended.IsZero() {
		d.Since = &st.Ended
	}
	if st.Lock != nil {
		d.LockedBy = st.Lock.Holder.Who + " on " + st.Lock.Holder.Host
	}
	for _, r := range st.Releases {
		healthy, all := r.Healthy()
		rd := releaseDocument{Name: r.Name, Version: r.Version, Healthy: healthy, Total: all, Instances: []instanceDocument{}}
		for _, s := range r.Services {
			for _, i := range s.Instances {
				rd.Instances = append(rd.Instances, instanceDocument{
					Address: i.Address.String(), Slot: i.Slot, Port: i.Port, Revision: i.Revision, Running: i.Running,
					Healthy: i.Problem == "", Balancer: s.Balancer, Percent: i.Percent, Problem: i.Problem,
					Beside: besideOf(i.Beside), BalancerProblem: s.Problem,
				})
			}
		}
		d.Releases = append(d.Releases, rd)
	}
	return JSON(w, d)
}
