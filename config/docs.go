package config

// BlockDoc describes a type of block for the manual.
type BlockDoc struct {
	Name      string
	Type      string   // the first label of this kind of the block, as in strategy "rolling"; "" where there is none
	Labels    []string // what the labels mean: TYPE, NAME, ENVIRONMENT
	Repeat    string   // how often it may stand in its parent
	Doc       string
	Arguments []ArgumentDoc
	Blocks    []BlockDoc // those that may stand in it
}

// ArgumentDoc describes an argument for the manual.
type ArgumentDoc struct {
	Name     string
	Type     string
	Required bool
	Default  string // as it would be written; "" where there is none
	Doc      string
}

// Blocks describes the language: the blocks that may stand at the top of a file. It comes from the same tables as the
// checks, so the manual cannot differ from them.
func Blocks() []BlockDoc { return describeBlocks(fileSpec.blocks) }

func describeBlocks(specs []blockSpec) []BlockDoc {
	var docs []BlockDoc
	for _, spec := range specs {
		if len(spec.types) == 0 {
			docs = append(docs, describeBlock(spec, "", spec.doc))
		}
		for _, t := range spec.types {
			merged, _ := spec.ofType(t.name)
			docs = append(docs, describeBlock(merged, t.name, spec.doc+" "+t.doc))
		}
	}
	return docs
}

func describeBlock(spec blockSpec, kind, doc string) BlockDoc {
	d := BlockDoc{
		Name: spec.name, Type: kind, Labels: spec.labels, Repeat: spec.repeat.String(), Doc: doc,
		Blocks: describeBlocks(spec.blocks),
	}
	for _, a := range spec.args {
		d.Arguments = append(d.Arguments, ArgumentDoc{
			Name: a.name, Type: a.kind.String(), Required: a.required, Default: a.def, Doc: a.doc,
		})
	}
	return d
}

// String says how often in the manual.
func (r repetition) String() string {
	return [...]string{"any number, with different names", "once", "any number", "at least once"}[r]
}
