package html

import "strings"

// writer collects text with white space folded: runs of it become one space, block borders one newline.
type writer struct {
	buf     []byte
	pending byte // white space to write before the next text: 0, ' ' or '\n'
}

// maxKept is the largest buffer that is kept for the next document.
const maxKept = 1 << 20

func (w *writer) reset() {
	if cap(w.buf) > maxKept {
		w.buf = nil
	}
	w.buf, w.pending = w.buf[:0], 0
}

// String gives the text without white space at the end.
func (w *writer) String() string { return string(w.buf) }

// space asks for a space before the next text.
func (w *writer) space() {
	if w.pending == 0 {
		w.pending = ' '
	}
}

// newline asks for a newline before the next text.
func (w *writer) newline() { w.pending = '\n' }

// flush writes the white space that was asked for; none at the beginning.
func (w *writer) flush() {
	if w.pending != 0 && len(w.buf) > 0 {
		w.buf = append(w.buf, w.pending)
	}
	w.pending = 0
}

// mark is the place where the next text will begin.
func (w *writer) mark() int {
	if w.pending != 0 && len(w.buf) > 0 {
		return len(w.buf) + 1
	}
	return len(w.buf)
}

// write appends text, decoding character references if asked, and says how many bytes it added. pre keeps newlines.
func (w *writer) write(s string, decode, pre bool) int {
	before := len(w.buf)
	for s != "" {
		n := spanWord(s)
		if n > 0 {
			w.flush()
			w.buf = appendWord(w.buf, s[:n], decode)
			s = s[n:]
			continue
		}
		w.blank(s[0], pre)
		s = s[1:]
	}
	return len(w.buf) - before
}

// spanWord is the length of the piece without white space that s begins with.
func spanWord(s string) int {
	for i := 0; i < len(s); i++ {
		if s[i] <= ' ' && (isSpace(s[i]) || s[i] == '\v') {
			return i
		}
	}
	return len(s)
}

func (w *writer) blank(c byte, pre bool) {
	if pre && c == '\n' {
		w.newline()
		return
	}
	w.space()
}

// appendWord appends a piece without white space, with its character references decoded and NUL replaced.
func appendWord(dst []byte, s string, decode bool) []byte {
	if decode && strings.IndexByte(s, '&') >= 0 {
		return appendUnescaped(dst, s, false)
	}
	return append(dst, s...)
}

// foldString is a piece of text on its own, decoded and folded.
func foldString(s string) string {
	var w writer
	w.write(s, true, false)
	return string(w.buf)
}
