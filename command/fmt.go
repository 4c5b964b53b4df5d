package command

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/aymanbagabas/go-udiff"
	"github.com/hashicorp/hcl/v2"

	"rel/command/view"
	"rel/config"
)

type formatOptions struct {
	check, diff, recursive bool
	out                    outputFlags
}

var errNotFormatted = errors.New("some files are not formatted")

// formatCommand rewrites configuration in the one canonical layout.
func formatCommand() command {
	var o formatOptions
	return command{
		name:     "fmt",
		synopsis: "Lay out configuration files the canonical way",
		usage:    "rel fmt [options] [FILE | FOLDER ...]",
		about: `
Rewrites *.rel.hcl and *.vars.hcl files in the canonical layout and prints the names
of those it changed. Without arguments: the files of this folder. A file with a
syntax error is shown and left alone.`,
		flags: func(fs *flag.FlagSet) {
			fs.BoolVar(&o.check, "check", false, "change nothing; exit with 1 where a file would change")
			fs.BoolVar(&o.diff, "diff", false, "show what changes")
			fs.BoolVar(&o.recursive, "recursive", false, "also the folders below")
			o.out.registerColor(fs)
		},
		run: func(_ context.Context, p process, args []string) error { return runFormat(p, o, args) },
	}
}

func runFormat(p process, o formatOptions, args []string) error {
	if len(args) == 0 {
		args = []string{"."}
	}
	files, err := formatFiles(args, o.recursive)
	if err != nil {
		return err
	}
	var failed error
	for _, file := range files {
		changed, err := formatFile(p, o, file)
		switch {
		case err != nil:
			failed = err
		case changed && o.check && failed == nil:
			failed = shownError{errNotFormatted}
		}
	}
	return failed
}

// formatFile formats one file and tells whether it is, or would be, changed.
func formatFile(p process, o formatOptions, file string) (bool, error) {
	src, err := os.ReadFile(file)
	if err != nil {
		return false, err
	}
	formatted, diags := config.Format(src, file)
	if diags.HasErrors() {
		view.Diagnostics(p.errorStyle(o.out), p.Err, map[string]*hcl.File{file: {Bytes: src}}, diags)
		return false, shownError{errConfiguration}
	}
	if string(formatted) == string(src) {
		return false, nil
	}
	fmt.Fprintln(p.Out, file)
	if o.diff {
		fmt.Fprint(p.Out, udiff.Unified("old/"+file, "new/"+file, string(src), string(formatted)))
	}
	if o.check {
		return true, nil
	}
	return true, rewrite(file, formatted)
}

// rewrite replaces a file whole, with its mode, so that a crash leaves the old or the new.
func rewrite(file string, content []byte) error {
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	real, err := filepath.EvalSymlinks(file)
	if err != nil {
		return err
	}
	temp := real + ".rel-fmt"
	if err := os.WriteFile(temp, content, info.Mode().Perm()); err != nil {
		return err
	}
	return os.Rename(temp, real)
}

func formatFiles(args []string, recursive bool) (files []string, err error) {
	for _, arg := range args {
		info, err := os.Stat(arg)
		switch {
		case err != nil:
			return nil, err
		case !info.IsDir() && !formattable(arg):
			return nil, fmt.Errorf("%s is not a *.rel.hcl or *.vars.hcl file", arg)
		case !info.IsDir():
			files = append(files, arg)
			continue
		}
		err = filepath.WalkDir(arg, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && path != arg && (!recursive || strings.HasPrefix(d.Name(), ".")):
				return filepath.SkipDir
			case !d.IsDir() && formattable(path):
				files = append(files, path)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return files, nil
}

func formattable(name string) bool {
	return strings.HasSuffix(name, ".rel.hcl") || strings.HasSuffix(name, ".vars.hcl")
}
