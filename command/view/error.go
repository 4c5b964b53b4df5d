package view

import (
	"fmt"
	"io"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// Error shows an error: its first line as the summary, further lines as what the person who
// has to act needs to know.
func Error(s Style, w io.Writer, err error) {
	problem(s, w, s.red(s.bold("Error:")), err.Error())
}

// Warning likewise.
func Warning(s Style, w io.Writer, text string) {
	problem(s, w, s.yellow(s.bold("Warning:")), text)
}

func problem(s Style, w io.Writer, head, text string) {
	summary, detail, _ := strings.Cut(strings.TrimSpace(text), "\n")
	fmt.Fprintf(w, "%s %s\n", head, s.bold(summary))
	if detail = strings.Trim(detail, "\n"); detail == "" {
		return
	}
	fmt.Fprintln(w)
	for line := range strings.Lines(detail) {
		fmt.Fprintf(w, "  %s\n", strings.TrimRight(line, "\n"))
	}
}

// Diagnostics shows mistakes in the configuration, each with its snippet.
func Diagnostics(s Style, w io.Writer, files map[string]*hcl.File, diags hcl.Diagnostics) {
	// the writer fails where w does, and then there is nobody to tell
	_ = hcl.NewDiagnosticTextWriter(w, files, uint(s.width()), s.Color).WriteDiagnostics(diags)
}
