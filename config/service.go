package config

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

var serviceSpec = blockSpec{
	name:   "service",
	labels: []string{labelName},
	repeat: named,
	doc:    "A process of the release.",
	args: []argSpec{
		{name: "target", kind: text, doc: "The environment's target of that name. Left out: the service's own name."},
		{name: "command", kind: texts, required: true, doc: "The program and its arguments; can use port, slot, instance.key and instance.host. " +
			"A program with a slash that is not absolute is below the revision's folder; without one it is looked up in PATH."},
		{name: "port", kind: integer, doc: "The port, with one slot. On a local target each instance has the next one."},
		{name: "ports", kind: numberMap, doc: "The ports of two slots, { blue = …, green = … }: old and new run side by side."},
		{name: "user", kind: text, doc: "Who runs it. Left out: who runs rel."},
		{name: "stop_signal", kind: text, def: `"SIGTERM"`, doc: "The signal that asks it to end: " + strings.Join(signals, ", ") + "."},
		{name: "stop_timeout", kind: duration, def: `"30s"`, doc: "How long it may take to end, before it is killed."},
		{name: "working_directory", kind: text, doc: "Where it runs: absolute, or below the revision's folder. Left out: the revision's folder."},
		{name: "depends_on", kind: references, to: "service", doc: "Services of this release that are changed before this one."},
	},
	blocks: []blockSpec{healthCheckSpec},
	later:  []string{"unit", "settings"},
}

var signals = []string{"SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGWINCH", "SIGKILL"}

func decodeServices(rel *release, blocks []*block) {
	byName := map[string]*Service{}
	needs := map[string][]string{}
	for _, b := range blocks {
		byName[b.name] = rel.service(b)
		needs[b.name] = byName[b.name].DependsOn
	}
	if len(blocks) == 0 && len(rel.block.blocks[serviceSpec.name]) == 0 {
		rel.loader.report(mistake(rel.block.place(), "Missing block", "A release has at least one service: %s", usage(&serviceSpec)))
	}
	rel.loader.reportCycles(blocks, needs, "service")
	names, _ := order(needs)
	for _, name := range names {
		rel.Services = append(rel.Services, byName[name])
	}
}

func (rel *release) service(b *block) *Service {
	r := rel.loader.reader(b, rel.scope)
	ports := r.ports()
	templates := rel.loader.reader(b, rel.scope.withPlaceholders(ports != nil || b.hasPort()))
	s := &Service{
		Name:             b.name,
		Target:           rel.target(b, r),
		Command:          templates.templates("command"),
		Ports:            ports,
		User:             r.parsed("user", parseUser),
		StopSignal:       r.parsed("stop_signal", parseSignal),
		WorkingDirectory: r.parsed("working_directory", parseFolder),
		StopTimeout:      r.duration("stop_timeout"),
		DependsOn:        r.references("depends_on", rel.block.names(serviceSpec.name)),
		Source:           b.source(),
	}
	checkCommand(templates, s.Command)
	s.HealthChecks = rel.healthChecks(b, templates.scope, ports != nil || b.hasPort())
	rel.environment.placed = append(rel.environment.placed, placement{rel.Release, s, b})
	return s
}

// hasPort says whether a port is written, be it a wrong one.
func (b *block) hasPort() bool {
	_, one := b.args["port"]
	_, two := b.args["ports"]
	return one || two
}

// target is the name of the target, which must be in the environment.
func (rel *release) target(b *block, r reader) string {
	name := b.name
	if _, written := b.args["target"]; written {
		if name = r.parsed("target", parseName); name == "" {
			return ""
		}
	}
	known := rel.environment.block.names(targetSpec.name)
	if !slices.Contains(known, name) {
		rel.loader.report(mistake(b.at("target"), "Unknown target", "The release %q is deployed to %q, but that environment has no target %q.%s",
			rel.Name, rel.environment.Name, name, didYouMean(name, known)))
	}
	return name
}

const maxPort = 65535

// ports are the slots of a service and their ports.
func (r reader) ports() []Port {
	_, one := r.block.args["port"]
	_, two := r.block.args["ports"]
	if one && two {
		r.wrong("ports", "A service has either port, for one slot, or ports, for two.")
		return nil
	}
	if one {
		if n := r.integer("port", 1, maxPort); n > 0 {
			return []Port{{Slot: "main", Number: n}}
		}
	}
	if two {
		return r.twoPorts()
	}
	return nil
}

func (r reader) twoPorts() []Port {
	numbers := r.numbers("ports", 1, maxPort)
	if numbers == nil {
		return nil
	}
	blue, hasBlue := numbers["blue"]
	green, hasGreen := numbers["green"]
	switch {
	case len(numbers) != 2 || !hasBlue || !hasGreen:
		r.wrong("ports", "The ports of a service are exactly two: { blue = PORT, green = PORT }.")
		return nil
	case blue == 0 || green == 0:
		return nil
	}
	return []Port{{Slot: "blue", Number: blue}, {Slot: "green", Number: green}}
}

func parseSignal(s string) (string, error) {
	if !slices.Contains(signals, s) {
		return "", fmt.Errorf("there are %s.%s", quotedList(signals), didYouMean(s, signals))
	}
	return s, nil
}

// parseFolder takes an absolute path, or one below the revision's folder.
func parseFolder(s string) (string, error) {
	if !filepath.IsAbs(s) && !filepath.IsLocal(s) {
		return "", errors.New("it is not below the revision's folder")
	}
	return s, nil
}

// A user is a name or number as operating systems have them: it is written into files that others read.
var userPattern = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*$`)

func parseUser(s string) (string, error) {
	if !userPattern.MatchString(s) {
		return "", errors.New("write the name or number of a user")
	}
	return s, nil
}

// checkCommand checks the program, the first element.
func checkCommand(r reader, command []string) {
	if _, ok := r.block.args["command"]; !ok || command == nil {
		return
	}
	if len(command) == 0 || command[0] == "" {
		r.wrong("command", "%q must begin with the program to run.", "command")
		return
	}
	program := command[0]
	if strings.Contains(program, "/") && !filepath.IsAbs(program) && !filepath.IsLocal(program) {
		r.wrong("command", "The program %q leaves the revision's folder.", program)
	}
}
