package bayes

import (
	"strings"

	"weir/scoring/bayes"
)

// markup takes the elements of an HTML source and their attributes with short values: colours, sizes, alignment tell
// which kind of program wrote it.
func (r *reader) markup(src string) {
	src = src[:min(len(src), r.source)]
	r.source -= len(src)
	for {
		at := strings.IndexByte(src, '<')
		if at < 0 || at+1 == len(src) {
			return
		}
		src = src[at+1:]
		switch c := src[0]; {
		case c == '!' && len(src) > 1:
			r.add(bayes.Markup, seed.text("<!").byte(lower[src[1]]), "<!", src[1:2])
		case 'a' <= c|0x20 && c|0x20 <= 'z':
			src = src[r.element(src):]
		}
	}
}

// element takes one start tag and gives where it ends.
func (r *reader) element(src string) int {
	n := nameEnd(src, 0)
	name := src[:n]
	tag := seed.byte('<').text(name)
	r.add(bayes.Markup, tag, "<", name)
	for n < len(src) && src[n] != '>' && src[n] != '<' {
		if !isName(src[n]) {
			n++
			continue
		}
		n = r.attribute(tag, name, src, n)
	}
	return n
}

// attribute takes one attribute that begins at n and gives where it ends.
func (r *reader) attribute(tag hash, name, src string, n int) int {
	end := nameEnd(src, n)
	h := tag.byte(' ').text(src[n:end])
	r.add(bayes.Markup, h, name, src[n:end])
	if end == len(src) || src[end] != '=' {
		return end
	}
	from, to, next := value(src, end+1)
	if to-from <= 12 {
		r.add(bayes.Markup, h.byte('=').text(src[from:to]), name, src[n:to])
	}
	return next
}

func nameEnd(s string, i int) int {
	for i < len(s) && isName(s[i]) {
		i++
	}
	return i
}

func isName(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '-' || c == ':' || c == '_'
}

// maxValue bounds how far the end of a quoted value is looked for: an open quote ends nowhere, and looking for it at
// each attribute would take time that grows with the square of the source.
const maxValue = 2000

// value finds an attribute's value, quoted or not, that begins at i, and where it goes on after it.
func value(s string, i int) (from, to, next int) {
	if i < len(s) && (s[i] == '"' || s[i] == '\'') {
		rest := s[i+1 : min(len(s), i+1+maxValue)]
		if n := strings.IndexByte(rest, s[i]); n >= 0 {
			return i + 1, i + 1 + n, i + 2 + n
		}
		return i + 1, i + 1, i + 1
	}
	to = i
	for to < len(s) && s[to] != ' ' && s[to] != '>' && s[to] != '\n' && s[to] != '\r' && s[to] != '\t' {
		to++
	}
	return i, to, to
}
