package html

import (
	"strconv"
	"strings"
)

// onStart opens an element: it ends what it implies the end of, works out how its text looks, and notes what it is.
func (r *renderer) onStart() {
	t := r.tokenizer.tag
	r.implyEnds(t)
	look := r.top().look
	r.style(t, &look)
	look.mute = look.mute || t.is(neverSeen)
	r.separate(t)
	link := r.note(t, &look)
	if !t.is(void) {
		r.push(element{tag: t, link: link, look: look})
	}
}

// separate sets off what a block or cell holds from what is around it.
func (r *renderer) separate(t tag) {
	switch {
	case t == br || t.is(block):
		r.text.newline()
		r.hidden.newline()
	case t.is(cell):
		r.text.space()
		r.hidden.space()
	}
}

// push opens an element. Deeper than maxDepth it is only counted, so that its end tag closes nothing else.
func (r *renderer) push(e element) {
	if len(r.stack) > maxDepth {
		r.over++
		r.doc.Truncated = true
		return
	}
	r.stack = append(r.stack, e)
	r.open[e.tag]++
	if e.link != 0 {
		r.inLink = e.link
	}
}

// onEnd closes the innermost element of the tag and all within it. An end tag of what is not open does nothing.
func (r *renderer) onEnd() {
	t := r.tokenizer.tag
	r.separate(t)
	if r.over > 0 {
		r.over--
		return
	}
	if r.open[t] > 0 && !t.is(void) {
		r.closeTo(t)
	}
}

func (r *renderer) closeTo(t tag) {
	for len(r.stack) > 1 {
		e := *r.top()
		r.pop()
		if e.tag == t {
			return
		}
	}
}

func (r *renderer) pop() {
	e := r.top()
	r.open[e.tag]--
	if e.link != 0 {
		r.marks[e.link-1].end = len(r.text.buf)
		r.inLink = 0
	}
	r.stack = r.stack[:len(r.stack)-1]
}

// lookUp is how many open elements are looked at for one whose end is implied.
const lookUp = 32

// implyEnds closes what a start tag closes: a <p> by a block, a cell by a cell, a link by a link.
func (r *renderer) implyEnds(t tag) {
	if t.is(closesP) && r.open[para] > 0 {
		r.closeNear([2]tag{para, none}, none)
	}
	if t == anchor && r.open[anchor] > 0 {
		r.closeNear([2]tag{anchor, none}, none)
	}
	closes, stop := impliedEnd(t)
	if closes[0] != none && r.open[closes[0]]+r.open[closes[1]] > 0 {
		r.closeNear(closes, stop)
	}
}

// closeNear closes the outermost of the given tags that is within reach: not beyond stop or an element that begins a
// scope, unless that is one of them itself.
func (r *renderer) closeNear(tags [2]tag, stop tag) {
	cut := 0
	for i := len(r.stack) - 1; i > 0 && i > len(r.stack)-1-lookUp; i-- {
		t := r.stack[i].tag
		if t == tags[0] || t == tags[1] {
			cut = i
			if tags[0] != tr {
				break
			}
		}
		if t == stop || t == ul || t == ol || t.is(scope) && t != td && t != th || t.is(scope) && stop == none {
			break
		}
	}
	for cut > 0 && len(r.stack) > cut {
		r.pop()
	}
}

// style works out the look of an element from the sheet, its attributes and its style attribute, weakest first.
func (r *renderer) style(t tag, l *look) {
	ru := noRule
	var css, id, class string
	for i := range r.attrs {
		at := &r.attrs[i]
		switch len(at.name) {
		case 2:
			if equalFold(at.name, "id") {
				id = at.value
			}
		case 4, 7, 10:
			r.presentation(t, at, &ru)
		case 5:
			r.styleOrColor(t, at, &ru, &css, &class)
		case 6:
			if equalFold(at.name, "hidden") {
				ru.gone |= NotShown
			}
		}
		if len(at.name) > 4 && equalFold(at.name[:2], "on") {
			r.doc.Scripts++
		}
	}
	r.applyStyles(t, l, &ru, css, id, class)
}

func (r *renderer) applyStyles(t tag, l *look, ru *rule, css, id, class string) {
	switch t {
	case anchor:
		l.fg = linkBlue
	case pre, textarea, listing, plaintext, xmp:
		ru.pre = true
	}
	r.sheet.collect(ru, t, id, class)
	if css != "" {
		inline := noRule
		parseStyle(&inline, unescape(css, true))
		ru.merge(&inline)
	}
	if ru.image != "" {
		r.addImage(Image{Src: ru.image, Width: -1, Height: -1})
	}
	ru.apply(l)
}

// styleOrColor takes in the attributes of five letters: style, class, color.
func (r *renderer) styleOrColor(t tag, at *attr, ru *rule, css, class *string) {
	switch {
	case equalFold(at.name, "style"):
		if *css == "" {
			*css = at.value
		}
	case equalFold(at.name, "class"):
		*class = at.value
	case t == font && equalFold(at.name, "color"):
		ru.fg = attrColor(at.value)
	}
}

// presentation takes in text=, bgcolor= and background=.
func (r *renderer) presentation(t tag, at *attr, ru *rule) {
	switch {
	case t == body && equalFold(at.name, "text"):
		ru.fg = attrColor(at.value)
	case equalFold(at.name, "bgcolor"):
		ru.bg = attrColor(at.value)
	case equalFold(at.name, "background") && at.value != "":
		ru.image, ru.bg = unescape(at.value, true), unknown
	}
}

// value gives an attribute's value, decoded; the first one counts. ok is false where there is none.
func (z *tokenizer) value(name string) (s string, ok bool) {
	for i := range z.attrs {
		if equalFold(z.attrs[i].name, name) {
			return unescape(z.attrs[i].value, true), true
		}
	}
	return "", false
}

// pixels reads a width or height attribute; -1 if it is absent, no number or a percentage.
func (z *tokenizer) pixels(name string) int {
	s, _ := z.value(name)
	s = strings.TrimSpace(s)
	end := 0
	for end < len(s) && s[end] >= '0' && s[end] <= '9' {
		end++
	}
	n, err := strconv.Atoi(s[:min(end, 9)])
	if err != nil || end < len(s) && s[end] == '%' {
		return -1
	}
	return n
}
