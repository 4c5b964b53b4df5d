package config

import (
	"fmt"
	"maps"
	"math"
	"math/big"
	"slices"
	"strconv"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// maxInt is the highest whole number where there is no better limit.
const maxInt = math.MaxInt32

// reader evaluates the arguments of one block. After a mistake it answers with zero values: the mistake is
// reported, and the caller can go on to find the next one.
type reader struct {
	block  *block
	scope  scope
	report func(...*hcl.Diagnostic)
}

func (l *loader) reader(b *block, s scope) reader {
	return reader{block: b, scope: s, report: l.report}
}

// value is an argument as a value of a type, or its default. It is not ok where there is neither, and after a mistake.
func (r reader) value(name string, want cty.Type) (cty.Value, bool) {
	spec, _ := r.block.spec.argument(name)
	attr, written := r.block.args[name]
	if !written {
		return defaultValue(spec, want)
	}
	v, diags := evaluate(attr.Expr, r.scope, want)
	r.report(diags...)
	switch {
	case diags.HasErrors() || !v.IsWhollyKnown():
		return cty.NilVal, false
	case v.IsNull():
		return r.null(spec, want)
	case v.ContainsMarked():
		r.report(mistake(attr.Expr.Range(), "Sensitive value", "%q would show a sensitive value in the plan, "+
			"which people review. A plan can hold no such value: leave it out, or make it not sensitive.", name))
		return cty.NilVal, false
	}
	return v, true
}

// null is an argument that is set to null: as if it were not written.
func (r reader) null(spec argSpec, want cty.Type) (cty.Value, bool) {
	if spec.required {
		r.report(mistake(r.block.at(spec.name), "Missing required argument",
			"The argument %q is required, but its value is null.", spec.name))
	}
	return defaultValue(spec, want)
}

// defaultValue reads the default of a spec, which is a number, true, false or a simple quoted string.
func defaultValue(spec argSpec, want cty.Type) (cty.Value, bool) {
	if spec.def == "" {
		return cty.NilVal, false
	}
	written := spec.def
	if unquoted, err := strconv.Unquote(written); err == nil {
		written = unquoted
	}
	v, err := convert.Convert(cty.StringVal(written), want)
	return v, err == nil
}

// evaluate gives the value of an expression as a type.
func evaluate(expr hcl.Expression, s scope, want cty.Type) (cty.Value, hcl.Diagnostics) {
	if diags := s.check(expr); diags.HasErrors() {
		return cty.DynamicVal, diags
	}
	v, diags := expr.Value(s.context)
	diags = s.discreet(expr, diags)
	if diags.HasErrors() {
		return cty.DynamicVal, diags
	}
	converted, err := convert.Convert(v, want)
	if err != nil {
		return cty.DynamicVal, append(diags, mistake(expr.Range(), "Wrong type", "%s.", upperFirst(problem(err))))
	}
	return converted, diags
}

// problem is an error of a conversion with the place inside the value.
func problem(err error) string {
	if path, ok := err.(cty.PathError); ok && len(path.Path) > 0 {
		return fmt.Sprintf("in %s, %s", formatPath(path.Path), err)
	}
	return err.Error()
}

func (r reader) text(name string) string {
	return r.parsed(name, func(s string) (string, error) { return s, nil })
}

// parsed is a text in its normal form; "" where it is not written, or cannot be.
func (r reader) parsed(name string, parse func(string) (string, error)) string {
	v, ok := r.value(name, cty.String)
	if !ok {
		return ""
	}
	s, ok := r.clean(name, v)
	if !ok {
		return ""
	}
	s, err := parse(s)
	if err != nil {
		r.wrong(name, "%q cannot be the %s: %v.", v.AsString(), name, err)
		return ""
	}
	return s
}

func (r reader) flag(name string) bool {
	set, _ := r.readFlag(name)
	return set
}

func (r reader) readFlag(name string) (set, ok bool) {
	v, ok := r.value(name, cty.Bool)
	return ok && v.True(), ok
}

func (r reader) texts(name string) []string {
	v, ok := r.value(name, cty.List(cty.String))
	if !ok || !r.noNulls(name, v) {
		return nil
	}
	all := make([]string, 0, v.LengthInt())
	for _, e := range v.AsValueSlice() {
		s, _ := r.clean(name, e)
		all = append(all, s)
	}
	return all
}

// clean refuses what no operating system takes in a string, and what stands for placeholders.
func (r reader) clean(name string, v cty.Value) (string, bool) {
	s, err := plain(v.AsString())
	if err != nil {
		r.wrong(name, "%s.", upperFirst(err.Error()))
	}
	return s, err == nil
}

func (r reader) noNulls(name string, v cty.Value) bool {
	for _, e := range v.AsValueSlice() {
		if e.IsNull() {
			r.wrong(name, "No element of %q can be null.", name)
			return false
		}
	}
	return true
}

// integer is a whole number from low to high.
func (r reader) integer(name string, low, high int) int {
	v, ok := r.value(name, cty.Number)
	if !ok {
		return 0
	}
	n, ok := wholeNumber(v.AsBigFloat(), low, high)
	if !ok {
		r.wrong(name, "%q must be a whole number from %d to %d.", name, low, high)
	}
	return n
}

func wholeNumber(f *big.Float, low, high int) (int, bool) {
	if !f.IsInt() {
		return 0, false
	}
	n, accuracy := f.Int64()
	if accuracy != big.Exact || n < int64(low) || n > int64(high) {
		return 0, false
	}
	return int(n), true
}

// numbers is a map of whole numbers from low to high.
func (r reader) numbers(name string, low, high int) map[string]int {
	v, ok := r.value(name, cty.Map(cty.Number))
	if !ok || !r.noNulls(name, v) {
		return nil
	}
	all := map[string]int{}
	values := v.AsValueMap()
	for _, key := range slices.Sorted(maps.Keys(values)) {
		n, ok := wholeNumber(values[key].AsBigFloat(), low, high)
		if !ok {
			r.wrong(name, "%q of %q must be a whole number from %d to %d.", key, name, low, high)
		}
		all[key] = n
	}
	return all
}

func (r reader) duration(name string) time.Duration {
	d, _ := r.readDuration(name)
	return d
}

// positive is a duration longer than nothing.
func (r reader) positive(name string) time.Duration {
	d, ok := r.readDuration(name)
	if ok && d == 0 {
		r.wrong(name, "%q must be longer than 0s.", name)
	}
	return d
}

func (r reader) readDuration(name string) (time.Duration, bool) {
	v, ok := r.value(name, cty.String)
	if !ok {
		return 0, false
	}
	d, err := parseDuration(v.AsString())
	if err != nil {
		r.wrong(name, "%q is not a duration: %v.", v.AsString(), err)
	}
	return d, err == nil
}

func (r reader) count(name string) Count {
	v, ok := r.value(name, cty.String)
	if !ok {
		return Count{}
	}
	c, err := parseCount(v.AsString())
	if err != nil {
		r.wrong(name, "%q is not a count or percentage: %v.", v.AsString(), err)
	}
	return c
}

// wrong reports a value that cannot be.
func (r reader) wrong(name, format string, args ...any) {
	at := r.block.at(name)
	if attr, ok := r.block.args[name]; ok {
		at = attr.Expr.Range()
	}
	r.report(mistake(at, "Invalid value", format, args...))
}
