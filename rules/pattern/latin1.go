package pattern

import (
	"io"
	"time"
)

// latin1 writes text so that each of its bytes is the rune of the same number. Text in ASCII is returned as it is.
// buffer, if not nil, is used and grown.
func latin1(buffer *[]byte, text []byte) []byte {
	high := 0
	for _, c := range text {
		high += int(c >> 7)
	}
	if high == 0 {
		return text
	}
	var out []byte
	if buffer != nil {
		out = (*buffer)[:0]
	}
	if n := len(text) + high; cap(out) < n {
		out = make([]byte, 0, n+n/4)
	}
	for _, c := range text {
		if c < 0x80 {
			out = append(out, c)
		} else {
			out = append(out, 0xC0|c>>6, 0x80|c&0x3F)
		}
	}
	if buffer != nil {
		*buffer = out
	}
	return out
}

// byteReader reads a text's bytes as runes, and ends early when its time is over.
type byteReader struct {
	text  []byte
	pos   int
	clock clock
	left  time.Duration
	cut   bool
}

// ReadRune implements io.RuneReader.
func (b *byteReader) ReadRune() (rune, int, error) {
	if b.pos == len(b.text) {
		return 0, 0, io.EOF
	}
	if b.pos%256 == 255 && b.clock.read() > b.left {
		b.cut = true
		return 0, 0, io.EOF
	}
	c := b.text[b.pos]
	b.pos++
	return rune(c), 1, nil
}
