package rules

import (
	"bytes"

	"weir/message/part"
)

// body shows the text that a reader sees, a paragraph at a time with white space folded, the Subject first. Text of
// HTML that a reader does not see comes behind the visible text of its part: what hides it may fail to.
func (r *run) body() {
	r.subject = true
	r.view.para = append(append(r.view.para[:0], r.m.Subject()...), '\n')
	more := r.lines(r.view.para)
	r.subject = false
	if !more {
		return
	}
	r.textParts(maxBodyPart, func(p *part.Part, limit int) (int, bool) {
		doc := p.HTML()
		if doc == nil && !p.IsText() { // the fields of notices: rawbody shows them
			return 0, true
		}
		if doc == nil {
			return r.paragraphs(p.Text(), limit)
		}
		used, more := r.paragraphs(doc.Text, limit)
		if !more || doc.Hidden == "" {
			return used, more
		}
		hidden, more := r.paragraphs(doc.Hidden, limit)
		return used + hidden, more
	})
}

// space says which bytes are white space: 1 a blank, 2 a line end.
var space = [256]uint8{' ': 1, '\t': 1, '\v': 1, '\f': 1, '\r': 1, '\n': 2}

// paragraphs cuts a text at empty lines and shows each piece with a line end behind it.
func (r *run) paragraphs(text string, limit int) (used int, more bool) {
	text, cut := cutText(text, limit, ' ')
	if cut {
		r.view.short("text of a part beyond 50 kB")
	}
	b, para := asBytes(text), r.view.para[:0]
	for i := 0; i < len(b); {
		start := i
		for i < len(b) && space[b[i]] == 0 && b[i] < 0xC2 {
			i++
		}
		para = append(para, b[start:i]...)
		if i == len(b) {
			break
		}
		n, ends := blankRun(b[i:])
		switch i += n; {
		case n == 0: // a byte beyond ASCII that is no white space
			para = append(para, b[i])
			i++
		case ends < 2:
			para = append(para, ' ')
		default:
			r.view.para = append(para, '\n')
			if !r.lines(r.view.para) {
				return len(text), false
			}
			para = r.view.para[:0]
		}
	}
	if len(para) > 0 {
		para = append(para, '\n')
	}
	r.view.para = para
	return len(text), r.lines(para)
}

// blankRun measures the white space that b begins with, and counts its line ends.
func blankRun(b []byte) (n, ends int) {
	for n < len(b) {
		c := b[n]
		switch {
		case space[c] != 0:
			ends += int(space[c] >> 1)
			n++
		case c >= 0xC2:
			w := wideBlank(b[n:])
			if w == 0 {
				return n, ends
			}
			n += w
		default:
			return n, ends
		}
	}
	return n, ends
}

// wideBlank gives the length of a white space character beyond ASCII, in UTF-8; 0: it is none.
func wideBlank(b []byte) int {
	switch {
	case len(b) < 2:
		return 0
	case b[0] == 0xC2 && (b[1] == 0xA0 || b[1] == 0x85): // no-break space, next line
		return 2
	case len(b) < 3:
		return 0
	case b[0] == 0xE2 && b[1] == 0x80 && (b[2] <= 0x8A || b[2] == 0xA8 || b[2] == 0xA9 || b[2] == 0xAF):
		return 3
	case b[0] == 0xE2 && b[1] == 0x81 && b[2] == 0x9F, b[0] == 0xE3 && b[1] == 0x80 && b[2] == 0x80:
		return 3
	}
	return 0
}

// lines shows a paragraph, in pieces of at most 2 kB that end at a blank where there is one.
func (r *run) lines(para []byte) bool {
	for len(para) > pieceSize {
		n := bytes.LastIndexByte(para[:pieceSize], ' ') + 1
		if n == 0 {
			n = pieceSize
		}
		if !r.look(para[:n]) {
			return false
		}
		para = para[n:]
	}
	return r.look(para)
}
