package state

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Encode gives the state document: canonical JSON, indented for people, map keys sorted,
// HTML left alone. The same state gives the same bytes.
func Encode(s State) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(s); err != nil {
		panic(fmt.Sprintf("encoding a state: %v", err)) // a programming error: plain data always encodes
	}
	return b.Bytes()
}

// Decode reads what Encode writes. It refuses what it does not know, so that an older rel
// never drops what a newer one wrote: another format is ErrUnknownFormat, anything else that
// cannot be read is ErrDamaged with the line.
func Decode(data []byte) (State, error) {
	var s State
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	err := d.Decode(&s)
	if err == nil {
		err = onlySpace(d)
	}
	version := s.FormatVersion
	if err != nil {
		version = formatOf(data) // what was not understood may be a newer format's
	}
	if version != "" && version != FormatVersion {
		return State{}, fmt.Errorf("the state has format %s, and this rel reads %s: use the version of rel that wrote it or a newer one: %w",
			version, FormatVersion, ErrUnknownFormat)
	}
	if err == nil {
		err = s.check()
	}
	if err != nil {
		return State{}, fmt.Errorf("the state cannot be read%s: %w: %w", position(data, err), err, ErrDamaged)
	}
	return s, nil
}

// onlySpace fails where anything follows the document.
func onlySpace(d *json.Decoder) error {
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("something follows the document, at byte %d", d.InputOffset())
	}
	return nil
}

// formatOf reads the version alone; empty where it cannot.
func formatOf(data []byte) string {
	var version struct {
		FormatVersion string `json:"format_version"`
	}
	if json.NewDecoder(bytes.NewReader(data)).Decode(&version) != nil {
		return ""
	}
	return version.FormatVersion
}

// check holds what any state holds.
func (s State) check() error {
	switch {
	case s.FormatVersion == "":
		return errors.New("format_version is missing")
	case s.Environment == "":
		return errors.New("environment is missing")
	case s.Serial < 1:
		return fmt.Errorf("serial is %d, and the first is 1", s.Serial)
	case s.Live < 0 || s.Live > s.Deployment:
		return fmt.Errorf("live is deployment %d, and the last one is %d", s.Live, s.Deployment)
	case s.Unfinished != nil && s.Unfinished.Deployment != s.Deployment:
		return fmt.Errorf("deployment %d is unfinished, and the last one is %d", s.Unfinished.Deployment, s.Deployment)
	}
	return nil
}

// position gives " at line N" where the error tells an offset.
func position(data []byte, err error) string {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	offset := int64(-1)
	switch {
	case errors.As(err, &syntax):
		offset = syntax.Offset
	case errors.As(err, &kind):
		offset = kind.Offset
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		offset = int64(len(data))
	}
	if offset < 0 {
		return ""
	}
	line := 1 + bytes.Count(data[:min(int(offset), len(data))], []byte("\n"))
	return fmt.Sprintf(" at line %d", line)
}

// CheckWrite is what every backend asks before it writes s as the state of env in place of
// the one with the serial former.
func CheckWrite(env string, s State, former int64) error {
	if err := s.check(); err != nil {
		return fmt.Errorf("a state that is no state was not written: %w", err)
	}
	if s.Environment != env {
		return fmt.Errorf("the state of environment %q was not written as that of %q", s.Environment, env)
	}
	if s.Serial <= former {
		return fmt.Errorf("the state was not written: its serial is %d, and it must be higher than the former, %d", s.Serial, former)
	}
	return nil
}
