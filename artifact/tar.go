package artifact

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
)

const (
	tarBlock   = 512
	readBuffer = 256 << 10
)

func (c contents) readTar(kind string, each func(member) error) error {
	stream, done, err := c.unpacked(kind)
	if err != nil {
		return err
	}
	defer done()
	tail := &zeroTail{r: stream}
	for tr := tar.NewReader(tail); ; {
		tail.zeros = 0 // what is left to read of the last member is less than a block
		h, err := tr.Next()
		if err == io.EOF {
			return endTar(tail)
		}
		if err == nil && h.Typeflag != tar.TypeXGlobalHeader {
			err = each(tarMember(h, tr))
		}
		if err == nil {
			_, err = io.Copy(io.Discard, tr)
		}
		if err != nil {
			return explainWindow(err)
		}
	}
}

func tarMember(h *tar.Header, body io.Reader) member {
	return member{
		name:   h.Name,
		what:   tarType(h.Typeflag),
		mode:   h.FileInfo().Mode(),
		size:   h.Size,
		target: h.Linkname,
		time:   h.ModTime,
		body:   body,
	}
}

func tarType(flag byte) memberType {
	switch flag {
	case tar.TypeReg:
		return aFile
	case tar.TypeDir:
		return aFolder
	case tar.TypeSymlink:
		return aLink
	case tar.TypeLink:
		return aHardLink
	case tar.TypeChar, tar.TypeBlock:
		return "device"
	case tar.TypeFifo:
		return "FIFO"
	case tar.TypeGNUSparse:
		return "sparse file"
	}
	return memberType(fmt.Sprintf("member of type %q", flag))
}

// endTar tells the end of a tar, which is marked, from the end of what arrived of it. Reading on to the end of the
// stream has its packing verify its own checksum.
func endTar(tail *zeroTail) error {
	if tail.zeros < tarBlock {
		return fmt.Errorf("the mark at its end is missing: %w", io.ErrUnexpectedEOF)
	}
	_, err := io.Copy(io.Discard, tail)
	return explainWindow(err)
}

// zeroTail counts the zero bytes at the end of what was read.
type zeroTail struct {
	r     io.Reader
	zeros int
}

func (t *zeroTail) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	run := 0
	for run < n && p[n-1-run] == 0 {
		run++
	}
	if run == n {
		run += t.zeros
	}
	t.zeros = run
	return n, err
}

// unpacked is the stream without its packing, limited. done frees what reading it takes.
func (c contents) unpacked(kind string) (stream io.Reader, done func(), err error) {
	packed := bufio.NewReaderSize(c.stream(), readBuffer)
	done = func() {}
	switch kind {
	case KindTar:
		stream = packed
	case KindTarGz:
		stream, err = gzip.NewReader(packed)
	case KindTarZst:
		var z *zstd.Decoder
		z, err = zstd.NewReader(packed, zstd.WithDecoderMaxMemory(c.limits.Memory), zstd.WithDecoderConcurrency(1))
		if err == nil {
			stream, done = z, z.Close
		}
	}
	if err != nil {
		return nil, nil, explainWindow(err)
	}
	return &meter{r: stream, left: c.limits.Bytes, limit: c.limits.Bytes}, done, nil
}

func explainWindow(err error) error {
	if errors.Is(err, zstd.ErrWindowSizeExceeded) || errors.Is(err, zstd.ErrDecoderSizeExceeded) {
		return fmt.Errorf("%w: unpacking it takes more memory than the limit allows; pack it without --long or --ultra: %w", ErrUnsafe, err)
	}
	return err
}

// meter ends a stream that is longer than the limit: a few bytes can unpack to any number.
type meter struct {
	r           io.Reader
	left, limit int64
}

func (m *meter) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	m.left -= int64(n)
	if m.left < 0 {
		return 0, tooLarge(m.limit)
	}
	return n, err
}

func tooLarge(limit int64) error {
	return fmt.Errorf("%w: it unpacks to more than the limit of %s", ErrUnsafe, bytesText(limit))
}
