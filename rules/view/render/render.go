// Package render shows HTML the way rules see it: its text with the white space that SpamAssassin puts around tags, which
// of it is hidden, and the facts that rules ask for (tags, colours, sizes, images, comments).
//
// Rules were written for one reading, that of Perl's HTML::Parser and SpamAssassin's HTML.pm on top of it. It is no
// browser's: it knows few entities, takes <br/> for a tag only because the text is mended first, and never reads a style
// sheet. Package message/html shows what a reader sees; this one shows what rules expect, so it keeps such oddities where
// they show in a result.
//
// The text is scanned once, byte by byte; the work and the memory are linear in it, whatever it holds.
package render

import (
	"unicode/utf8"
)

// Collector takes the links of a document, in its order.
type Collector interface {
	Tag(tag, value string)          // a link in an attribute of a tag
	Base(value string)              // the href of a base tag
	Anchor(href string, there bool) // an anchor begins; there: it has an href
	Text(text string)               // text within an anchor
}

// Document is a rendered text.
type Document struct {
	Wide bool // some text was decoded, or an entity beyond U+00FF: without, characters up to U+00FF are single octets to rules

	buf     []byte // the text, in UTF-8
	chunks  []chunk
	facts   facts
	lists   [lists]list
	known   []tally // of the tags that are known, by their numbers
	unknown tallies
}

// chunk is text of one look between two tags, or white space in place of tags. A document may have a million pieces of
// text, each of one byte: those that follow each other and look alike are one chunk.
type chunk struct {
	start, end int32
	look
}

type look struct {
	blank  bool // in place of a tag
	hidden bool
	wide   bool
}

// HTML renders a text in UTF-8. wide tells that it was decoded from octets beyond ASCII; size is its length in octets as it
// came. Links are told to c, which may be nil.
func HTML(src []byte, wide bool, size int, c Collector) *Document {
	r := newRenderer(src, wide, c)
	r.parse()
	r.finish(size)
	return &r.doc
}

// newRenderer makes the state of a document.
func newRenderer(src []byte, wide bool, c Collector) *renderer {
	r := &renderer{links: c, wide: wide}
	r.doc.Wide = wide
	r.doc.known = make([]tally, len(tagList))
	r.doc.facts.length = runes(src, wide)
	r.src = mend(src)
	r.doc.buf = make([]byte, 0, len(r.src))
	r.styles.start()
	return r
}

// runes counts characters.
func runes(b []byte, wide bool) int {
	if !wide {
		return len(b)
	}
	return utf8.RuneCount(b)
}

// Text is all text, hidden or not. It must not be changed.
func (d *Document) Text() []byte {
	return d.join(make([]byte, 0, len(d.buf)), func(*chunk) bool { return true })
}

// Visible is the text that is not hidden.
func (d *Document) Visible() []byte { return d.join(nil, func(c *chunk) bool { return !c.hidden }) }

// Hidden is the text that a reader does not see.
func (d *Document) Hidden() []byte { return d.join(nil, func(c *chunk) bool { return c.hidden }) }

// IsWide is Wide of the text that is hidden, or of that which is not.
func (d *Document) IsWide(hidden bool) bool {
	for i := range d.chunks {
		if c := &d.chunks[i]; c.wide && c.hidden == hidden {
			return true
		}
	}
	return false
}

func (d *Document) join(out []byte, want func(*chunk) bool) []byte {
	for i := range d.chunks {
		if c := &d.chunks[i]; want(c) {
			out = append(out, d.buf[c.start:c.end]...)
		}
	}
	return out
}

// Index gives where the character with a number begins in a text in UTF-8; its length if there are fewer.
func Index(text []byte, n int) int {
	i := 0
	for ; n > 0 && i < len(text); n-- {
		if text[i] < utf8.RuneSelf {
			i++
			continue
		}
		_, w := utf8.DecodeRune(text[i:])
		i += w
	}
	return i
}
