package render

import (
	"bytes"

	"weir/rules/ascii"
)

// renderer reads a document. Its parser follows HTML::Parser.
type renderer struct {
	src   []byte
	wide  bool
	links Collector
	doc   Document

	literal  string // a tag whose content is text up to its end tag; "" none
	raw      bool   // entities are not decoded
	pending  string // an end tag that is still to be told
	short    bool   // comments end at the first >
	sections []uint8
	section  uint8
	noEnd    map[string]bool // literal tags without an end tag in what follows
	noSquare bool            // no ]]> in what follows

	attrs  []attr
	name   []byte
	piece  int32 // where the last piece of text begins in the document's; it ends with the last chunk
	styles styles
	seen   seen
}

// attr is an attribute as it stands: where its name and its value are in the text. A tag may have hundreds of thousands.
type attr struct {
	name, nameEnd, value, valueEnd int32
}

func (r *renderer) nameOf(a attr) []byte  { return r.src[a.name:a.nameEnd] }
func (r *renderer) valueOf(a attr) []byte { return r.src[a.value:a.valueEnd] }

// at gives a byte of the text; 0 behind its end.
func (r *renderer) at(i int) byte {
	if i < len(r.src) {
		return r.src[i]
	}
	return 0
}

// parse reads the text.
func (r *renderer) parse() {
	pos := r.scan(0)
	pos = r.close(pos, "style")
	r.rest(r.close(pos, "script"))
	r.event()
}

// rest reads what is left: a tag that nothing ends is read in ways that need no end.
func (r *renderer) rest(pos int) {
	for pos < len(r.src) {
		switch {
		case r.literal == "plaintext" || r.literal == "xmp" || r.literal == "iframe" || r.literal == "textarea":
			r.text(r.src[pos:])
			return
		case r.literal != "":
			r.endLiteral()
			pos = r.scan(pos)
		case !r.short && r.src[pos] == '<':
			r.short = true
			pos = r.scan(pos)
		case r.src[pos] == '<' && r.isMarkup(pos+1):
			r.comment(r.src[pos:])
			return
		default:
			r.text(r.src[pos:])
			return
		}
	}
}

func (r *renderer) isMarkup(i int) bool {
	c := r.at(i)
	return i == len(r.src) || class[c]&letter != 0 || c == '/' || c == '!' || c == '?'
}

// close puts end tags behind the text for a tag that was not closed.
func (r *renderer) close(pos int, tag string) int {
	t := &r.doc.known[tags[tag].number]
	for n := t.open; n > 0; n-- {
		rest := append([]byte(nil), r.src[pos:]...)
		r.src = append(append(append(rest, "</"...), tag...), '>')
		delete(r.noEnd, tag)
		if pos = r.scan(0); t.open == 0 || n > 16 {
			break
		}
	}
	return pos
}

// endLiteral ends a literal tag that nothing closes. Whether entities are decoded stays as it was.
func (r *renderer) endLiteral() {
	tag := r.literal
	r.literal = ""
	if tag == "script" || tag == "style" {
		r.endTag([]byte(tag))
		return
	}
	r.pending = tag
}

// event is called before anything but text and comments.
func (r *renderer) event() {
	if r.pending != "" {
		tag := r.pending
		r.pending = ""
		r.endTag([]byte(tag))
	}
}

// scan reads from pos on. It returns where it could not go on: at the end, or at a tag that nothing ends.
func (r *renderer) scan(pos int) int {
	for {
		if r.literal != "" {
			next, ok := r.readLiteral(pos)
			if !ok {
				return pos
			}
			pos = next
		}
		if r.section == cdata || r.section == rcdata {
			next, ok := r.readSection(pos)
			if !ok {
				return pos
			}
			pos = next
			continue
		}
		next, more := r.readText(pos)
		if !more {
			return next
		}
		pos = next
		if len(r.src)-pos < 3 {
			return pos
		}
		next, ok := r.markup(pos)
		if ok && next == pos {
			return pos
		}
		if !ok { // no tag: the < is text
			var more bool
			if next, more = r.readTextFrom(pos, pos+1); !more {
				return r.tail(next)
			}
		}
		pos = next
	}
}

// readText shows text up to the next tag. more is false where the text ends before one.
func (r *renderer) readText(pos int) (next int, more bool) {
	next, more = r.readTextFrom(pos, pos)
	if !more {
		return r.tail(next), false
	}
	return next, true
}

// readTextFrom looks for the next tag from on, for text that begins at pos.
func (r *renderer) readTextFrom(pos, from int) (next int, more bool) {
	for {
		i := 0
		if r.at(from) != '<' {
			i = bytes.IndexByte(r.src[from:], '<')
		}
		end := len(r.src)
		if i >= 0 {
			end = from + i
		}
		if r.section != 0 {
			if j := bytes.Index(r.src[from:end], []byte("]]>")); j >= 0 {
				r.text(r.src[pos : from+j])
				r.leaveSection()
				pos, from = from+j+3, from+j+3
				continue
			}
		}
		if i < 0 {
			return pos, false
		}
		if end > pos {
			r.text(r.src[pos:end])
		}
		return end, true
	}
}

// tail shows the text at the end but its last word, which comes with the end.
func (r *renderer) tail(pos int) int {
	s := len(r.src)
	if s == pos {
		return pos
	}
	if !isSpace(r.src[s-1]) {
		for s > pos && !isSpace(r.src[s-1]) {
			s--
		}
	}
	for s > pos && isSpace(r.src[s-1]) {
		s--
	}
	if s > pos {
		r.text(r.src[pos:s])
	}
	return s
}

// readLiteral shows the content of a literal tag.
func (r *renderer) readLiteral(pos int) (next int, ok bool) {
	if r.noEnd[r.literal] || r.literal == "plaintext" {
		return pos, false
	}
	for s := pos; ; {
		i := bytes.Index(r.src[s:], []byte("</"))
		if i < 0 {
			if r.noEnd == nil {
				r.noEnd = map[string]bool{}
			}
			r.noEnd[r.literal] = true
			return pos, false
		}
		start := s + i
		s = start + 2
		if len(r.src)-s < len(r.literal) || !ascii.EqualFold(r.src[s:s+len(r.literal)], r.literal) {
			continue
		}
		end := s + len(r.literal)
		for isSpace(r.at(end)) {
			end++
		}
		if r.at(end) != '>' {
			continue
		}
		if start > pos {
			r.text(r.src[pos:start])
		}
		tag := r.literal
		r.event()
		r.endTag([]byte(tag))
		r.literal, r.raw = "", false
		return end + 1, true
	}
}
