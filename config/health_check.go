package config

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

var healthCheckSpec = blockSpec{
	name:   "health_check",
	labels: []string{labelType},
	repeat: anyNumber,
	doc: "Says whether one instance works now; an instance is healthy when all its checks are. " +
		"The strings can use port, slot, instance.key and instance.host.",
	args: []argSpec{
		{name: "interval", kind: duration, def: `"1s"`, doc: "The time between two checks."},
		{name: "timeout", kind: duration, def: `"5s"`, doc: "How long one check may take."},
		{name: "initial_delay", kind: duration, def: `"0s"`, doc: "How long to wait before the first one."},
		{name: "successes", kind: integer, def: "1", doc: "How many in a row make the instance healthy."},
		{name: "failures", kind: integer, def: "3", doc: "How many in a row, after the first success, make it unhealthy again."},
	},
	later: []string{"from"},
	types: []blockSpec{
		{
			name: "http", doc: "An HTTP GET.",
			args: []argSpec{
				{name: "path", kind: text, def: `"/"`, doc: "What is asked for."},
				{name: "port", kind: text, doc: "Left out: the service's."},
				{name: "expect_status", kind: integer, def: "200", doc: "The status of a healthy answer."},
				{name: "expect_body", kind: text, doc: "What the body of a healthy answer contains. Left out: anything."},
				{name: "headers", kind: textMap, doc: "Headers of the request."},
			},
		},
		{
			name: "tcp", doc: "A connection can be made.",
			args: []argSpec{{name: "port", kind: text, doc: "Left out: the service's."}},
		},
		{
			name: "command", doc: "A command on the host ends with exit code 0.",
			args: []argSpec{{name: "command", kind: texts, required: true, doc: "The program and its arguments."}},
		},
	},
	laterTypes: []string{"systemd", "lua"},
}

func (rel *release) healthChecks(service *block, s scope, hasPort bool) []HealthCheck {
	var checks []HealthCheck
	for _, b := range service.accepted(healthCheckSpec.name) {
		r := rel.loader.reader(b, s)
		check := HealthCheck{
			Type:         b.kind,
			Path:         r.template("path"),
			Port:         r.checkPort(hasPort),
			ExpectBody:   r.template("expect_body"),
			ExpectStatus: r.integer("expect_status", 100, 599),
			Headers:      r.templateMap("headers"),
			Command:      r.templates("command"),
			Interval:     r.positive("interval"),
			Timeout:      r.positive("timeout"),
			InitialDelay: r.duration("initial_delay"),
			Successes:    r.integer("successes", 1, maxInt),
			Failures:     r.integer("failures", 1, maxInt),
			Source:       b.source(),
		}
		checkHTTP(r, check)
		checkCommand(r, check.Command)
		checks = append(checks, check)
	}
	return checks
}

// portTypes are the types of check that need a port.
var portTypes = []string{"http", "tcp"}

// checkPort is the port of a check, by default the service's.
func (r reader) checkPort(hasPort bool) string {
	if !slices.Contains(portTypes, r.block.kind) {
		return ""
	}
	if _, written := r.block.args["port"]; written {
		return r.writtenPort()
	}
	if !hasPort {
		r.report(mistake(r.block.place(), "Missing port",
			"The service has no port, so the health check needs one: port = …"))
	}
	return "${" + holdPort + "}"
}

func (r reader) writtenPort() string {
	port := r.template("port")
	if port != "" && !strings.Contains(port, "${") && parsePort(port) == 0 {
		r.wrong("port", "%q is not a port: it is a whole number from 1 to %s.", port, strconv.Itoa(maxPort))
	}
	return port
}

// A name of a header, by RFC 9110.
var headerPattern = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")

// checkHTTP keeps what would end a line out of the request.
func checkHTTP(r reader, check HealthCheck) {
	for name, value := range check.Headers {
		if !headerPattern.MatchString(name) || strings.ContainsFunc(value, unicode.IsControl) {
			r.wrong("headers", "%q = %q cannot be a header.", name, value)
		}
	}
	if strings.ContainsFunc(check.Path, func(c rune) bool { return unicode.IsSpace(c) || unicode.IsControl(c) }) {
		r.wrong("path", "The path %q has a space or control character in it; write it escaped, as in %%20.", check.Path)
	}
	if check.Path != "" && !strings.HasPrefix(check.Path, "/") {
		r.wrong("path", "The path of a health check begins with a slash, but %q does not.", check.Path)
	}
}
