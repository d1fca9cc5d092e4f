package signature

import (
	"bytes"
	"crypto/sha256"
	"hash"
	"sync"
)

// hasher hashes what is written to it, from a buffer, so that the hash sees no small pieces.
type hasher struct {
	hash  hash.Hash
	buf   []byte
	left  int64 // bytes still to be hashed; the rest is only counted
	total int64
	sum   [sha256.Size]byte
}

var hashers = sync.Pool{New: func() any { return &hasher{hash: sha256.New(), buf: make([]byte, 0, 4096)} }}

func newHasher(limit int64) *hasher {
	w := hashers.Get().(*hasher)
	w.hash.Reset()
	w.buf, w.left, w.total = w.buf[:0], limit, 0
	return w
}

// done gives the sum and puts the hasher back.
func (w *hasher) done() (sum [sha256.Size]byte, total int64) {
	w.flush()
	w.hash.Sum(w.sum[:0])
	sum, total = w.sum, w.total
	hashers.Put(w)
	return sum, total
}

// write hashes large pieces from where they are.
func (w *hasher) write(p []byte) {
	w.flush()
	w.total += int64(len(p))
	p = p[:min(int64(len(p)), w.left)]
	w.left -= int64(len(p))
	w.hash.Write(p)
}

func (w *hasher) flush() {
	if len(w.buf) > 0 {
		p := w.buf
		w.buf = w.buf[:0]
		w.total += int64(len(p))
		p = p[:min(int64(len(p)), w.left)]
		w.left -= int64(len(p))
		w.hash.Write(p)
	}
}

// room makes the buffer ready for n bytes, of which it takes at least one.
func (w *hasher) room(n int) []byte {
	if cap(w.buf)-len(w.buf) < n {
		w.flush()
	}
	return w.buf
}

// newlines writes line ends.
func (w *hasher) newlines(n int) {
	for range n {
		w.buf = append(w.room(2), '\r', '\n')
	}
}

// hash gives the sum of the first n bytes of the canonical body, and the length of all of it.
func (b *Body) hash(c Canon, n int64) ([sha256.Size]byte, int64) {
	w := newHasher(n)
	if c == Relaxed {
		w.relaxed(b.raw)
	} else {
		w.simple(b.raw)
	}
	return w.done()
}

// simple writes a body of the simple canonical form: no empty lines at its end but one line end (RFC 6376 section 3.4.3).
func (w *hasher) simple(raw []byte) {
	raw = cutEnds(raw)
	from := 0
	for i := 0; i < len(raw); {
		n := bytes.IndexByte(raw[i:], '\n')
		if n < 0 {
			break
		}
		if i += n; i == 0 || raw[i-1] != '\r' { // LF alone: it was CRLF when it was signed
			w.write(raw[from:i])
			w.newlines(1)
			from = i + 1
		}
		i++
	}
	w.write(raw[from:])
	w.newlines(1)
}

// cutEnds cuts all line ends from the end.
func cutEnds(raw []byte) []byte {
	for len(raw) > 0 && raw[len(raw)-1] == '\n' {
		raw = raw[:len(raw)-1]
		if len(raw) > 0 && raw[len(raw)-1] == '\r' {
			raw = raw[:len(raw)-1]
		}
	}
	return raw
}

// relaxed writes a body of the relaxed canonical form (RFC 6376 section 3.4.4). Lines that are in it already, which are
// nearly all, are hashed many at once from where they are.
func (w *hasher) relaxed(raw []byte) {
	raw = cutBlankEnd(raw)
	from := 0 // of the lines that are yet to be written
	for i := 0; i < len(raw); {
		end, next := len(raw), len(raw)
		if n := bytes.IndexByte(raw[i:], '\n'); n >= 0 {
			end, next = i+n, i+n+1
		}
		line, ended := bytes.CutSuffix(raw[i:end], []byte{'\r'})
		if end == next { // the last line; CR alone is a character
			line, ended = raw[i:end], true
		}
		if !ended || !isRelaxed(line) {
			w.plain(raw[from:i])
			w.words(bytes.TrimRight(line, " \t"))
			if end < next {
				w.newlines(1)
			}
			from = next
		}
		i = next
	}
	w.plain(raw[from:])
	if len(raw) > 0 {
		w.newlines(1)
	}
}

// cutBlankEnd cuts line ends and white space from the end.
func cutBlankEnd(raw []byte) []byte {
	for {
		if cut := bytes.TrimRight(cutEnds(raw), " \t"); len(cut) < len(raw) {
			raw = cut
			continue
		}
		return raw
	}
}

// isRelaxed tells whether a line is its own relaxed form.
func isRelaxed(line []byte) bool {
	return (len(line) == 0 || line[len(line)-1] != ' ') && bytes.IndexByte(line, '\t') < 0 && !bytes.Contains(line, twoSpaces)
}

// words writes a line with each run of white space made one space.
func (w *hasher) words(line []byte) {
	for len(line) > 0 {
		buf := w.room(min(len(line), cap(w.buf)))
		n := min(len(line), cap(buf)-len(buf))
		w.buf = squeezeBlanks(buf, line[:n])
		line = line[n:]
		for isBlank(w.buf[len(w.buf)-1]) && len(line) > 0 && isBlank(line[0]) {
			line = line[1:]
		}
	}
}

var twoSpaces = []byte("  ")

// plain writes bytes as they are.
func (w *hasher) plain(line []byte) {
	if len(line) > cap(w.buf) {
		w.write(line)
		return
	}
	w.buf = append(w.room(len(line)), line...)
}

// squeezeBlanks appends a line with each run of white space made one space.
func squeezeBlanks(dst, line []byte) []byte {
	from := 0
	for i := 0; i < len(line); i++ {
		if c := line[i]; c > ' ' || !isBlank(c) || c == ' ' && (i+1 == len(line) || !isBlank(line[i+1])) {
			continue
		}
		dst = append(append(dst, line[from:i]...), ' ')
		for i+1 < len(line) && isBlank(line[i+1]) {
			i++
		}
		from = i + 1
	}
	return append(dst, line[from:]...)
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }
