package config

var strategySpec = blockSpec{
	name:   "strategy",
	labels: []string{labelType, labelName},
	repeat: named,
	doc:    "How traffic moves from the old version to the new.",
	args: []argSpec{
		{name: "min_healthy_time", kind: duration, def: `"10s"`, doc: "How long a new instance must stay healthy before it counts."},
		{name: "healthy_deadline", kind: duration, def: `"5m"`, doc: "How long a new instance may take to get there."},
		{name: "drain_timeout", kind: duration, def: `"30s"`, doc: "How long to wait for open sessions to end."},
		{name: "auto_revert", kind: boolean, def: "true", doc: "false: a failure halts and is not undone (exit code 4)."},
		{name: "max_unreachable", kind: integer, def: "0", doc: "How many hosts may be left out because they cannot be reached."},
		{name: "keep_releases", kind: integer, def: "5", doc: "How many revisions stay on a host."},
	},
	types: []blockSpec{
		{name: "recreate", doc: "Stop the old version, then start the new one: they never run together."},
		{name: "rolling", doc: "A batch of instances after the other.", args: []argSpec{maxParallel}},
		{
			name: "blue_green", doc: "Start the new version beside the old one, then move all traffic at once.",
			args: []argSpec{keepOld}, later: []string{"analysis"},
		},
		{
			name: "canary", doc: "Move the traffic share by share.",
			args: []argSpec{
				maxParallel, keepOld,
				{name: "auto_promote", kind: boolean, def: "true", doc: "false: wait for `rel promote` before the new version takes everything."},
			},
			blocks: []blockSpec{stepSpec}, later: []string{"analysis"},
		},
	},
	laterTypes: []string{"lua"},
}

var (
	maxParallel = argSpec{name: "max_parallel", kind: count, def: "1", doc: "How many instances change at once. A percentage is rounded down, to at least 1."}
	keepOld     = argSpec{name: "keep_old", kind: duration, def: `"0s"`, doc: "How long the apply waits with the old version warm, before it stops it."}
)

var stepSpec = blockSpec{
	name:   "step",
	repeat: oneOrMore,
	doc:    "One share of the traffic; after the last step the new version takes everything.",
	args: []argSpec{
		{name: "weight", kind: integer, required: true, doc: "Percent of the traffic, 1 to 99, more than in the step before."},
		{name: "hosts", kind: count, doc: "The first hosts, by key, that the step is about; a percentage is rounded down, to at least 1. Left out: all."},
		{name: "pause", kind: duration, def: `"0s"`, doc: "How long to wait after the step."},
	},
}

func decodeStrategies(l *loader, blocks []*block) {
	l.strategies = map[string]*Strategy{}
	for _, b := range blocks {
		l.strategies[b.name] = l.strategy(b)
	}
}

func (l *loader) strategy(b *block) *Strategy {
	s := strategyFields(l.reader(b, l.global))
	s.Name, s.Source = b.name, b.source()
	s.Steps = l.canarySteps(b)
	if s.HealthyDeadline > 0 && s.HealthyDeadline < s.MinHealthyTime {
		l.report(mistake(b.at("healthy_deadline"), "Invalid value",
			"No instance can be healthy for min_healthy_time, %s, within a healthy_deadline of %s.", s.MinHealthyTime, s.HealthyDeadline))
	}
	return s
}

// strategyFields reads the arguments. Those that the type does not have have no default in its spec, and so are zero.
func strategyFields(r reader) *Strategy {
	return &Strategy{
		Type:            r.block.kind,
		MaxParallel:     r.count("max_parallel"),
		MinHealthyTime:  r.duration("min_healthy_time"),
		HealthyDeadline: r.positive("healthy_deadline"),
		KeepOld:         r.duration("keep_old"),
		DrainTimeout:    r.duration("drain_timeout"),
		AutoRevert:      r.flag("auto_revert"),
		AutoPromote:     r.flag("auto_promote"),
		MaxUnreachable:  r.integer("max_unreachable", 0, maxInt),
		KeepReleases:    r.integer("keep_releases", 1, maxInt),
	}
}

func (l *loader) canarySteps(b *block) []CanaryStep {
	var steps []CanaryStep
	for _, s := range b.accepted(stepSpec.name) {
		r := l.reader(s, l.global)
		step := CanaryStep{Weight: r.integer("weight", 1, 99), Hosts: r.count("hosts"), Pause: r.duration("pause")}
		if last := len(steps) - 1; last >= 0 && step.Weight > 0 && step.Weight <= steps[last].Weight {
			r.wrong("weight", "The weights of the steps must rise, but %d comes after %d.", step.Weight, steps[last].Weight)
		}
		steps = append(steps, step)
	}
	return steps
}

// defaultStrategy is what a release goes by where nobody names one: rolling, each field at its default.
func (l *loader) defaultStrategy() *Strategy {
	spec, _ := strategySpec.ofType("rolling")
	return strategyFields(l.reader(&block{kind: "rolling", spec: spec}, l.global))
}
