package config

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Inputs are what a caller brings in from outside the project's folder.
type Inputs struct {
	Version  string            // rel's own version, for required_version
	Environ  map[string]string // the process environment; only REL_VAR_name is looked at
	VarFiles []string          // -var-file, in order; opened as they are given
	Vars     []string          // -var name=value, in order
}

// Load reads all *.rel.hcl files of a folder and evaluates them for every environment. It finds every mistake at
// once. The project can be used only if no diagnostic is an error, but its Files are always there.
func Load(dir string, in Inputs) (*Project, hcl.Diagnostics) {
	l := &loader{
		project: &Project{Dir: dir, Files: map[string]*hcl.File{}},
		inputs:  in,
	}
	l.load()
	return l.project, tidy(l.redact(l.diags))
}

// loader is what the blocks of one project are decoded into.
type loader struct {
	project *Project
	inputs  Inputs
	root    *block
	global  scope // var, local and the functions
	diags   hcl.Diagnostics
	secrets []string // sensitive values, which no diagnostic may show

	strategies   map[string]*Strategy
	environments map[string]*environment
}

func (l *loader) report(diags ...*hcl.Diagnostic) { l.diags = append(l.diags, diags...) }

func (l *loader) load() {
	bodies := l.parse()
	// After an error of syntax, what is missing may only be unread. A file for another version of rel may be full
	// of what this one does not know.
	if l.diags.HasErrors() || !l.checkVersion(bodies) {
		return
	}
	var names structure
	l.root = names.file(bodies)
	l.report(names.diags...)
	decodeAll(language, l, l.root)
}

// parse reads the files, in the order of their names.
func (l *loader) parse() []*hclsyntax.Body {
	names := l.list("*.rel.hcl")
	if len(names) == 0 && !l.diags.HasErrors() {
		l.report(&hcl.Diagnostic{
			Severity: hcl.DiagError,
			Summary:  "No configuration",
			Detail: fmt.Sprintf("There is no file whose name ends in .rel.hcl in the folder %q. ", l.project.Dir) +
				"A project is a folder with at least one such file, with a rel block in it: rel { project = \"NAME\" }",
		})
	}
	var bodies []*hclsyntax.Body
	for _, name := range names {
		if body := l.parseFile(name, filepath.Join(l.project.Dir, name)); body != nil {
			bodies = append(bodies, body)
		}
	}
	return bodies
}

// list is the sorted names of the project's files that match a pattern.
func (l *loader) list(pattern string) []string {
	entries, err := os.ReadDir(l.project.Dir)
	if err != nil {
		l.report(&hcl.Diagnostic{
			Severity: hcl.DiagError,
			Summary:  "Cannot read the project's folder",
			Detail:   err.Error(),
		})
	}
	var names []string
	for _, e := range entries {
		if ok, _ := filepath.Match(pattern, e.Name()); ok && !e.IsDir() && !strings.HasPrefix(e.Name(), ".") { // .#NAME: an editor's
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names
}

// parseFile reads and parses one file; nil after an error.
func (l *loader) parseFile(name, path string) *hclsyntax.Body {
	src, err := readFile(path)
	if err != nil {
		l.report(&hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Cannot read " + name, Detail: err.Error()})
		return nil
	}
	file, diags := parse(src, name)
	l.report(diags...)
	if file == nil {
		return nil
	}
	l.project.Files[name] = file
	return file.Body.(*hclsyntax.Body)
}
