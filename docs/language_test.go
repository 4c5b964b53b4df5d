package docs_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"rel/config"
)

// TestLanguage protects the page of the language from differing from the schema that rel checks
// configurations against: a new argument, another default or another type fails it.
func TestLanguage(t *testing.T) {
	parts := map[string]string{}
	describe(parts, "", config.Blocks())
	require.Contains(t, parts, "release.service.health_check")
	current(t, "language.md", parts)
}

// describe makes a part for each type of block, named by its path, and for those inside it.
func describe(parts map[string]string, parent string, blocks []config.BlockDoc) {
	for len(blocks) > 0 {
		name := blocks[0].Name
		n := slices.IndexFunc(blocks, func(b config.BlockDoc) bool { return b.Name != name })
		if n < 0 {
			n = len(blocks)
		}
		same := family(blocks[:n])
		path := strings.TrimPrefix(parent+"."+name, ".")
		parts[path] = same.text()
		for _, b := range same {
			describe(parts, path, b.Blocks)
		}
		blocks = blocks[n:]
	}
}

// family is a type of block in all its kinds, as in strategy "rolling", strategy "canary"; one
// alone where it has no kinds.
type family []config.BlockDoc

func (f family) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "`%s` (%s). %s\n", f.head(), f[0].Repeat, f.doc())
	table(&b, f.common())
	if len(f) > 1 {
		for _, kind := range f {
			fmt.Fprintf(&b, "\n`%s \"%s\"`: %s\n", kind.Name, kind.Type, strings.TrimSpace(strings.TrimPrefix(kind.Doc, f.doc())))
			table(&b, slices.DeleteFunc(slices.Clone(kind.Arguments), f.isCommon))
		}
	}
	return b.String()
}

// head is how the block is written: strategy "TYPE" "NAME".
func (f family) head() string {
	head := f[0].Name
	for _, label := range f[0].Labels {
		if label == "TYPE" && len(f) == 1 {
			label = f[0].Type
		}
		head += fmt.Sprintf(" %q", label)
	}
	return head + " { … }"
}

// doc is what the texts of all kinds begin with, in whole sentences.
func (f family) doc() string {
	doc := f[0].Doc
	for _, other := range f[1:] {
		for !strings.HasPrefix(other.Doc, doc) {
			doc = doc[:max(0, strings.LastIndex(strings.TrimSuffix(doc, "."), ".")+1)]
		}
	}
	return doc
}

// common are the arguments that all kinds have.
func (f family) common() []config.ArgumentDoc {
	return slices.DeleteFunc(slices.Clone(f[0].Arguments), func(a config.ArgumentDoc) bool { return !f.isCommon(a) })
}

func (f family) isCommon(a config.ArgumentDoc) bool {
	for _, kind := range f {
		if !slices.Contains(kind.Arguments, a) {
			return false
		}
	}
	return true
}

func table(b *strings.Builder, args []config.ArgumentDoc) {
	if len(args) == 0 {
		return
	}
	fmt.Fprintf(b, "\n| argument | type | default | |\n|---|---|---|---|\n")
	for _, a := range args {
		fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", a.Name, a.Type, defaultOf(a), strings.ReplaceAll(a.Doc, "|", "\\|"))
	}
}

func defaultOf(a config.ArgumentDoc) string {
	switch {
	case a.Required:
		return "required"
	case a.Default == "":
		return ""
	}
	return "`" + a.Default + "`"
}
