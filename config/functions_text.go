package config

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// textFunction is a function from one string to another.
func textFunction(param string, f func(string) (string, error)) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: param, Type: cty.String}},
		Type:   function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			s, err := f(args[0].AsString())
			return cty.StringVal(s), err
		},
	})
}

var (
	sha256Sum = textFunction("text", func(s string) (string, error) {
		sum := sha256.Sum256([]byte(s))
		return hex.EncodeToString(sum[:]), nil
	})
	base64Encode = textFunction("text", func(s string) (string, error) {
		return base64.StdEncoding.EncodeToString([]byte(s)), nil
	})
	base64Decode = textFunction("base64", decodeBase64)

	// Paths have slashes in the language, whatever the machine that runs rel.
	baseName = textFunction("path", func(s string) (string, error) { return path.Base(s), nil })
	dirName  = textFunction("path", func(s string) (string, error) { return path.Dir(s), nil })
)

func decodeBase64(s string) (string, error) {
	raw, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return "", fmt.Errorf("this is not base64: %w", err)
	}
	if !utf8.Valid(raw) {
		return "", errors.New("what is encoded is not UTF-8 text")
	}
	return string(raw), nil
}

// replace takes a regular expression between slashes, as in Terraform.
var replace = function.New(&function.Spec{
	Params: []function.Parameter{
		{Name: "text", Type: cty.String},
		{Name: "substring", Type: cty.String},
		{Name: "replacement", Type: cty.String},
	},
	Type: function.StaticReturnType(cty.String),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		substring := args[1].AsString()
		if len(substring) > 1 && strings.HasPrefix(substring, "/") && strings.HasSuffix(substring, "/") {
			pattern := cty.StringVal(substring[1 : len(substring)-1])
			return stdlib.RegexReplaceFunc.Call([]cty.Value{args[0], pattern, args[2]})
		}
		return stdlib.ReplaceFunc.Call(args)
	},
})

// length counts the characters of a string and the attributes of an object too, as in Terraform.
var length = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "value", Type: cty.DynamicPseudoType, AllowDynamicType: true, AllowUnknown: true}},
	Type:   function.StaticReturnType(cty.Number),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		switch t := args[0].Type(); {
		case t == cty.String:
			return stdlib.StrlenFunc.Call(args)
		case t.IsObjectType():
			return cty.NumberIntVal(int64(len(t.AttributeTypes()))), nil
		}
		return stdlib.LengthFunc.Call(args)
	},
})

// index is where in a list a value is, as in Terraform. (The index of cty is the value at a place.)
var index = function.New(&function.Spec{
	Params: []function.Parameter{
		{Name: "list", Type: cty.DynamicPseudoType},
		{Name: "value", Type: cty.DynamicPseudoType},
	},
	Type: function.StaticReturnType(cty.Number),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		list := args[0]
		if !list.Type().IsListType() && !list.Type().IsTupleType() {
			return cty.UnknownVal(cty.Number), function.NewArgErrorf(0, "a list is needed")
		}
		for it := list.ElementIterator(); it.Next(); {
			i, element := it.Element()
			equal, err := stdlib.Equal(element, args[1])
			if err != nil {
				return cty.UnknownVal(cty.Number), err
			}
			if !equal.IsKnown() {
				return cty.UnknownVal(cty.Number), nil
			}
			if equal.True() {
				return i, nil
			}
		}
		return cty.UnknownVal(cty.Number), errors.New("the list does not hold the value")
	},
})
