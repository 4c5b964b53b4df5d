package config

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// structure checks names: which arguments, blocks and labels stand where.
type structure struct{ diags hcl.Diagnostics }

func (s *structure) report(d *hcl.Diagnostic) { s.diags = append(s.diags, d) }

// file checks the bodies of all files as one.
func (s *structure) file(bodies []*hclsyntax.Body) *block {
	root := &block{spec: fileSpec, args: map[string]*hclsyntax.Attribute{}, blocks: map[string][]*block{}}
	for _, body := range bodies {
		s.arguments(root, body)
		s.children(root, body)
	}
	s.repetitions(root, hcl.Range{})
	return root
}

// block checks one block and all below it.
func (s *structure) block(syntax *hclsyntax.Block, spec *blockSpec) *block {
	b := &block{
		spec: *spec, syntax: syntax,
		args: map[string]*hclsyntax.Attribute{}, blocks: map[string][]*block{},
	}
	b.refused = !s.labels(b)
	if b.refused {
		return b
	}
	s.arguments(b, syntax.Body)
	s.children(b, syntax.Body)
	s.required(b)
	s.repetitions(b, b.place())
	return b
}

func (s *structure) arguments(b *block, body *hclsyntax.Body) {
	for _, attr := range sorted(body.Attributes) {
		_, known := b.spec.argument(attr.Name)
		if known || b.spec.open {
			b.args[attr.Name] = attr
			continue
		}
		s.report(unknownArgument(b, attr))
	}
}

// sorted are the arguments of a body in the order in which they are written.
func sorted(attrs hclsyntax.Attributes) []*hclsyntax.Attribute {
	all := make([]*hclsyntax.Attribute, 0, len(attrs))
	for _, a := range attrs {
		all = append(all, a)
	}
	sort.Slice(all, func(i, j int) bool { return before(all[i].SrcRange, all[j].SrcRange) })
	return all
}

func unknownArgument(b *block, attr *hclsyntax.Attribute) *hcl.Diagnostic {
	at := attr.NameRange
	switch {
	case slices.Contains(b.spec.later, attr.Name):
		return unsupported(at, fmt.Sprintf("The argument %q", attr.Name))
	case slices.Contains(b.spec.blockNames(), attr.Name):
		return mistake(at, "Unsupported argument",
			"An argument named %q is not expected here. Did you mean to define a block of type %q?", attr.Name, attr.Name)
	}
	return mistake(at, "Unsupported argument", "An argument named %q is not expected here.%s",
		attr.Name, b.elsewhere(attr.Name, didYouMean(attr.Name, b.spec.argumentNames())))
}

// elsewhere says which other types of the block have the name, and else what the caller knows.
func (b *block) elsewhere(name, otherwise string) string {
	var types []string
	for _, t := range b.spec.types {
		_, isArgument := t.argument(name)
		_, isBlock := t.child(name)
		if isArgument || isBlock {
			types = append(types, fmt.Sprintf("%q", t.name))
		}
	}
	if len(types) == 0 {
		return otherwise
	}
	return fmt.Sprintf(" It belongs to a %s of type %s.", b.spec.name, strings.Join(types, " or "))
}

func (s *structure) children(b *block, body *hclsyntax.Body) {
	for _, syntax := range body.Blocks {
		spec, ok := b.spec.child(syntax.Type)
		if !ok {
			s.report(unknownBlock(b, syntax))
			continue
		}
		child := s.block(syntax, spec)
		s.unique(b, child)
		b.blocks[syntax.Type] = append(b.blocks[syntax.Type], child)
	}
}

func unknownBlock(b *block, syntax *hclsyntax.Block) *hcl.Diagnostic {
	at := syntax.TypeRange
	switch {
	case slices.Contains(b.spec.later, syntax.Type):
		return unsupported(at, fmt.Sprintf("The block %q", syntax.Type))
	case slices.Contains(b.spec.argumentNames(), syntax.Type):
		return mistake(at, "Unsupported block type",
			"Blocks of type %q are not expected here. Did you mean to define argument %q?", syntax.Type, syntax.Type)
	}
	return mistake(at, "Unsupported block type", "Blocks of type %q are not expected here.%s",
		syntax.Type, b.elsewhere(syntax.Type, didYouMean(syntax.Type, b.spec.blockNames())))
}

// labels checks the labels of a block and takes its type and name from them.
func (s *structure) labels(b *block) bool {
	want, got := b.spec.labels, b.syntax.Labels
	if len(got) > 0 && len(want) > 0 && want[len(want)-1] != labelType {
		b.name = got[len(got)-1]
	}
	if len(got) != len(want) {
		s.report(mistake(b.place(), "Wrong number of labels", "Write it as: %s", usage(&b.spec)))
		return false
	}
	ok := true
	for i, label := range want {
		if label == labelType {
			ok = s.typeLabel(b, i) && ok
		} else {
			ok = s.nameLabel(b, i) && ok
		}
	}
	return ok
}

// usage is the first line of a block: strategy "TYPE" "NAME" {
func usage(spec *blockSpec) string {
	line := spec.name
	for _, label := range spec.labels {
		line += fmt.Sprintf(" %q", label)
	}
	return line + " { … }"
}

func (s *structure) typeLabel(b *block, i int) bool {
	b.kind = b.syntax.Labels[i]
	at := b.syntax.LabelRanges[i]
	spec, ok := b.spec.ofType(b.kind)
	switch {
	case ok:
		b.spec = spec
	case slices.Contains(b.spec.laterTypes, b.kind):
		s.report(unsupported(at, fmt.Sprintf("The %s type %q", b.spec.name, b.kind)))
	default:
		s.report(mistake(at, "Unknown type", "%q is not a type of %s; there are: %s.%s",
			b.kind, b.spec.name, strings.Join(b.spec.typeNames(), ", "), didYouMean(b.kind, b.spec.typeNames())))
	}
	return ok
}

var namePattern = regexp.MustCompile(`^[a-z][a-z0-9_-]*$`)

const nameRule = "a name begins with a letter from a to z and goes on with these letters, digits, _ and -"

var errName = errors.New(nameRule)

func parseName(s string) (string, error) {
	if !namePattern.MatchString(s) {
		return "", errName
	}
	return s, nil
}

func (s *structure) nameLabel(b *block, i int) bool {
	name := b.syntax.Labels[i]
	if namePattern.MatchString(name) {
		return true
	}
	s.report(mistake(b.syntax.LabelRanges[i], "Invalid name", "%q cannot be a name: %v.", name, errName))
	return false
}

// unique refuses a second block of the same name.
func (s *structure) unique(parent, child *block) {
	if child.spec.repeat != named || child.name == "" {
		return
	}
	for _, other := range parent.blocks[child.spec.name] {
		if other.name == child.name {
			s.report(mistake(child.place(), "Duplicate name", "There is another %s %q, at %s:%d.",
				child.spec.name, child.name, other.source().File, other.source().Line))
			child.refused = true
			return
		}
	}
}

func (s *structure) required(b *block) {
	for _, a := range b.spec.args {
		if _, ok := b.args[a.name]; a.required && !ok {
			s.report(mistake(b.place(), "Missing required argument",
				"The argument %q is required, but no definition was found.", a.name))
		}
	}
}

// repetitions checks how often each block stands in its parent. A place with no file is the whole project.
func (s *structure) repetitions(b *block, at hcl.Range) {
	for _, spec := range b.spec.blocks {
		found := b.blocks[spec.name]
		needed := spec.repeat == exactlyOne || spec.repeat == oneOrMore
		single := spec.repeat == exactlyOne
		if needed && len(found) == 0 {
			s.report(missingBlock(&spec, at))
		}
		for i := 1; single && i < len(found); i++ {
			s.report(mistake(found[i].place(), "Duplicate block", "Only one %s block is allowed here; the first is at %s:%d.",
				spec.name, found[0].source().File, found[0].source().Line))
			found[i].refused = true
		}
	}
}

func missingBlock(spec *blockSpec, at hcl.Range) *hcl.Diagnostic {
	d := mistake(at, "Missing block", "At least one block of this type is required here: %s", usage(spec))
	if at.Filename == "" {
		d.Subject = nil
	}
	return d
}
