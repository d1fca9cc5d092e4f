package render

import (
	"bytes"

	"weir/rules/ascii"
)

// The kinds of marked sections, by rank: of several open ones the highest rules.
const (
	noSection uint8 = iota
	include
	rcdata
	cdata
	ignore
)

// maxSections bounds the marked sections within each other.
const maxSections = 64

// readSection shows the content of a section that has no tags.
func (r *renderer) readSection(pos int) (next int, ok bool) {
	if r.noSquare {
		return pos, false
	}
	i := bytes.Index(r.src[pos:], []byte("]]>"))
	if i < 0 {
		r.noSquare = true
		return pos, false
	}
	if i > 0 {
		r.text(r.src[pos : pos+i])
	}
	r.leaveSection()
	return pos + i + 3, true
}

func (r *renderer) leaveSection() {
	r.event()
	if n := len(r.sections); n > 0 {
		r.sections = r.sections[:n-1]
	}
	r.updateSection()
}

func (r *renderer) updateSection() {
	r.section = noSection
	for _, s := range r.sections {
		r.section = max(r.section, s)
	}
	r.raw = r.section == cdata
}

// markup reads what begins with the < at pos. It returns where it ends, pos itself where nothing ends it; ok is false
// where it is text.
func (r *renderer) markup(pos int) (next int, ok bool) {
	switch c := r.src[pos+1]; {
	case class[c]&letter != 0:
		return r.startTag(pos), true
	case c == '/':
		return r.endMarkup(pos), true
	case c == '!':
		return r.declaration(pos), true
	case c == '?':
		if i := bytes.IndexByte(r.src[pos+2:], '>'); i >= 0 {
			r.event()
			return pos + 2 + i + 1, true
		}
		return pos, true
	}
	return pos, false
}

// endMarkup reads an end tag; quotation marks hide a > in it.
func (r *renderer) endMarkup(pos int) int {
	s := pos + 2
	for s < len(r.src) && !isSpace(r.src[s]) && r.src[s] != '>' {
		s++
	}
	end := r.skipQuoted(s)
	if end == len(r.src) {
		return pos
	}
	if s == pos+2 {
		r.comment(r.src[pos : end+1])
		return end + 1
	}
	r.event()
	if r.section != ignore {
		r.endTag(r.src[pos+2 : s])
	}
	return end + 1
}

// skipQuoted finds the next > that is not in quotation marks.
func (r *renderer) skipQuoted(s int) int {
	quote, before := byte(0), byte(' ')
	for ; s < len(r.src); s++ {
		c := r.src[s]
		switch {
		case quote == 0 && c == '>':
			return s
		case c != '"' && c != '\'':
		case c == quote:
			quote = 0
		case quote == 0 && (before == ' ' || before == '='):
			quote = c
		}
		before = c
	}
	return s
}

// declaration reads what begins with <!.
func (r *renderer) declaration(pos int) int {
	s := pos + 2
	switch c := r.at(s); {
	case c == '-' && r.at(s+1) == '-':
		return r.longComment(pos)
	case c == '-' && s+1 == len(r.src):
		return pos
	case c == '[':
		if next, ok := r.openSection(pos); ok {
			return next
		}
	case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
		if next, ok := r.doctype(pos); ok {
			return next
		}
	}
	i := bytes.IndexByte(r.src[s:], '>')
	if i < 0 {
		return pos
	}
	r.comment(r.src[pos : s+i+1])
	return s + i + 1
}

// longComment reads a comment: up to -- and >, with white space in between.
func (r *renderer) longComment(pos int) int {
	s := pos + 4
	if r.short {
		i := bytes.IndexByte(r.src[min(s, len(r.src)):], '>')
		if i < 0 {
			return pos
		}
		r.comment(r.src[pos : s+i+1])
		return s + i + 1
	}
	for s < len(r.src) {
		i := bytes.Index(r.src[s:], []byte("--"))
		if i < 0 {
			return pos
		}
		s += i + 2
		end := s
		for isSpace(r.at(end)) {
			end++
		}
		if r.at(end) == '>' {
			r.comment(r.src[pos : end+1])
			return end + 1
		}
		if end == s {
			s-- // the second - may begin the end
		} else {
			s = end
		}
	}
	return pos
}

// openSection reads <![name[; ok is false where it is none.
func (r *renderer) openSection(pos int) (next int, ok bool) {
	s, kind, names := pos+3, noSection, 0
	for {
		for isSpace(r.at(s)) {
			s++
		}
		start := s
		for class[r.at(s)]&letter != 0 || s > start && isNameChar(r.at(s)) {
			s++
		}
		if s > start {
			names++
			kind = max(kind, sectionKind(r.src[start:s]))
			continue
		}
		if r.at(s) == '-' && r.at(s+1) == '-' {
			i := bytes.Index(r.src[min(s+2, len(r.src)):], []byte("--"))
			if i < 0 {
				return pos, true
			}
			s += 2 + i + 2
			continue
		}
		break
	}
	if s >= len(r.src) && names > 0 {
		return pos, true
	}
	if r.at(s) != '[' {
		return pos, false
	}
	if names == 0 {
		kind = include
	}
	if len(r.sections) < maxSections {
		r.sections = append(r.sections, kind)
	}
	r.updateSection()
	r.event()
	return s + 1, true
}

func isNameChar(c byte) bool { return class[c]&(letter|word) != 0 || c == '-' || c == '.' }

func sectionKind(name []byte) uint8 {
	switch {
	case ascii.EqualFold(name, "include"):
		return include
	case ascii.EqualFold(name, "rcdata"):
		return rcdata
	case ascii.EqualFold(name, "cdata"):
		return cdata
	case ascii.EqualFold(name, "ignore"):
		return ignore
	}
	return noSection
}

// doctype reads <!doctype …> and <!entity …>; ok is false where it is neither.
func (r *renderer) doctype(pos int) (next int, ok bool) {
	s := pos + 2
	start := s
	for isNameChar(r.at(s)) {
		s++
	}
	if s >= len(r.src) {
		return pos, true
	}
	isDoctype := ascii.EqualFold(r.src[start:s], "doctype")
	if !isDoctype && !ascii.EqualFold(r.src[start:s], "entity") {
		return pos, false
	}
	for s < len(r.src) {
		switch c := r.src[s]; {
		case isSpace(c):
			s++
		case c == '>':
			r.event()
			if isDoctype && r.section != ignore {
				r.isDoctype()
			}
			return s + 1, true
		case c == '"' || c == '\'':
			i := bytes.IndexByte(r.src[s+1:], c)
			if i < 0 {
				return pos, true
			}
			s += i + 2
		case c == '-' && r.at(s+1) == '-':
			i := bytes.Index(r.src[s+2:], []byte("--"))
			if i < 0 {
				return pos, true
			}
			s += i + 4
		case c == '-' && s+1 < len(r.src):
			return pos, false
		default:
			for s++; s < len(r.src) && !isSpace(r.src[s]) && r.src[s] != '>'; {
				s++
			}
		}
	}
	return pos, true
}

// startTag reads a tag and its attributes.
func (r *renderer) startTag(pos int) int {
	s := pos + 2
	for s < len(r.src) && !isSpace(r.src[s]) && r.src[s] != '>' {
		s++
	}
	name := r.src[pos+1 : s]
	r.attrs = r.attrs[:0]
	for {
		for isSpace(r.at(s)) {
			s++
		}
		if s >= len(r.src) {
			return pos
		}
		if r.src[s] == '>' {
			break
		}
		if s = r.attribute(s); s < 0 {
			return pos
		}
	}
	r.event()
	if r.section != ignore {
		r.openTag(name)
	}
	r.enterLiteral(name)
	return s + 1
}

// attribute reads one attribute. It returns where it ends, -1 where nothing ends it.
func (r *renderer) attribute(s int) int {
	start := s
	for s++; s < len(r.src) && !isSpace(r.src[s]) && r.src[s] != '>' && r.src[s] != '='; {
		s++
	}
	a := attr{name: int32(start), nameEnd: int32(s), value: int32(start), valueEnd: int32(s)}
	for isSpace(r.at(s)) {
		s++
	}
	if r.at(s) == '=' {
		for s++; isSpace(r.at(s)); {
			s++
		}
		from, to, end := r.value(s)
		if end < 0 {
			return -1
		}
		a.value, a.valueEnd, s = int32(from), int32(to), end
	}
	r.attrs = append(r.attrs, a)
	return s
}

// value measures a value; end is where what follows it begins, -1 where nothing ends it.
func (r *renderer) value(s int) (from, to, end int) {
	if s >= len(r.src) {
		return 0, 0, -1
	}
	if c := r.src[s]; c == '"' || c == '\'' {
		i := bytes.IndexByte(r.src[s+1:], c)
		if i < 0 {
			return 0, 0, -1
		}
		return s + 1, s + 1 + i, s + i + 2
	}
	start := s
	for s < len(r.src) && !isSpace(r.src[s]) && r.src[s] != '>' {
		s++
	}
	if s == len(r.src) {
		return 0, 0, -1
	}
	return start, s, s
}

// enterLiteral begins to read text only, behind tags whose content is no HTML.
func (r *renderer) enterLiteral(name []byte) {
	if len(name) < 3 || len(name) > 9 {
		return
	}
	for _, l := range literals {
		if ascii.EqualFold(name, l.tag) {
			r.literal, r.raw = l.tag, l.raw
			return
		}
	}
}

var literals = [...]struct {
	tag string
	raw bool
}{{"script", true}, {"style", true}, {"xmp", true}, {"iframe", true}, {"plaintext", true}, {"title", false}, {"textarea", false}}
