package planner

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"rel/config"
	"rel/platform"
)

// environmentOf is one as the configuration gives it.
func environmentOf() *config.Environment {
	return &config.Environment{
		Name:          "production",
		Targets:       []*config.Target{{Name: "web", Type: "local", Instances: 2, Root: "/srv", LoadBalancer: "edge"}},
		LoadBalancers: []*config.LoadBalancer{{Name: "edge", Type: "embedded", Bind: "127.0.0.1:8080"}},
		Releases: []*config.Release{{
			Name: "shop", Version: "1.5.0", DependsOn: []string{"api"}, VersionSource: config.Source{File: "releases.rel.hcl", Line: 41},
			Strategy: &config.Strategy{Type: "canary", Name: "careful", MaxParallel: config.Count{N: 25, Percent: true},
				MinHealthyTime: 10 * time.Second, HealthyDeadline: 5 * time.Minute, KeepOld: time.Minute, DrainTimeout: 30 * time.Second,
				AutoRevert: true, AutoPromote: true, MaxUnreachable: 1, KeepReleases: 5,
				Steps: []config.CanaryStep{{Weight: 5, Hosts: config.Count{N: 1}, Pause: time.Minute}}},
			Services: []*config.Service{{Name: "web", Target: "web", Command: []string{"bin/shop", ":${port}"},
				Ports: []config.Port{{Slot: "blue", Number: 8081}, {Slot: "green", Number: 8082}}, User: "shop", StopSignal: "SIGTERM",
				WorkingDirectory: "/srv/shop", StopTimeout: 30 * time.Second, DependsOn: []string{"db"},
				HealthChecks: []config.HealthCheck{{Type: "http", Path: "/health", Port: "${port}", ExpectStatus: 200, ExpectBody: "ok",
					Headers: map[string]string{"Host": "shop"}, Interval: time.Second, Timeout: 2 * time.Second, InitialDelay: 3 * time.Second,
					Successes: 2, Failures: 3}}}},
		}},
	}
}

var shopArtifact = Artifact{Artifact: platform.Artifact{Digest: "sha256:ab", Name: "shop.tar.gz", Kind: "tar.gz"}, Source: "shop.tar.gz", Bytes: 18}

// Whatever the configuration says must reach the plan: a field that is forgotten here would
// be ignored in silence.
func TestDesireTakesEverythingOver(t *testing.T) {
	w, err := Desire(environmentOf(), "shop", map[string]Artifact{"shop": shopArtifact})
	require.NoError(t, err)
	revision := platform.Revision{Release: "shop", Service: "web", Version: "1.5.0", Artifact: shopArtifact.Artifact,
		Command: []string{"bin/shop", ":${port}"}, User: "shop", WorkingDirectory: "/srv/shop", StopSignal: "SIGTERM",
		StopTimeout: platform.Duration(30 * time.Second)}
	require.Equal(t, World{
		Project: "shop", Environment: "production",
		Targets:   []Target{{Name: "web", Type: "local", Root: "/srv", Keys: 2, Balancer: "edge"}},
		Balancers: []Balancer{{Name: "edge", Type: "embedded", Bind: "127.0.0.1:8080"}},
		Releases: []Release{{
			Name: "shop", Version: "1.5.0", Source: "releases.rel.hcl:41", Artifact: shopArtifact, DependsOn: []string{"api"},
			Strategy: Strategy{Type: "canary", Name: "careful", MaxParallel: Count{N: 25, Percent: true},
				MinHealthyTime: platform.Duration(10 * time.Second), HealthyDeadline: platform.Duration(5 * time.Minute),
				KeepOld: platform.Duration(time.Minute), DrainTimeout: platform.Duration(30 * time.Second),
				AutoRevert: true, AutoPromote: true, MaxUnreachable: 1, KeepReleases: 5,
				Steps: []CanaryStep{{Weight: 5, Hosts: Count{N: 1}, Pause: platform.Duration(time.Minute)}}},
			Services: []Service{{Name: "web", Target: "web", Revision: revision.Name(), DependsOn: []string{"db"},
				Ports: []Port{{"blue", 8081}, {"green", 8082}},
				Checks: []platform.HealthCheck{{Type: "http", Path: "/health", Port: "${port}", ExpectStatus: 200, ExpectBody: "ok",
					Headers: map[string]string{"Host": "shop"}, Interval: platform.Duration(time.Second), Timeout: platform.Duration(2 * time.Second),
					InitialDelay: platform.Duration(3 * time.Second), Successes: 2, Failures: 3}}}},
		}},
		Revisions: map[string]platform.Revision{revision.Name(): revision},
	}, w)
}

// A release whose artifact was not resolved has no digest, and cannot be planned.
func TestDesireNeedsEveryArtifact(t *testing.T) {
	_, err := Desire(environmentOf(), "shop", nil)
	require.ErrorContains(t, err, `artifact of release "shop"`)
}

// On a local target instances share a host: each slot of each instance has its own port.
func TestInstancesGivesPortsPerSlot(t *testing.T) {
	w, err := Desire(environmentOf(), "shop", map[string]Artifact{"shop": shopArtifact})
	require.NoError(t, err)
	require.Equal(t, map[platform.Address]Placement{
		{Release: "shop", Service: "web", Key: "1"}: {"web", []Port{{"blue", 8081}, {"green", 8082}}},
		{Release: "shop", Service: "web", Key: "2"}: {"web", []Port{{"blue", 8083}, {"green", 8084}}},
	}, w.Instances())
}

// A rollback goes by the strategy of what is live now; a release that is not live keeps its own.
func TestWithStrategies(t *testing.T) {
	then := World{Releases: []Release{{Name: "a", Version: "1", Strategy: Strategy{Type: "canary"}}, {Name: "b", Strategy: Strategy{Type: "rolling"}}}}
	now := World{Releases: []Release{{Name: "a", Version: "2", Strategy: Strategy{Type: "recreate"}}}}
	got := then.WithStrategies(now)
	require.Equal(t, []Release{{Name: "a", Version: "1", Strategy: Strategy{Type: "recreate"}}, {Name: "b", Strategy: Strategy{Type: "rolling"}}}, got.Releases)
	require.Equal(t, "canary", then.Releases[0].Strategy.Type, "the world gone back to is left as it was")
}
