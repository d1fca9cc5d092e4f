package archive

import (
	"unicode/utf16"
	"unsafe"
)

// The properties of 7z's header (7zFormat.txt).
const (
	idEnd           = 0x00
	idHeader        = 0x01
	idArchiveProps  = 0x02
	idAdditional    = 0x03
	idMainStreams   = 0x04
	idFiles         = 0x05
	idPackInfo      = 0x06
	idUnpackInfo    = 0x07
	idSubStreams    = 0x08
	idSize          = 0x09
	idCRC           = 0x0a
	idFolder        = 0x0b
	idUnpackSize    = 0x0c
	idNumUnpack     = 0x0d
	idEmptyStream   = 0x0e
	idEmptyFile     = 0x0f
	idNames         = 0x11
	idAttributes    = 0x15
	idEncodedHeader = 0x17
)

// sevenData reads a header. What is impossible sets bad; then everything reads as zero, so that loops end.
type sevenData struct {
	b   []byte
	bad bool
}

// stretch64 is a range of bytes in the packed streams.
type stretch64 struct{ from, to int64 }

// sevenCoder is one method with its input streams.
type sevenCoder struct {
	method    uint64
	first, in int // input streams
	props     []byte
}

// sevenFolder is packed data with the coders it went through, and the sizes of the files in it.
type sevenFolder struct {
	coders    []sevenCoder
	binds     []struct{ in, out int }
	packed    []int   // input streams that are packed streams
	firstPack int     // index of its first packed stream
	sizes     []int64 // of each coder's output
	crc       bool
	files     []int64
}

// sevenStreams is the packed data of an archive.
type sevenStreams struct {
	packs   []stretch64
	folders []sevenFolder
}

// sevenFile is a file as the header lists it.
type sevenFile struct {
	name       string
	empty      bool // has no data
	emptyFile  bool // a file without data, else a folder
	attributes uint32
}

func (f *sevenFile) kind() Kind {
	switch mode := f.attributes >> 16; {
	case f.attributes&0x8000 != 0 && mode&0xf000 == 0xa000, f.attributes&0x400 != 0:
		return Link
	case f.attributes&0x10 != 0, f.empty && !f.emptyFile:
		return Dir
	}
	return File
}

func (f *sevenFolder) encrypted() bool {
	for i := range f.coders {
		if f.coders[i].method == methodAES {
			return true
		}
	}
	return false
}

// bound tells whether another coder takes the output of coder k.
func (f *sevenFolder) bound(k int) bool {
	for _, b := range f.binds {
		if b.out == k {
			return true
		}
	}
	return false
}

func (r *sevenData) byte() byte {
	if len(r.b) == 0 {
		r.bad = true
		return 0
	}
	c := r.b[0]
	r.b = r.b[1:]
	return c
}

func (r *sevenData) bytes(n int64) []byte {
	if n < 0 || n > int64(len(r.b)) {
		r.bad, r.b = true, nil
		return nil
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b
}

// number reads an integer: the high bits of the first byte tell how many bytes follow.
func (r *sevenData) number() int64 {
	first := r.byte()
	v, mask := uint64(0), byte(0x80)
	for i := range 8 {
		if first&mask == 0 {
			v |= uint64(first&(mask-1)) << (8 * i)
			break
		}
		v |= uint64(r.byte()) << (8 * i)
		mask >>= 1
	}
	return clamp(v)
}

// count reads a number of things, each of which takes room in the header.
func (r *sevenData) count() int {
	n := r.number()
	if n > int64(len(r.b)) {
		r.bad, r.b = true, nil
		return 0
	}
	return int(n)
}

// bits reads n bits, the highest first.
func (r *sevenData) bits(n int) []bool {
	b := r.bytes(int64(n+7) / 8)
	list := make([]bool, n)
	for i := range list {
		list[i] = !r.bad && b[i/8]&(0x80>>(i%8)) != 0
	}
	return list
}

// defined reads which of n things have a value, and how many that are.
func (r *sevenData) defined(n int) (has []bool, count int) {
	if r.byte() != 0 {
		return nil, n
	}
	has = r.bits(n)
	for _, yes := range has {
		if yes {
			count++
		}
	}
	return has, count
}

// skipDigests passes over n checksums.
func (r *sevenData) skipDigests(n int) (has []bool) {
	has, count := r.defined(n)
	r.bytes(int64(count) * 4)
	return has
}

// inside tells whether a is a piece of b's memory.
func inside(a, b []byte) bool {
	at, from := uintptr(unsafe.Pointer(unsafe.SliceData(a))), uintptr(unsafe.Pointer(unsafe.SliceData(b)))
	return at >= from && at < from+uintptr(len(b))
}

// text reads UTF-16 up to a zero.
func (r *sevenData) text() string {
	for i := 0; i+1 < len(r.b); i += 2 {
		if r.b[i] == 0 && r.b[i+1] == 0 {
			units := make([]uint16, min(i/2, 32<<10))
			for k := range units {
				units[k] = little.Uint16(r.b[2*k:])
			}
			r.b = r.b[i+2:]
			return string(utf16.Decode(units))
		}
	}
	r.bad, r.b = true, nil
	return ""
}
