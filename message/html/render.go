package html

import (
	"strings"
	"sync"
)

// Render reads HTML source. max bounds Text and Hidden together in bytes; 0 means DefaultMax. It never fails: what is
// no HTML is text. Its time is linear in the length of src, its memory in max and the number of links.
func Render(src string, max int) *Document {
	if max <= 0 {
		max = DefaultMax
	}
	r := renderers.Get().(*renderer)
	defer renderers.Put(r)
	d := new(Document)
	r.reset(src, max, d)
	r.run()
	r.finish()
	return d
}

var renderers = sync.Pool{New: func() any { return new(renderer) }}

// element is one open element.
type element struct {
	tag  tag
	link int32 // index+1 of the link in Document.Links that it began; 0 none
	look look  // of the text in it
}

// renderer turns tokens into a Document.
type renderer struct {
	tokenizer
	doc   *Document
	sheet sheet
	stack []element       // open elements, the first one is the page
	open  [tagCount]int32 // how many of each tag are on the stack
	over  int             // elements opened beyond maxDepth

	text, hidden writer
	budget       int       // bytes of text that may still be written
	marks        []spanned // where the links' texts are
	inLink       int32     // index+1 of the innermost open link
	form         bool      // a form was seen
}

// spanned is the piece of the visible text that belongs to a link.
type spanned struct{ start, end int }

func (r *renderer) reset(src string, max int, d *Document) {
	r.tokenizer = tokenizer{src: src, attrs: r.attrs[:0]}
	r.doc, r.sheet, r.budget = d, sheet{}, max
	r.stack = append(r.stack[:0], element{tag: none, look: plain})
	r.open, r.over, r.inLink, r.form = [tagCount]int32{}, 0, 0, false
	r.text.reset()
	r.hidden.reset()
	r.marks = r.marks[:0]
}

func (r *renderer) run() {
	for {
		switch r.next() {
		case endOfInput:
			return
		case textToken:
			r.onText()
		case startTag:
			r.doc.Tags++
			r.onStart()
		case endTag:
			r.doc.Tags++
			r.onEnd()
		case comment:
			r.onComment()
		}
		if r.doc.Tags >= maxTags || r.budget <= 0 {
			r.doc.Truncated = true
			return
		}
	}
}

// finish makes the strings; links' texts are slices of the visible text.
func (r *renderer) finish() {
	d := r.doc
	d.Text, d.Hidden = r.text.String(), r.hidden.String()
	for i := range d.Links {
		m := r.marks[i]
		if m.end < 0 {
			m.end = len(d.Text)
		}
		d.Links[i].Text = linkText(d.Text, m)
	}
	for _, e := range r.stack[1:] {
		if mustClose(e.tag) {
			d.Unclosed++
		}
	}
	r.doc, r.src = nil, ""
	r.name, r.tokenizer.text = "", ""
	clear(r.attrs[:cap(r.attrs)])
}

// mustClose tells whether HTML asks for an end tag.
func mustClose(t tag) bool {
	switch t {
	case html, body, para, li, dd, dt, tr, td, th, tbody, thead, tfoot, option, other:
		return false
	}
	return true
}

// linkText cuts a link's text out and folds it onto one line.
func linkText(text string, m spanned) string {
	if m.start >= len(text) || m.end <= m.start {
		return ""
	}
	s := strings.TrimSpace(text[m.start:min(m.end, len(text))])
	if strings.IndexByte(s, '\n') >= 0 {
		s = strings.ReplaceAll(s, "\n", " ")
	}
	return s
}

func (r *renderer) top() *element { return &r.stack[len(r.stack)-1] }

// onText writes text to where it belongs.
func (r *renderer) onText() {
	switch r.tokenizer.tag {
	case style:
		if r.rawText {
			r.sheet.add(r.tokenizer.text)
			r.doc.Truncated = r.doc.Truncated || r.sheet.full
			return
		}
	case title:
		if r.top().tag == title {
			r.doc.Title = foldString(r.tokenizer.text)
			return
		}
	}
	e := r.top()
	if e.look.mute {
		return
	}
	if why := e.look.hidden(); why != 0 {
		r.writeHidden(why)
		return
	}
	r.budget -= r.text.write(r.affordable(), !r.rawText, e.look.pre)
}

// affordable is the text token as far as the budget goes.
func (r *renderer) affordable() string {
	s := r.tokenizer.text
	if len(s) > r.budget {
		s = s[:r.budget]
		r.doc.Truncated = true
	}
	return s
}

// writeHidden keeps text that can't be seen; white space alone is no trick.
func (r *renderer) writeHidden(why Trick) {
	n := r.hidden.write(r.affordable(), !r.rawText, false)
	if n > 0 {
		r.doc.Tricks |= why
		r.budget -= n
	}
}

// onComment looks into Outlook's conditional comments, which hold links that only Outlook shows.
func (r *renderer) onComment() {
	text := r.tokenizer.text
	if len(text) < 4 || !equalFold(text[:3], "[if") {
		return
	}
	z := tokenizer{src: text}
	for z.pos < len(text) {
		k := z.next()
		if k == endOfInput {
			return
		}
		if k == startTag {
			r.conditional(&z)
		}
	}
}

// conditional notes the address of a tag in a conditional comment: <a href>, <v:roundrect href>, <img src>.
func (r *renderer) conditional(z *tokenizer) {
	r.doc.Tags++
	for _, at := range z.attrs {
		switch {
		case equalFold(at.name, "href") && z.tag != linkTag && z.tag != base:
			r.addLink(unescape(at.value, true), false)
		case equalFold(at.name, "src") && z.tag == img:
			r.addImage(Image{Src: unescape(at.value, true), Width: -1, Height: -1})
		}
	}
}
