package config

import (
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/stretchr/testify/require"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// call evaluates an expression in a folder and shows the result as JSON.
func call(t *testing.T, dir, expression string) (string, hcl.Diagnostics) {
	expr, diags := hclsyntax.ParseExpression([]byte(expression), "test", hcl.InitialPos)
	require.False(t, diags.HasErrors(), diags.Error())
	v, diags := expr.Value(&hcl.EvalContext{Functions: functions(dir), Variables: map[string]cty.Value{}})
	if diags.HasErrors() {
		return "", diags
	}
	json, err := stdlib.JSONEncode(v)
	require.NoError(t, err)
	return json.AsString(), nil
}

// Functions do what a Terraform user expects of these names; those that rel adds or wraps, in detail.
func TestFunctions(t *testing.T) {
	dir := write(t, map[string]string{
		"level.tmpl": `level = "${level}"%{ for n in names } ${upper(n)}%{ endfor }`,
		"list.tmpl":  `${names}`,
		"text.txt":   "hello",
	})
	for expression, want := range map[string]string{
		`abs(-1)`:                                    `1`,
		`base64decode("aGVsbG8=")`:                   `"hello"`,
		`base64encode("hello")`:                      `"aGVsbG8="`,
		`basename("a/b.txt")`:                        `"b.txt"`,
		`can(regex("a", "b"))`:                       `false`,
		`chunklist(["a", "b", "c"], 2)`:              `[["a","b"],["c"]]`,
		`cidrhost("10.0.0.0/8", 5)`:                  `"10.0.0.5"`,
		`cidrhost("10.0.0.0/8", -1)`:                 `"10.255.255.255"`,
		`cidrnetmask("172.16.0.0/12")`:               `"255.240.0.0"`,
		`cidrsubnet("10.0.0.0/8", 8, 2)`:             `"10.2.0.0/16"`,
		`cidrsubnets("10.0.0.0/8", 8, 4)`:            `["10.0.0.0/16","10.16.0.0/12"]`,
		`cidrsubnets("10.0.0.0/8")`:                  `[]`,
		`coalesce(null, "a")`:                        `"a"`,
		`compact(["a", "", "b"])`:                    `["a","b"]`,
		`dirname("a/b.txt")`:                         `"a"`,
		`element(["a", "b"], 3)`:                     `"b"`,
		`file("text.txt")`:                           `"hello"`,
		`fileexists("text.txt")`:                     `true`,
		`fileexists("gone.txt")`:                     `false`,
		`filesha256("text.txt")`:                     `"2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"`,
		`flatten([["a"], [["b"]]])`:                  `["a","b"]`,
		`format("%s-%03d", "a", 7)`:                  `"a-007"`,
		`formatdate("YYYY", "2026-01-02T03:04:05Z")`: `"2026"`,
		`index(["a", "b"], "b")`:                     `1`,
		`join("-", ["a", "b"])`:                      `"a-b"`,
		`jsondecode("{\"a\":[1]}").a[0]`:             `1`,
		`keys({ b = 1, a = 2 })`:                     `["a","b"]`,
		`length("größe")`:                            `5`,
		`length(["a", "b"])`:                         `2`,
		`length({ a = 1 })`:                          `1`,
		`lookup({ a = "x" }, "b", "y")`:              `"y"`,
		`merge({ a = 1 }, { b = 2 })`:                `{"a":1,"b":2}`,
		`range(3)`:                                   `[0,1,2]`,
		`regex("^v(\\d+)", "v12")`:                   `["12"]`,
		`replace("a.b.c", ".", "-")`:                 `"a-b-c"`,
		`replace("a1b2", "/\\d/", "#")`:              `"a#b#"`,
		`replace("a/b", "/", "-")`:                   `"a-b"`,
		`reverse(["a", "b"])`:                        `["b","a"]`,
		`sha256("hello")`:                            `"2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"`,
		`sort(["b", "a"])`:                           `["a","b"]`,
		`split(",", "a,b")`:                          `["a","b"]`,
		`templatefile("level.tmpl", { level = "info", names = ["a", "b"] })`: `"level = \"info\" A B"`,
		`templatefile("list.tmpl", { names = ["a"] })[0]`:                    `"a"`,
		`timeadd("2026-01-02T03:04:05Z", "1h")`:                              `"2026-01-02T04:04:05Z"`,
		`tolist(toset(["b", "a", "a"]))`:                                     `["a","b"]`,
		`tonumber("12")`:                                                     `12`,
		`tostring(true)`:                                                     `"true"`,
		`trimprefix("v1.2", "v")`:                                            `"1.2"`,
		`try({}.a, "none")`:                                                  `"none"`,
		`upper("a")`:                                                         `"A"`,
		`yamldecode("a: [1]").a[0]`:                                          `1`,
		`yamlencode({ a = [1] })`:                                            `"\"a\":\n- 1\n"`,
		`zipmap(["a"], [1])`:                                                 `{"a":1}`,
	} {
		got, diags := call(t, dir, expression)
		require.False(t, diags.HasErrors(), "%s: %s", expression, diags.Error())
		require.Equal(t, want, got, expression)
	}
}

// A mistake in an argument is a message that helps, and names files as they are written.
func TestFunctionMistakes(t *testing.T) {
	dir := write(t, map[string]string{
		"lost.tmpl":      "\n${levle}",
		"broken.tmpl":    "a\n${",
		"recursive.tmpl": `${templatefile("recursive.tmpl", {})}`,
		"wrong.tmpl":     `${level + 1}`,
		"binary":         "\xff\xfe",
		"deep.tmpl":      strings.Repeat("${[", 500),
	})
	for expression, want := range map[string]string{
		`base64decode("?")`:                             "this is not base64",
		`base64decode("/w==")`:                          "not UTF-8 text",
		`cidrhost("10.0.0.0", 1)`:                       "invalid CIDR address: 10.0.0.0",
		`cidrhost("10.0.0.0/30", 9)`:                    "9",
		`cidrhost("10.0.0.0/30", 1.5)`:                  "whole number",
		`cidrnetmask("fd00::/8")`:                       "only IPv4",
		`cidrsubnet("10.0.0.0/8", 40, 1)`:               "40",
		`cidrsubnet("10.0.0.0/8", -1, 1)`:               "newbits must be a whole number",
		`cidrsubnets("10.0.0.0/8", 1, 1, 1)`:            "no room for one more network of /9",
		`cidrsubnets("10.0.0.0/30", 3)`:                 "whole number from 1 to 2",
		`file("gone.txt")`:                              `cannot read "gone.txt": no such file or directory`,
		`file(".")`:                                     `cannot read ".": not a regular file`,
		`file("/dev/zero")`:                             `cannot read "/dev/zero": not a regular file`,
		`file("binary")`:                                `"binary" is not UTF-8 text`,
		`fileexists(".")`:                               `"." is not a regular file`,
		`filesha256("gone.txt")`:                        `cannot read "gone.txt"`,
		`templatefile("lost.tmpl", { level = "info" })`: `lost.tmpl:2: the template uses "levle", which it is not given. Did you mean "level"?`,
		`templatefile("broken.tmpl", {})`:               `broken.tmpl:2: `,
		`templatefile("recursive.tmpl", {})`:            "There is no function named \"templatefile\"",
		`templatefile("wrong.tmpl", { level = "a" })`:   "wrong.tmpl:1: Invalid operand",
		`templatefile("wrong.tmpl", "a")`:               "the values must be an object",
		`templatefile("deep.tmpl", {})`:                 "deep.tmpl:1: Too deeply nested",
		`templatefile("gone.tmpl", {})`:                 `cannot read "gone.tmpl"`,
		`index(["a"], "b")`:                             "does not hold the value",
		`index("a", "b")`:                               "a list is needed",
		`replace("a", "/(/", "b")`:                      "missing closing )",
		`jsondecode("{")`:                               "EOF",
		`range(1, 100000)`:                              "1024",
	} {
		_, diags := call(t, dir, expression)
		require.True(t, diags.HasErrors(), expression)
		require.Contains(t, diags[0].Detail, want, expression)
		require.NotContains(t, diags[0].Detail, dir, expression)
	}
}

// Nothing in the language reads the environment, a clock, chance or the network: the list of functions is closed.
func TestNoFunctionReadsWhatIsOutside(t *testing.T) {
	all := functions(".")
	for _, name := range []string{"timestamp", "plantimestamp", "uuid", "uuidv5", "bcrypt", "env", "environ", "pathexpand", "abspath", "http", "exec", "random"} {
		require.NotContains(t, all, name)
	}
	outside := []string{"file", "fileexists", "filesha256", "templatefile"}
	for name := range all {
		if _, pure := pureFunctions()[name]; !pure {
			require.True(t, slices.Contains(outside, name), name)
		}
	}
}
