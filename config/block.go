package config

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// block is a block of the configuration whose names were checked against its spec. No expression of it was
// evaluated yet.
type block struct {
	kind   string // the label TYPE; "" where there is none
	name   string // the last label; "" where there is none
	spec   blockSpec
	syntax *hclsyntax.Block // nil for the root
	args   map[string]*hclsyntax.Attribute
	blocks map[string][]*block

	// refused blocks were reported; they are kept so that a reference to one is not a second mistake.
	refused bool
}

// accepted are the children of a type that can be decoded.
func (b *block) accepted(name string) []*block {
	var all []*block
	for _, c := range b.blocks[name] {
		if !c.refused {
			all = append(all, c)
		}
	}
	return all
}

// names are the names of all children of a type, the refused ones too.
func (b *block) names(name string) []string {
	var all []string
	for _, c := range b.blocks[name] {
		if c.name != "" {
			all = append(all, c.name)
		}
	}
	return all
}

// named is the accepted child of a type with this name, which must be there.
func (b *block) named(kind, name string) *block {
	all := b.accepted(kind)
	return all[slices.IndexFunc(all, func(c *block) bool { return c.name == name })]
}

// place is where the block begins.
func (b *block) place() hcl.Range { return b.syntax.DefRange() }

// at is where an argument is written, or else the block.
func (b *block) at(name string) hcl.Range {
	if a, ok := b.args[name]; ok {
		return a.SrcRange
	}
	return b.place()
}

func (b *block) source() Source { return sourceOf(b.place()) }

func sourceOf(r hcl.Range) Source { return Source{File: r.Filename, Line: r.Start.Line} }
