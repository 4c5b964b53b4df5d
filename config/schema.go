package config

// language is the table of the blocks that may stand at the top of a file, in the order in which they are decoded:
// what comes later may refer to what came before. A block is one file and one line here; a block inside another one
// is a line in the table of that block's file.
var language = []entry[*loader]{
	{relSpec, decodeRel},
	{variableSpec, decodeVariables},
	{localsSpec, decodeLocals},
	{strategySpec, decodeStrategies},
	{environmentSpec, decodeEnvironments},
	{releaseSpec, decodeReleases},
}

// fileSpec is the body of a file.
var fileSpec = blockSpec{
	blocks: specs(language),
	later:  []string{"setting", "secret", "metrics", "analysis", "notify", "escalation"},
}

// entry is a line of a table: a type of block, and what reads all blocks of this type into their parent.
type entry[P any] struct {
	spec   blockSpec
	decode func(parent P, blocks []*block)
}

// specs are the types of block of a table.
func specs[P any](table []entry[P]) []blockSpec {
	all := make([]blockSpec, 0, len(table))
	for _, e := range table {
		all = append(all, e.spec)
	}
	return all
}

// decodeAll reads the children of a block by a table. Refused blocks are left out: they were reported already.
func decodeAll[P any](table []entry[P], parent P, in *block) {
	for _, e := range table {
		e.decode(parent, in.accepted(e.spec.name))
	}
}

// blockSpec describes a type of block once: the checks of structure, the suggestions, the defaults and the
// reference in the manual all come from it.
type blockSpec struct {
	name   string
	labels []string // what each label means; the last one is the block's name if it is labelName or labelEnvironment
	repeat repetition
	doc    string
	args   []argSpec
	blocks []blockSpec
	open   bool // takes arguments of any name (locals)

	// later names arguments and blocks that the language has and this version does not enforce yet.
	later []string

	// types are the values of a first label TYPE, each with what it adds to the block.
	types      []blockSpec
	laterTypes []string
}

// repetition says how often a block may stand in its parent.
type repetition int

const (
	named      repetition = iota // any number, with different names
	exactlyOne                   // once, without fail
	anyNumber                    // any number
	oneOrMore                    // at least once
)

// The meanings of labels.
const (
	labelType        = "TYPE"
	labelName        = "NAME"
	labelEnvironment = "ENVIRONMENT"
)

// argSpec describes an argument of a block.
type argSpec struct {
	name     string
	kind     kind
	required bool
	def      string // the default, as it would be written; "": none
	doc      string
	to       string // kind reference, references: the type of block referred to
}

// kind is what an argument takes.
type kind int

const (
	text       kind = iota // a string
	integer                // a whole number
	boolean                // true or false
	texts                  // a list of strings
	textMap                // a map of strings
	numberMap              // a map of numbers
	duration               // "30s", "1h", "30d"
	count                  // a number, or a percentage
	reference              // TYPE.NAME of a block
	references             // a list of them
	typeOf                 // a type constraint
	anything               // any value
	condition              // an expression that is true or false
)

// String names the kind in the manual.
func (k kind) String() string {
	return [...]string{
		"string", "whole number", "bool", "list of strings", "map of strings", "map of numbers", "duration",
		"count or percentage", "reference", "list of references", "type", "any value", "condition",
	}[k]
}

// argument is the spec of the argument of this name.
func (s *blockSpec) argument(name string) (argSpec, bool) {
	for _, a := range s.args {
		if a.name == name {
			return a, true
		}
	}
	return argSpec{}, false
}

// child is the spec of the block of this type inside the block.
func (s *blockSpec) child(name string) (*blockSpec, bool) {
	for i := range s.blocks {
		if s.blocks[i].name == name {
			return &s.blocks[i], true
		}
	}
	return nil, false
}

// ofType is the spec of a block with this first label: the common part and what the type adds.
func (s *blockSpec) ofType(name string) (blockSpec, bool) {
	for _, t := range s.types {
		if t.name == name {
			merged := *s
			merged.args = append(append([]argSpec{}, s.args...), t.args...)
			merged.blocks = append(append([]blockSpec{}, s.blocks...), t.blocks...)
			merged.later = append(append([]string{}, s.later...), t.later...)
			return merged, true
		}
	}
	return blockSpec{}, false
}

func (s *blockSpec) argumentNames() []string {
	names := make([]string, 0, len(s.args))
	for _, a := range s.args {
		names = append(names, a.name)
	}
	return names
}

func (s *blockSpec) blockNames() []string {
	names := make([]string, 0, len(s.blocks))
	for _, b := range s.blocks {
		names = append(names, b.name)
	}
	return names
}

func (s *blockSpec) typeNames() []string {
	names := make([]string, 0, len(s.types))
	for _, t := range s.types {
		names = append(names, t.name)
	}
	return names
}
