// Package lzma unpacks LZMA and LZMA2, the methods of 7z, xz and .lzma files.
//
// What is unpacked is its own dictionary: output goes into one slice, and matches are copied from it. So memory is bounded
// by what may come out, whatever size of dictionary a header claims, and a header of 40 bytes can't make anybody allocate
// gigabytes. The format is that of the LZMA specification in Igor Pavlov's LZMA SDK.
package lzma

import "errors"

// The errors. What was unpacked before one of them is kept.
var (
	ErrCorrupt = errors.New("lzma: corrupt data")
	ErrShort   = errors.New("lzma: the data ends too early")
	ErrLimit   = errors.New("lzma: more than may be unpacked")
	ErrStopped = errors.New("lzma: stopped by the caller")
)

// Sink is where unpacked bytes go and how many there may be.
type Sink struct {
	Out  []byte      // appended to
	Max  int         // length that Out may reach
	Stop func() bool // asked now and then whether to give up; nil: never

	start int // where the dictionary begins
	asked int
}

// room tells whether more may be written. It asks Stop every 64 kB.
func (s *Sink) room() error {
	if len(s.Out) >= s.Max {
		return ErrLimit
	}
	if s.Stop != nil && len(s.Out)-s.asked >= 1<<16 {
		s.asked = len(s.Out)
		if s.Stop() {
			return ErrStopped
		}
	}
	return nil
}

// Alone unpacks an .lzma file: five bytes of properties, a length, a stream.
func Alone(s *Sink, src []byte) error {
	if len(src) < 13 {
		return ErrShort
	}
	size := int64(0)
	for i := range 8 {
		size |= int64(src[5+i]) << (8 * i)
	}
	return Decode(s, src[13:], src[0], size)
}

// Decode unpacks one LZMA stream. prop is the byte that holds lc, lp and pb; size is how many bytes come out, below 0: an
// end mark tells.
func Decode(s *Sink, src []byte, prop byte, size int64) error {
	d := decoder{sink: s}
	if !d.properties(prop) {
		return ErrCorrupt
	}
	s.start, s.asked = len(s.Out), len(s.Out)
	if err := d.begin(src); err != nil {
		return err
	}
	return d.run(size)
}

// Decode2 unpacks LZMA2: chunks with a control byte each. n is how many bytes of src it took.
func Decode2(s *Sink, src []byte) (n int, err error) {
	d := decoder{sink: s}
	s.start, s.asked = len(s.Out), len(s.Out)
	at := 0
	for {
		if at >= len(src) {
			return at, ErrShort
		}
		control := src[at]
		switch {
		case control == 0:
			return at + 1, nil
		case control <= 2:
			at, err = d.stored(src, at, control == 1)
		case control < 0x80:
			return at, ErrCorrupt
		default:
			at, err = d.chunk(src, at, control)
		}
		if err != nil {
			return at, err
		}
	}
}

// stored copies a chunk that is not packed.
func (d *decoder) stored(src []byte, at int, reset bool) (int, error) {
	if at+3 > len(src) {
		return at, ErrShort
	}
	n := int(src[at+1])<<8 + int(src[at+2]) + 1
	at += 3
	if reset {
		d.sink.start = len(d.sink.Out)
	}
	data := src[at:min(at+n, len(src))]
	if fits := d.sink.Max - len(d.sink.Out); len(data) > fits {
		d.sink.Out = append(d.sink.Out, data[:max(fits, 0)]...)
		return at, ErrLimit
	}
	d.sink.Out = append(d.sink.Out, data...)
	if len(data) < n {
		return at, ErrShort
	}
	return at + n, d.sink.more()
}

// more asks Stop between chunks.
func (s *Sink) more() error {
	if len(s.Out) >= s.Max {
		return nil
	}
	return s.room()
}

// chunk unpacks a packed chunk; the control byte tells what is reset before.
func (d *decoder) chunk(src []byte, at int, control byte) (int, error) {
	if at+6 > len(src) {
		return at, ErrShort
	}
	size := int64(control&0x1f)<<16 + int64(src[at+1])<<8 + int64(src[at+2]) + 1
	packed := int(src[at+3])<<8 + int(src[at+4]) + 1
	at += 5
	if control >= 0xe0 {
		d.sink.start = len(d.sink.Out)
	}
	if control >= 0xc0 {
		if !d.properties(src[at]) || d.lc+d.lp > 4 {
			return at, ErrCorrupt
		}
		at++
	} else if control >= 0xa0 {
		d.resetState()
	}
	if err := d.begin(src[at:min(at+packed, len(src))]); err != nil {
		return at, err
	}
	if err := d.run(size); err != nil {
		return at, err
	}
	return min(at+packed, len(src)), nil
}
