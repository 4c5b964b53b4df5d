package embedded

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
)

// errDamaged: the state file cannot be read; it was not touched.
var errDamaged = errors.New("damaged")

// A state file is a list of changes, one a line: the CRC-32 of the JSON in hex, a space, the
// JSON. The first line makes the whole state.

const checksumLength = 8

func encode(c change) ([]byte, error) {
	b, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("encoding a change of the load balancer: %w", err)
	}
	return fmt.Appendf(nil, "%08x %s\n", crc32.ChecksumIEEE(b), b), nil
}

// decode reads a state file. A last line that a crash cut off was never answered to anybody
// and is left out.
func decode(data []byte) (state, error) {
	s, number := state{}, 0
	for len(data) > 0 {
		line, rest, _ := bytes.Cut(data, []byte("\n"))
		number++
		c, err := decodeLine(line)
		switch {
		case err != nil && len(rest) == 0 && number > 1:
			return s, nil
		case err != nil:
			return state{}, fmt.Errorf("line %d: %w: %w", number, errDamaged, err)
		}
		s.apply(c)
		data = rest
	}
	return s, nil
}

func decodeLine(line []byte) (change, error) {
	var c change
	sum, body, ok := bytes.Cut(line, []byte(" "))
	if !ok || len(sum) != checksumLength {
		return c, errors.New("no checksum")
	}
	if want := fmt.Sprintf("%08x", crc32.ChecksumIEEE(body)); want != string(sum) {
		return c, fmt.Errorf("the checksum is %s, not %q", want, sum)
	}
	if err := json.Unmarshal(body, &c); err != nil {
		return c, fmt.Errorf("reading a change: %w", err)
	}
	return c, nil
}
