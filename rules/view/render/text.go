package render

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// text takes a piece of text between two tags.
func (r *renderer) text(raw []byte) {
	if r.section == ignore || len(raw) == 0 {
		return
	}
	switch {
	case r.seen.script > 0:
		r.doc.lists[Script].begin()
		r.decodeTo(&r.doc.lists[Script], raw)
		return
	case r.seen.style > 0:
		return
	}
	start := len(r.doc.buf)
	wide := r.wide
	if r.raw {
		r.doc.buf = append(r.doc.buf, raw...)
	} else {
		r.doc.buf, wide = appendDecoded(r.doc.buf, raw, r.wide, true)
	}
	text := r.doc.buf[start:]
	r.doc.Wide = r.doc.Wide || wide
	if r.seen.anchor > 0 {
		if r.links != nil {
			r.links.Text(string(text))
		}
		r.doc.lists[Anchor].add(text, wide)
	}
	if r.seen.title > 0 {
		r.doc.lists[Title].add(text, wide)
	}
	hidden := !isEmpty(text) && r.isHidden()
	r.neighbours(text, wide)
	r.show(start, wide, hidden)
}

func (r *renderer) decodeTo(l *list, raw []byte) {
	if r.raw {
		l.add(raw, r.wide)
		return
	}
	l.add(appendDecoded(nil, raw, r.wide, true))
}

// isEmpty tells whether there is only white space of ASCII.
func isEmpty(text []byte) bool {
	for _, c := range text {
		if !isSpace(c) {
			return false
		}
	}
	return true
}

// neighbours notes a tag within a word: obfuscation.
func (r *renderer) neighbours(text []byte, wide bool) {
	n := len(r.doc.chunks)
	if n == 0 {
		return
	}
	before := &r.doc.chunks[n-1]
	prev := r.doc.buf[r.piece:before.end]
	last, _ := utf8.DecodeLastRune(prev)
	if len(prev) == 0 || !inWord(last, before.wide) {
		return
	}
	first, _ := utf8.DecodeRune(text)
	if !inWord(first, wide) {
		return
	}
	f := &r.doc.facts
	f.obfuscation++
	a, b := wordEnd(prev, before.wide), wordStart(text, wide)
	if a > 0 && b > 0 {
		f.backhair |= 1 << ((a-1)*7 + b - 1)
	}
}

// inWord tells whether a character is neither white space nor punctuation of ASCII.
func inWord(c rune, wide bool) bool {
	if c < 0x80 {
		return !(isSpace(byte(c)) || c >= '!' && c <= '/' || c >= ':' && c <= '@' || c >= '[' && c <= '`' || c >= '{' && c <= '~')
	}
	return !wide || !unicode.IsSpace(c)
}

// isLetter tells whether Perl's \w has a character.
func isLetter(c rune, wide bool) bool {
	if c < 0x80 {
		return isWord(byte(c))
	}
	return wide && (unicode.IsLetter(c) || unicode.IsMark(c) || unicode.Is(unicode.Nd, c) || unicode.Is(unicode.Pc, c) || unicode.Is(unicode.Nl, c))
}

// wordEnd gives the length of the word, of at most 7 characters, that a text ends with; 0: it ends with none.
func wordEnd(text []byte, wide bool) int {
	best, n := 0, 0
	after, w := utf8.DecodeLastRune(text)
	for n < 7 && w > 0 && inWord(after, wide) {
		text = text[:len(text)-w]
		n++
		before, bw := utf8.DecodeLastRune(text)
		if (bw > 0 && isLetter(before, wide)) != isLetter(after, wide) {
			best = n
		}
		after, w = before, bw
	}
	return best
}

// wordStart gives the length of the word, of at most 7 characters, that a text begins with.
func wordStart(text []byte, wide bool) int {
	best, n := 0, 0
	before, w := utf8.DecodeRune(text)
	for n < 7 && w > 0 && inWord(before, wide) {
		text = text[w:]
		n++
		after, aw := utf8.DecodeRune(text)
		if (aw > 0 && isLetter(after, wide)) != isLetter(before, wide) {
			best = n
		}
		before, w = after, aw
	}
	return best
}

// show adds the text from start on, white space folded.
func (r *renderer) show(start int, wide, hidden bool) {
	text := fold(r.doc.buf[start:])
	from := start
	if n := len(r.doc.chunks); n > 0 && !hidden && r.doc.chunks[n-1].blank && len(text) > 0 && text[0] == ' ' {
		from++
	}
	r.doc.buf = r.doc.buf[:start+len(text)]
	r.add(from, look{hidden: hidden, wide: wide})
}

// add makes the text from start on a piece of the last chunk, or a chunk.
func (r *renderer) add(start int, l look) {
	r.piece = int32(start)
	end := int32(len(r.doc.buf))
	if n := len(r.doc.chunks); n > 0 {
		if last := &r.doc.chunks[n-1]; last.look == l && last.end == r.piece {
			last.end = end
			return
		}
	}
	r.doc.chunks = append(r.doc.chunks, chunk{start: r.piece, end: end, look: l})
}

// fold puts one blank in place of white space, in the text's own memory.
func fold(text []byte) []byte {
	i := 0
	for i < len(text) && (!isSpace(text[i]) || text[i] == ' ' && (i+1 == len(text) || !isSpace(text[i+1]))) && text[i] != 0xC3 {
		i++
	}
	out := text[:i]
	for i < len(text) {
		switch c := text[i]; {
		case isSpace(c):
			for i < len(text) && isSpace(text[i]) {
				i++
			}
			out = append(out, ' ')
		case c == 0xC3 && bytes.HasPrefix(text[i:], misread):
			out = append(out, ' ')
			i += len(misread)
		default:
			out = append(out, c)
			i++
		}
	}
	return out
}

// misread is a no-break space in UTF-8 that was read as Latin-1, and so encoded twice.
var misread = []byte("\u00c2\u00a0")

// blank shows white space in place of a tag.
func (r *renderer) blank(s string) {
	if n := len(r.doc.chunks); n > 0 {
		c := &r.doc.chunks[n-1]
		if !c.blank && !c.hidden && c.end > r.piece && r.doc.buf[c.end-1] == ' ' {
			c.end--
		}
	}
	start := len(r.doc.buf)
	r.doc.buf = append(r.doc.buf, s...)
	r.add(start, look{blank: true})
}

func (r *renderer) comment(text []byte) {
	if r.section == ignore {
		return
	}
	l := &r.doc.lists[Comment]
	l.begin()
	l.add(text, r.wide)
}
