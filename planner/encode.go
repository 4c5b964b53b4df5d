package planner

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
)

// encode writes a plan's canonical JSON: fields in the order of the types, map keys sorted,
// HTML left alone, no space between. It is what encoding/json gives for the whole plan, but
// goes step by step, so that a large plan is never in memory twice.
func (p *Plan) encode(w io.Writer) error {
	head := *p
	head.Steps = nil
	var b bytes.Buffer
	b.Grow(1<<17 + 256*len(p.Changes) + 80*len(p.Objects)) // about what the head takes
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(&head); err != nil {
		return fmt.Errorf("encoding the plan: %w", err)
	}
	b.Truncate(b.Len() - len("null}\n")) // steps are the last field
	b.WriteByte('[')
	for n := range p.Steps {
		if n > 0 {
			b.WriteByte(',')
		}
		if err := e.Encode(&p.Steps[n]); err != nil {
			return fmt.Errorf("encoding step %q: %w", p.Steps[n].ID, err)
		}
		b.Truncate(b.Len() - 1) // the new line
		if b.Len() > 1<<16 {
			if _, err := b.WriteTo(w); err != nil {
				return err
			}
		}
	}
	b.WriteString("]}\n")
	_, err := b.WriteTo(w)
	return err
}

// Digest is the sha256 over the plan's canonical JSON, as a review shows it.
func (p *Plan) Digest() (string, error) {
	h := sha256.New()
	if err := p.encode(h); err != nil {
		return "", err
	}
	return digestOf(h.Sum(nil)), nil
}

func digestOf(sum []byte) string { return "sha256:" + hex.EncodeToString(sum) }

// UnmarshalJSON decodes a step strictly; its kind says which arguments it has.
func (s *Step) UnmarshalJSON(b []byte) error {
	var of struct {
		ID   string `json:"id"`
		Kind Kind   `json:"kind"`
	}
	if err := json.Unmarshal(b, &of); err != nil {
		return err
	}
	args, there := kinds[of.Kind]
	if !there {
		return fmt.Errorf("step %q is of kind %q, which this rel does not know", of.ID, of.Kind)
	}
	type plain Step // without this method
	step := plain{Args: args()}
	if err := strict(b, &step); err != nil {
		return fmt.Errorf("step %q: %w", of.ID, err)
	}
	if step.Args == nil {
		return fmt.Errorf("step %q has no arguments", of.ID)
	}
	*s = Step(step)
	return nil
}

// strict decodes one JSON value and refuses what the type does not have.
func strict(b []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("there is more after its end")
	}
	return nil
}
