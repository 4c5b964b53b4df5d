package state

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"math"
	"slices"
	"strconv"
)

// A record is one line, LENGTH CRC32C JSON: length and checksum of the JSON as eight hex
// digits each. JSON on one line holds no line break, so a line break ends a record and
// nothing else.
const headerSize = 8 + 1 + 8 + 1

// maxRecord is the longest JSON of a record that eight hex digits can tell, in bytes.
const maxRecord = math.MaxUint32

// AppendRecord appends the record, as one line of a journal, to dst.
func AppendRecord(dst []byte, r Record) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(r); err != nil {
		return dst, fmt.Errorf("encoding record %d (%s): %w", r.Seq, r.Type, err)
	}
	body := bytes.TrimSuffix(b.Bytes(), []byte("\n"))
	if len(body) > maxRecord {
		return dst, fmt.Errorf("encoding record %d (%s): its %d bytes are too many", r.Seq, r.Type, len(body))
	}
	dst = append(dst, header(body)...)
	dst = append(dst, body...)
	return append(dst, '\n'), nil
}

func header(body []byte) []byte {
	sum := crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli))
	return fmt.Appendf(make([]byte, 0, headerSize), "%08x %08x ", len(body), sum)
}

// DecodeJournal reads the records of one journal, and tells how many bytes at its end are a
// record that a crash cut off: they are not among the records, and were never acknowledged.
// Any other flaw, also a number that is missing, is ErrDamaged (ErrUnknownFormat where a
// newer rel wrote the record); then the records are those before it.
func DecodeJournal(data []byte) (records []Record, torn int, err error) {
	for at := 0; at < len(data); {
		body, ok := frame(data[at:])
		if !ok && isTorn(data[at:]) {
			return records, len(data) - at, nil
		}
		seq := int64(len(records)) + 1
		if !ok {
			return records, 0, damagedRecord(seq, at, "its length or checksum does not match")
		}
		r, err := decodeRecord(body)
		if err != nil {
			return records, 0, fmt.Errorf("record %d of the journal, at byte %d, is not known to this rel: use the version of rel that wrote it or a newer one: %w: %w",
				seq, at, err, ErrUnknownFormat)
		}
		if r.Seq != seq {
			return records, 0, damagedRecord(seq, at, fmt.Sprintf("record %d stands in its place", r.Seq))
		}
		records = append(records, r)
		at += headerSize + len(body) + 1
	}
	return records, 0, nil
}

// frame gives the JSON of the record that data begins with, if it is whole.
func frame(data []byte) ([]byte, bool) {
	length, ok := bodyLength(data)
	if !ok || len(data) <= headerSize+length || data[headerSize+length] != '\n' {
		return nil, false
	}
	body := data[headerSize : headerSize+length]
	return body, bytes.Equal(data[:headerSize], header(body))
}

func bodyLength(data []byte) (int, bool) {
	if len(data) < headerSize {
		return 0, false
	}
	n, err := strconv.ParseUint(string(data[:8]), 16, 32)
	return int(n), err == nil
}

// isTorn says that rest, which is no whole record, is what a crash leaves of the last write:
// the beginning of one line, perhaps followed by zeros where the file had grown and its
// bytes were not written yet. Anything that has more than that was whole once, and is damage.
func isTorn(rest []byte) bool {
	written := bytes.TrimRight(rest, "\x00")
	if bytes.IndexByte(written, '\n') >= 0 {
		return false
	}
	length, ok := bodyLength(written)
	return len(written) < headerSize || ok && len(written) <= headerSize+length
}

func decodeRecord(body []byte) (Record, error) {
	var r Record
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return Record{}, err
	}
	if err := onlySpace(d); err != nil {
		return Record{}, err
	}
	if !slices.Contains(recordTypes(), r.Type) {
		return Record{}, fmt.Errorf("type %q", r.Type)
	}
	return r, nil
}

func damagedRecord(seq int64, at int, what string) error {
	return fmt.Errorf("record %d of the journal, at byte %d: %s; nothing was changed, and the %d records before it are good: "+
		"put the journal back from a backup, or run rel state recover: %w", seq, at, what, seq-1, ErrDamaged)
}
