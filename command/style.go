package command

import (
	"io"
	"os"

	"golang.org/x/term"

	"rel/command/view"
)

// style finds out what w can show: colour and redrawing on a terminal alone.
func (p process) style(w io.Writer, noColor bool) view.Style {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) || p.getenv("TERM") == "dumb" {
		return view.Style{}
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		width = 0
	}
	return view.Style{Color: !noColor && p.getenv("NO_COLOR") == "", Width: width, Live: true}
}

// errorStyle is the style of diagnostics and progress.
func (p process) errorStyle(o ...outputFlags) view.Style {
	return p.style(p.Err, len(o) > 0 && o[0].noColor)
}

// outStyle is the style of data.
func (p process) outStyle(o outputFlags) view.Style { return p.style(p.Out, o.noColor) }

// interactive tells whether a person can be asked.
func (p process) interactive() bool {
	in, ok := p.In.(*os.File)
	return ok && term.IsTerminal(int(in.Fd()))
}
