package html

// tag is an element that the renderer treats in a way of its own; other is any other.
type tag uint8

const (
	none tag = iota
	other
	anchor
	address
	area
	article
	aside
	audio
	base
	blockquote
	body
	br
	button
	caption
	center
	col
	datalist
	dd
	details
	dialog
	dir
	div
	dl
	dt
	embed
	fieldset
	figure
	font
	footer
	form
	frame
	h1
	h2
	h3
	h4
	h5
	h6
	header
	hr
	html
	iframe
	img
	input
	li
	linkTag
	listing
	mainTag
	menu
	meta
	nav
	noembed
	noframes
	object
	ol
	option
	para
	param
	plaintext
	pre
	script
	section
	source
	style
	summary
	table
	tbody
	td
	template
	textarea
	tfoot
	th
	thead
	title
	tr
	track
	ul
	video
	wbr
	xmp
	tagCount
)

var tagNames = [tagCount]string{
	anchor: "a", address: "address", area: "area", article: "article", aside: "aside", audio: "audio", base: "base",
	blockquote: "blockquote", body: "body", br: "br", button: "button", caption: "caption", center: "center",
	col: "col", datalist: "datalist", dd: "dd", details: "details", dialog: "dialog", dir: "dir", div: "div", dl: "dl",
	dt: "dt", embed: "embed", fieldset: "fieldset", figure: "figure", font: "font", footer: "footer", form: "form",
	frame: "frame", h1: "h1", h2: "h2", h3: "h3", h4: "h4", h5: "h5", h6: "h6", header: "header", hr: "hr",
	html: "html", iframe: "iframe", img: "img", input: "input", li: "li", linkTag: "link", listing: "listing",
	mainTag: "main", menu: "menu", meta: "meta", nav: "nav", noembed: "noembed", noframes: "noframes",
	object: "object", ol: "ol", option: "option", para: "p", param: "param", plaintext: "plaintext", pre: "pre",
	script: "script", section: "section", source: "source", style: "style", summary: "summary", table: "table",
	tbody: "tbody", td: "td", template: "template", textarea: "textarea", tfoot: "tfoot", th: "th", thead: "thead",
	title: "title", tr: "tr", track: "track", ul: "ul", video: "video", wbr: "wbr", xmp: "xmp",
}

// String gives the tag's name in lower case; "" for none and other.
func (t tag) String() string { return tagNames[t] }

// tagIndex finds a tag by length and first letter: the first candidate, then the following ones in next.
var tagIndex, tagNext = indexTags()

func indexTags() (first [11]['z' + 1]tag, next [tagCount]tag) {
	for t := tagCount - 1; t > other; t-- {
		name := tagNames[t]
		next[t] = first[len(name)][name[0]]
		first[len(name)][name[0]] = t
	}
	return first, next
}

// lookupTag finds the tag of a name in any case. An "image" is an img for browsers.
func lookupTag(name string) tag {
	if len(name) == 0 || len(name) >= len(tagIndex) || !isLetter(name[0]) {
		return other
	}
	for t := tagIndex[len(name)][name[0]|0x20]; t != none; t = tagNext[t] {
		if equalFold(name, tagNames[t]) {
			return t
		}
	}
	if equalFold(name, "image") {
		return img
	}
	return other
}

// equalFold compares a string in any case with an ASCII one in lower case.
func equalFold(s, lower string) bool {
	if len(s) != len(lower) {
		return false
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

// traits say how an element is laid out and what it is made of.
type traits uint8

const (
	block     traits = 1 << iota // stands on lines of its own
	cell                         // a table cell: set off by a space
	void                         // has no content and no end tag
	neverSeen                    // its content is never shown
	closesP                      // its start tag ends an open <p>
	scope                        // what is open outside of it is not closed by what comes within
)

var tagTraits = [tagCount]traits{
	address: block | closesP, area: void, article: block | closesP, aside: block | closesP, audio: 0,
	base: void, blockquote: block | closesP, body: block, br: void, button: scope, caption: block | scope,
	center: block | closesP, col: void, datalist: neverSeen, dd: block | closesP, details: block | closesP,
	dialog: block | closesP, dir: block | closesP, div: block | closesP, dl: block | closesP, dt: block | closesP,
	embed: void, fieldset: block | closesP, figure: block | closesP, footer: block | closesP, form: block | closesP,
	frame: void, h1: block | closesP, h2: block | closesP, h3: block | closesP, h4: block | closesP,
	h5: block | closesP, h6: block | closesP, header: block | closesP, hr: block | void | closesP, html: block | scope,
	iframe: neverSeen, img: void, input: void, li: block | closesP, linkTag: void, listing: block | closesP,
	mainTag: block | closesP, menu: block | closesP, meta: void, nav: block | closesP, noembed: neverSeen,
	noframes: neverSeen, object: scope, ol: block | closesP, option: block, para: block | closesP, param: void,
	plaintext: block | closesP, pre: block | closesP, script: neverSeen, section: block | closesP, source: void,
	style: neverSeen, summary: block | closesP, table: block | closesP | scope, tbody: block, td: cell | scope,
	template: neverSeen | scope, tfoot: block, th: cell | scope, thead: block, title: neverSeen, tr: block, track: void,
	ul: block | closesP, wbr: void, xmp: block | closesP,
}

func (t tag) is(x traits) bool { return tagTraits[t]&x != 0 }

// rawTextOf gives the tag itself if what follows it is text up to its end tag, whatever it looks like; none if not.
// <noscript> is not among them: mail programs run no scripts, so they show what is in it.
func rawTextOf(t tag) tag {
	switch t {
	case iframe, noembed, noframes, plaintext, script, style, textarea, title, xmp:
		return t
	}
	return none
}

// impliedEnd says which open element a start tag ends: a cell the one before it, an item the one before it.
func impliedEnd(t tag) (closes [2]tag, stop tag) {
	switch t {
	case td, th:
		return [2]tag{td, th}, tr
	case tr:
		return [2]tag{tr, none}, table
	case tbody, thead, tfoot:
		return [2]tag{tr, tbody}, table
	case li:
		return [2]tag{li, none}, ul
	case dd, dt:
		return [2]tag{dd, dt}, dl
	case option:
		return [2]tag{option, none}, none
	}
	return [2]tag{}, none
}
