package planner

import (
	"bytes"
	"encoding/json"
	"io"
)

// ReadWorld reads the world that a plan file's plan leads to, and no more: it stands at the
// beginning, and a live deployment's steps, which are many times as much, are of no use any
// more. What was changed after it was written is refused, with the errors of Read.
func ReadWorld(r io.ReaderAt, size int64) (*World, error) {
	_, plan, err := open(r, size)
	if err != nil {
		return nil, err
	}
	return decodeWorld(plan)
}

// heading is how a plan begins, as far as its world.
type heading struct {
	FormatVersion string `json:"format_version"`
	Mode          Mode   `json:"mode"`
	RollbackTo    int    `json:"rollback_to,omitempty"`
	World         World  `json:"world"`
}

// decodeWorld reads the heading strictly: encoded again, it must be the same bytes.
func decodeWorld(plan []byte) (*World, error) {
	var h heading
	err := h.decode(json.NewDecoder(bytes.NewReader(plan)))
	if err := checkVersion(h.FormatVersion); err != nil {
		return nil, err
	}
	if err != nil {
		return nil, damaged("its plan.json has what this rel does not know: %v", err)
	}
	if err := h.World.consistent(); err != nil {
		return nil, damaged("its plan contradicts itself: %v", err)
	}
	if again, err := h.encode(); err != nil || !bytes.HasPrefix(plan, again) {
		return nil, damaged("its plan.json is not in the form in which rel writes it")
	}
	return &h.World, nil
}

// decode stops after the world. What it does not know it passes over, and then the heading is
// not the same again.
func (h *heading) decode(d *json.Decoder) error {
	d.DisallowUnknownFields()
	fields := map[json.Token]any{"format_version": &h.FormatVersion, "mode": &h.Mode, "rollback_to": &h.RollbackTo, "world": &h.World}
	if _, err := d.Token(); err != nil { // the opening brace
		return err
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		into, known := fields[key]
		if !known {
			into = new(json.RawMessage)
		}
		if err := d.Decode(into); err != nil || key == "world" {
			return err
		}
	}
	return nil
}

// encode gives the heading without the brace that closes it.
func (h *heading) encode() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(h)
	return bytes.TrimSuffix(b.Bytes(), []byte("}\n")), err
}
