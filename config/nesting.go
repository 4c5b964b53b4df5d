package config

import (
	"bytes"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// HCL's parser and evaluator recurse without a limit: into brackets, and into operators, of which each takes the
// result of all before it. A program whose stack is full cannot even say so.
const (
	maxNesting   = 200    // brackets and templates inside each other
	maxOperators = 10_000 // in one expression, with those of the expressions around it
)

// tooDeep finds the first token that is too deep inside others.
func tooDeep(tokens hclsyntax.Tokens) (hcl.Range, bool) {
	n := nesting{levels: []level{{newlineEnds: true}}}
	for _, t := range tokens {
		n.add(t)
		if len(n.levels) > maxNesting || n.operators > maxOperators {
			return t.Range, true
		}
	}
	return hcl.Range{}, false
}

// nesting follows the brackets of a file.
type nesting struct {
	levels    []level // the file, and each open bracket
	operators int     // of all levels
}

// level is an open bracket.
type level struct {
	newlineEnds bool // the end of a line ends an expression, as in a block and unlike in a list
	operators   int  // in the expression so far
}

func (n *nesting) add(t hclsyntax.Token) {
	switch t.Type {
	case hclsyntax.TokenOBrace:
		n.open(true)
	case hclsyntax.TokenOBrack, hclsyntax.TokenOParen:
		n.count() // an index or a call, of what is before it
		n.open(false)
	case hclsyntax.TokenOQuote, hclsyntax.TokenOHeredoc, hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl:
		n.open(false)
	case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen,
		hclsyntax.TokenCQuote, hclsyntax.TokenCHeredoc, hclsyntax.TokenTemplateSeqEnd:
		n.close()
	case hclsyntax.TokenComma:
		n.end()
	case hclsyntax.TokenNewline, hclsyntax.TokenComment:
		// a comment up to the end of the line has the end in it
		if n.top().newlineEnds && bytes.HasSuffix(t.Bytes, []byte("\n")) {
			n.end()
		}
	default:
		if isOperator(t.Type) {
			n.count()
		}
	}
}

func isOperator(t hclsyntax.TokenType) bool {
	switch t {
	case hclsyntax.TokenIdent, hclsyntax.TokenNumberLit, hclsyntax.TokenStringLit, hclsyntax.TokenQuotedLit,
		hclsyntax.TokenEOF:
		return false
	}
	return true
}

func (n *nesting) top() *level { return &n.levels[len(n.levels)-1] }

func (n *nesting) open(newlineEnds bool) {
	n.levels = append(n.levels, level{newlineEnds: newlineEnds})
}

// close takes the innermost level off, but never the file: brackets that were not open are the parser's to report.
func (n *nesting) close() {
	if len(n.levels) > 1 {
		n.end()
		n.levels = n.levels[:len(n.levels)-1]
	}
}

func (n *nesting) count() {
	n.top().operators++
	n.operators++
}

// end is the end of an expression.
func (n *nesting) end() {
	n.operators -= n.top().operators
	n.top().operators = 0
}
