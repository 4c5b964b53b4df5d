package docs_test

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"rel/command"
)

// TestCommands protects the page of commands from differing from what the commands say of
// themselves: a new command, a new option or another wording fails it.
func TestCommands(t *testing.T) {
	var b strings.Builder
	for _, name := range commandNames(t) {
		fmt.Fprintf(&b, "## rel %s\n\n```\n%s\n```\n\n", name, help(t, name))
	}
	current(t, "commands.md", map[string]string{
		"commands": strings.TrimRight(b.String(), "\n") + "\n",
		"overview": "```\n" + help(t, "") + "\n```\n",
	})
}

// listed is a command in an overview: its name, then what it does.
var listed = regexp.MustCompile(`(?m)^  +([a-z][a-z-]*(?: [a-z-]+)?) {2,}\S`)

// commandNames are those that help lists, in its order, with those below another.
func commandNames(t *testing.T) (names []string) {
	t.Helper()
	for _, m := range listed.FindAllStringSubmatch(help(t, ""), -1) {
		names = append(names, m[1])
	}
	require.Contains(t, names, "plan")
	for _, m := range listed.FindAllStringSubmatch(help(t, "state"), -1) {
		if name := "state " + m[1]; !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	require.Contains(t, names, "state adopt")
	return names
}

// help is what rel prints of a command; of itself where it is empty.
func help(t *testing.T, name string) string {
	t.Helper()
	var out, failed bytes.Buffer
	args := append(strings.Fields(name), "-help")
	command.Main(args, command.Streams{In: strings.NewReader(""), Out: &out, Err: &failed})
	require.Empty(t, failed.String(), "rel %s", args)
	return strings.TrimRight(out.String(), "\n")
}
