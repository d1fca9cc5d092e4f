package archive

import (
	"bytes"
	"compress/bzip2"
	"encoding/binary"
	"io"
	"sync"

	"github.com/klauspost/compress/flate"

	"weir/message/archive/lzma"
)

// Signatures and sizes of APPNOTE.TXT, sections 4.3.7 to 4.3.16.
const (
	zipLocal      = "PK\x03\x04"
	zipCentral    = "PK\x01\x02"
	zipLocalSize  = 30
	zipCentalSize = 46
	zipEndSize    = 22
)

var little = binary.LittleEndian

// zipFile is what the directories say of one file.
type zipFile struct {
	name         []byte
	utf8         bool
	flags        uint16
	method       uint16
	packed, size int64
	at           int // of its local header
	unix         uint32
	dir          bool
	hidden       bool // only there before its data, or told differently
}

// zip goes through a zip archive: what its central directory lists, then what that keeps quiet about.
func zip(c *container) {
	z := &zipReader{container: c}
	list, whole := z.central()
	c.office = isOffice(list)
	for i := range list {
		if !z.file(&list[i]) {
			return
		}
	}
	if !whole {
		c.whole(Broken)
	}
	z.gaps()
}

// zipReader reads one zip archive.
type zipReader struct {
	*container
	covered []stretch // of files that were shown
}

// stretch is a range of bytes.
type stretch struct{ from, to int }

// isOffice tells by its file names that a zip archive is an Office document (ECMA-376 part 2, OpenDocument part 2).
func isOffice(list []zipFile) bool {
	for i := range list[:min(len(list), 200)] {
		switch string(list[i].name) {
		case "[Content_Types].xml", "META-INF/manifest.xml":
			return true
		}
	}
	return false
}

// file shows one file. It returns false when the work is to end.
func (z *zipReader) file(f *zipFile) bool {
	name := string(f.name)
	if !f.utf8 {
		name = eightBit(f.name)
	}
	e := z.entry(name, f.kind(), f.size)
	if e == nil {
		return false
	}
	e.Hidden, e.Method = f.hidden, f.method
	start, ok := z.local(f, e)
	switch {
	case f.flags&1 != 0 || f.flags&(1<<13) != 0 || f.method == 99:
		e.Problem = Encrypted
		z.cover(f.at, start+int(max(f.packed, 0)))
	case !ok:
		e.Problem = Broken
	case z.covers(f.at, start):
		e.Problem = Bomb
	case z.want(e):
		z.content(f, e, start)
	default:
		z.cover(f.at, start+int(max(f.packed, 0)))
	}
	z.show(e)
	return true
}

func (f *zipFile) kind() Kind {
	const typeMask, dir, link, block, char = 0xf000, 0x4000, 0xa000, 0x6000, 0x2000
	switch f.unix & typeMask {
	case link:
		return Link
	case block, char:
		return Device
	case dir:
		return Dir
	}
	if f.dir || len(f.name) > 0 && f.name[len(f.name)-1] == '/' && f.size == 0 {
		return Dir
	}
	return File
}

// local reads the header before a file's data, and compares it with what the central directory said.
func (z *zipReader) local(f *zipFile, e *Entry) (start int, ok bool) {
	if f.at < 0 || f.at > len(z.data)-zipLocalSize || string(z.data[f.at:f.at+4]) != zipLocal {
		return 0, false
	}
	h := z.data[f.at:]
	nameEnd := zipLocalSize + int(little.Uint16(h[26:]))
	end := nameEnd + int(little.Uint16(h[28:]))
	if end > len(h) {
		return 0, false
	}
	if name := h[zipLocalSize:nameEnd]; !bytes.Equal(name, f.name) {
		e.Local, e.Hidden = Name(eightBit(name)), true
	}
	if little.Uint16(h[8:]) != f.method && little.Uint16(h[8:]) != 99 {
		e.Hidden = true
	}
	f.flags |= little.Uint16(h[6:]) & 1
	if packed := little.Uint32(h[18:]); packed != 0 && packed != 1<<32-1 && int64(packed) != f.packed {
		e.Hidden = true
		f.packed = max(f.packed, int64(packed))
	}
	return f.at + end, true
}

// content unpacks a file. Where its packed size is a lie, a packed stream is read to its own end all the same.
func (z *zipReader) content(f *zipFile, e *Entry, start int) {
	rest := z.data[start:]
	packed := min(max(f.packed, 0), int64(len(rest)))
	in := &input{w: z.Walker, data: rest}
	switch f.method {
	case 0:
		z.stored(f, e, rest, packed)
		in.at = int(packed)
	case 8:
		e.Data, e.Problem, in.at = z.inflate(rest, f.size, packed)
		if int64(in.at) != packed && e.Problem == None {
			e.Hidden = true
		}
	case 12:
		in.data = rest[:packed]
		e.Data, e.Problem = z.unpack(bzip2.NewReader(in), f.size, packed)
	case 14:
		e.Data, e.Problem = z.zipLZMA(rest[:packed], f)
	case 93:
		in.data = rest[:packed]
		e.Data, e.Problem = z.zstd(in, f.size, packed)
	case 95:
		e.Data, e.Problem = z.xz(rest[:packed])
	default:
		e.Problem = Unsupported
	}
	z.cover(f.at, start+max(in.at, int(packed)))
}

// stored takes what is not packed from where it is, without a copy.
func (z *zipReader) stored(f *zipFile, e *Entry, rest []byte, packed int64) {
	if packed < f.packed || f.size > packed {
		e.Problem = Broken
	}
	e.Data = rest[:packed]
	if most := z.left; packed > most {
		e.Data, e.Problem = rest[:most], TooLarge
	}
	z.left -= int64(len(e.Data))
}

// inflaters lends what unpacks deflate: each has 40 kB of tables.
var inflaters = sync.Pool{New: func() any { return flate.NewReader(nil) }}

// inflate unpacks deflate up to its own end; used is how many bytes it took. It reads from a bytes.Reader, since the
// library has a loop of its own for that; what yields nothing is bounded by the length of data.
func (c *container) inflate(data []byte, size, packed int64) (out []byte, why Problem, used int) {
	r := inflaters.Get().(io.Reader)
	defer inflaters.Put(r)
	in := bytes.NewReader(data)
	if err := r.(flate.Resetter).Reset(in, nil); err != nil {
		return nil, Broken, 0
	}
	out, why = c.unpack(r, size, packed)
	return out, why, len(data) - in.Len()
}

// zipLZMA unpacks method 14: two bytes of version, two of length, then LZMA's five bytes of properties (APPNOTE 5.8.8).
func (z *zipReader) zipLZMA(packed []byte, f *zipFile) ([]byte, Problem) {
	if len(packed) < 9 || little.Uint16(packed[2:]) != 5 {
		return nil, Broken
	}
	size := f.size
	if f.flags&2 != 0 || size < 0 {
		size = -1
	}
	return z.sink(size, int64(len(packed)), func(s *lzma.Sink) error { return lzma.Decode(s, packed[9:], packed[4], size) })
}

func (z *zipReader) cover(from, to int) {
	z.covered = append(z.covered, stretch{from, min(max(to, from), len(z.data))})
}

// covers tells whether a file's beginning lies within another one that was shown already: only bombs, and archives that
// are made to be read differently, do that. The last ones are looked at, since honest archives are in order.
func (z *zipReader) covers(from, to int) bool {
	for i := len(z.covered) - 1; i >= max(0, len(z.covered)-64); i-- {
		if s := z.covered[i]; from < s.to && to > s.from {
			return true
		}
	}
	return false
}
