package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

const maxFileSize = 16 << 20 // bytes

var errTooLarge = errors.New("the file is larger than 16 MiB")

// readFile reads a regular file of a bounded size.
func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "read", Path: path, Err: errors.New("not a regular file")}
	}
	if info.Size() > maxFileSize {
		return nil, &fs.PathError{Op: "read", Path: path, Err: errTooLarge}
	}
	return os.ReadFile(path)
}

// parse parses a file of the language. The file is nil where it is too deep to be parsed.
func parse(src []byte, name string) (*hcl.File, hcl.Diagnostics) {
	tokens, _ := hclsyntax.LexConfig(src, name, hcl.InitialPos) // its diagnostics come again from the parser
	if at, deep := tooDeep(tokens); deep {
		return nil, hcl.Diagnostics{mistake(at, "Too deeply nested",
			"Brackets and templates stand inside each other more than %d levels deep here, or one expression has more than %d operators.",
			maxNesting, maxOperators)}
	}
	return hclsyntax.ParseConfig(src, name, hcl.InitialPos)
}

// parseExpression is parse for a value on its own.
func parseExpression(src []byte, name string) (hclsyntax.Expression, hcl.Diagnostics) {
	tokens, _ := hclsyntax.LexExpression(src, name, hcl.InitialPos)
	if at, deep := tooDeep(tokens); deep {
		return nil, hcl.Diagnostics{mistake(at, "Too deeply nested", "The value is nested too deeply.")}
	}
	return hclsyntax.ParseExpression(src, name, hcl.InitialPos)
}

// parseTemplate is parse for a text with references in it.
func parseTemplate(src []byte, name string) (hclsyntax.Expression, hcl.Diagnostics) {
	tokens, _ := hclsyntax.LexTemplate(src, name, hcl.InitialPos)
	if at, deep := tooDeep(tokens); deep {
		return nil, hcl.Diagnostics{mistake(at, "Too deeply nested", "The template is nested too deeply.")}
	}
	return hclsyntax.ParseTemplate(src, name, hcl.InitialPos)
}

// describe is a diagnostic on one line, for places that have no snippet.
func describe(d *hcl.Diagnostic) string {
	if d.Subject == nil {
		return fmt.Sprintf("%s; %s", d.Summary, d.Detail)
	}
	return fmt.Sprintf("%s:%d: %s; %s", d.Subject.Filename, d.Subject.Start.Line, d.Summary, d.Detail)
}
