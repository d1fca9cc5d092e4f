package archive

import (
	"errors"

	"weir/message/archive/lzma"
)

// errFilter says that an xz file has a filter that is not undone.
var errFilter = errors.New("archive: unknown xz filter")

// xz unpacks the blocks of all streams of an xz file (the .xz file format, version 1.2.1). Checksums are not looked at:
// what a program would show with a warning is scanned as well.
func (c *container) xz(data []byte) ([]byte, Problem) {
	foreign := false
	out, why := c.sink(-1, int64(len(data)), func(s *lzma.Sink) error {
		err := xzStreams(s, data)
		foreign = errors.Is(err, errFilter)
		return err
	})
	if foreign {
		return out, Unsupported
	}
	return out, why
}

func xzStreams(s *lzma.Sink, data []byte) error {
	for len(data) >= 12 && string(data[:6]) == "\xfd7zXZ\x00" {
		check := checkSize(data[7])
		data = data[12:]
		for len(data) > 0 && data[0] != 0 {
			n, err := xzBlock(s, data, check)
			if err != nil {
				return err
			}
			data = data[n:]
		}
		if len(data) == 0 {
			return lzma.ErrShort
		}
		data = behindIndex(data)
	}
	return nil
}

// checkSize is how many bytes of checksum follow a block, by the type of check.
func checkSize(kind byte) int {
	if kind &= 15; kind == 0 {
		return 0
	}
	return [...]int{4, 8, 16, 32, 64}[(kind-1)/3]
}

// xzBlock unpacks one block; n is its length with padding and checksum.
func xzBlock(s *lzma.Sink, data []byte, check int) (n int, err error) {
	head := (int(data[0]) + 1) * 4
	if head > len(data) || head < 8 {
		return 0, lzma.ErrShort
	}
	x86, err := xzFilters(data[:head])
	if err != nil {
		return 0, err
	}
	from := len(s.Out)
	used, err := lzma.Decode2(s, data[head:])
	if x86 {
		unBCJ(s.Out[from:])
	}
	if err != nil {
		return 0, err
	}
	used += -used & 3
	return min(head+used+check, len(data)), nil
}

// xzFilters reads which filters a block went through: LZMA2 last, and before it one for programs.
func xzFilters(h []byte) (x86 bool, err error) {
	flags := h[1]
	at := 2
	if flags&0x40 != 0 {
		at += varintLen(h[at:])
	}
	if flags&0x80 != 0 {
		at += varintLen(h[at:])
	}
	for range flags&3 + 1 {
		if at+2 > len(h) {
			return false, lzma.ErrCorrupt
		}
		switch id, n := h[at], int(h[at+1]); {
		case n > len(h):
			return false, lzma.ErrCorrupt
		case id == 0x21:
		case id == 4:
			x86 = true
		case id >= 5 && id <= 11: // other processors: only targets of jumps differ
		default:
			return false, errFilter
		}
		at += 2 + int(h[at+1])
	}
	return x86, nil
}

// varintLen is the length of a number of 7 bits a byte.
func varintLen(b []byte) int {
	for i, c := range b {
		if c < 0x80 {
			return i + 1
		}
	}
	return len(b)
}

// behindIndex gives what follows a stream: its index ends with a footer "YZ", padding may come before the next stream.
func behindIndex(data []byte) []byte {
	for i := 12; i+6 <= len(data); i++ {
		if string(data[i:i+6]) == "\xfd7zXZ\x00" {
			return data[i:]
		}
	}
	return nil
}
