package view

import (
	"encoding/json"
	"io"

	"github.com/hashicorp/hcl/v2"
)

// validation is Terraform's `validate -json` document, so that editors and CI read it as they are.
type validation struct {
	FormatVersion string       `json:"format_version"`
	Valid         bool         `json:"valid"`
	ErrorCount    int          `json:"error_count"`
	WarningCount  int          `json:"warning_count"`
	Diagnostics   []Diagnostic `json:"diagnostics"`
}

// Diagnostic is a mistake or warning for programs.
type Diagnostic struct {
	Severity string   `json:"severity"`
	Summary  string   `json:"summary"`
	Detail   string   `json:"detail,omitempty"`
	Range    *Range   `json:"range,omitempty"`
	Snippet  *Snippet `json:"snippet,omitempty"`
}

// Range is a part of a file; lines and columns count from 1.
type Range struct {
	Filename string   `json:"filename"`
	Start    Position `json:"start"`
	End      Position `json:"end"`
}

// Position is a place in a file.
type Position struct {
	Line   int `json:"line"`
	Column int `json:"column"`
	Byte   int `json:"byte"`
}

// Snippet is the line in question.
type Snippet struct {
	Code      string `json:"code"`
	StartLine int    `json:"start_line"`
}

// ValidateJSON prints what `rel validate -json` answers.
func ValidateJSON(w io.Writer, files map[string]*hcl.File, diags hcl.Diagnostics) error {
	v := validation{FormatVersion: "1.0", Valid: !diags.HasErrors(), Diagnostics: []Diagnostic{}}
	for _, d := range diags {
		if d.Severity == hcl.DiagError {
			v.ErrorCount++
		} else {
			v.WarningCount++
		}
		v.Diagnostics = append(v.Diagnostics, diagnosticJSON(files, d))
	}
	return JSON(w, v)
}

func diagnosticJSON(files map[string]*hcl.File, d *hcl.Diagnostic) Diagnostic {
	out := Diagnostic{Severity: "error", Summary: d.Summary, Detail: d.Detail}
	if d.Severity == hcl.DiagWarning {
		out.Severity = "warning"
	}
	if d.Subject == nil {
		return out
	}
	out.Range = &Range{Filename: d.Subject.Filename, Start: position(d.Subject.Start), End: position(d.Subject.End)}
	if f := files[d.Subject.Filename]; f != nil {
		out.Snippet = snippet(f.Bytes, d.Subject.Start)
	}
	return out
}

func position(p hcl.Pos) Position { return Position{Line: p.Line, Column: p.Column, Byte: p.Byte} }

func snippet(src []byte, at hcl.Pos) *Snippet {
	if at.Byte > len(src) {
		return nil
	}
	start, end := at.Byte, at.Byte
	for start > 0 && src[start-1] != '\n' {
		start--
	}
	for end < len(src) && src[end] != '\n' {
		end++
	}
	return &Snippet{Code: string(src[start:end]), StartLine: at.Line}
}

// JSON prints a value for programs, indented.
func JSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
