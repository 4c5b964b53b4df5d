package config

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// fileFunctions read files; a relative path is below the project's folder.
func fileFunctions(dir string) map[string]function.Function {
	return map[string]function.Function{
		"file": textFunction("path", func(path string) (string, error) { return textOf(dir, path) }),
		"filesha256": textFunction("path", func(path string) (string, error) {
			raw, err := readBelow(dir, path)
			sum := sha256.Sum256(raw)
			return hex.EncodeToString(sum[:]), err
		}),
		"fileexists": function.New(&function.Spec{
			Params: []function.Parameter{{Name: "path", Type: cty.String}},
			Type:   function.StaticReturnType(cty.Bool),
			Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
				ok, err := existsBelow(dir, args[0].AsString())
				return cty.BoolVal(ok), err
			},
		}),
	}
}

func below(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

// readBelow says a path in its errors as it is written, so that they are the same on every machine.
func readBelow(dir, path string) ([]byte, error) {
	raw, err := readFile(below(dir, path))
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return nil, fmt.Errorf("cannot read %q: %w", path, pathError.Err)
	}
	return raw, err
}

func existsBelow(dir, path string) (bool, error) {
	info, err := os.Stat(below(dir, path))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("cannot look at %q", path)
	case !info.Mode().IsRegular():
		return false, fmt.Errorf("%q is not a regular file", path)
	}
	return true, nil
}

func textOf(dir, path string) (string, error) {
	raw, err := readBelow(dir, path)
	if err == nil && !utf8.Valid(raw) {
		return "", fmt.Errorf("%q is not UTF-8 text", path)
	}
	return string(raw), err
}

// templateFile renders a file in which the given values and functions can be used.
func templateFile(dir string, functions map[string]function.Function) function.Function {
	render := func(args []cty.Value) (cty.Value, error) {
		src, err := textOf(dir, args[0].AsString())
		if err != nil {
			return cty.DynamicVal, err
		}
		return renderTemplate(src, args[0].AsString(), args[1], functions)
	}
	return function.New(&function.Spec{
		Params: []function.Parameter{
			{Name: "path", Type: cty.String},
			{Name: "vars", Type: cty.DynamicPseudoType},
		},
		Type: func(args []cty.Value) (cty.Type, error) {
			if !args[0].IsKnown() || !args[1].IsWhollyKnown() {
				return cty.DynamicPseudoType, nil
			}
			v, err := render(args)
			return v.Type(), err
		},
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) { return render(args) },
	})
}

func renderTemplate(src, name string, vars cty.Value, functions map[string]function.Function) (cty.Value, error) {
	if t := vars.Type(); !t.IsObjectType() && !t.IsMapType() {
		return cty.DynamicVal, function.NewArgErrorf(1, "the values must be an object, as in { level = \"info\" }")
	}
	expr, diags := parseTemplate([]byte(src), name)
	if diags.HasErrors() {
		return cty.DynamicVal, errors.New(describe(firstError(diags)))
	}
	s := scope{&hcl.EvalContext{Variables: vars.AsValueMap(), Functions: functions}}
	if err := unknownInTemplate(expr, s); err != nil {
		return cty.DynamicVal, err
	}
	v, diags := expr.Value(s.context)
	if diags.HasErrors() {
		return cty.DynamicVal, errors.New(describe(firstError(diags)))
	}
	return v, nil
}

func unknownInTemplate(expr hcl.Expression, s scope) error {
	for _, t := range expr.Variables() {
		if _, ok := s.lookup(t.RootName()); !ok {
			known := slices.Collect(maps.Keys(s.context.Variables))
			at := t.SourceRange()
			return fmt.Errorf("%s:%d: the template uses %q, which it is not given.%s",
				at.Filename, at.Start.Line, t.RootName(), didYouMean(t.RootName(), known))
		}
	}
	return nil
}

func firstError(diags hcl.Diagnostics) *hcl.Diagnostic {
	i := slices.IndexFunc(diags, func(d *hcl.Diagnostic) bool { return d.Severity == hcl.DiagError })
	return diags[i]
}
