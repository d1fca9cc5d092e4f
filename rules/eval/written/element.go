package written

import (
	"bytes"

	"weir/rules/ascii"
)

// element is a tag.
type element struct {
	*walker
	at, last   int    // its brackets
	name       []byte // in lower case, cut to its first bytes; /font for the end of a font
	attributes []byte // what stands behind the name
	behind     []byte // the text behind it
}

// look counts the signs of a tag.
func (e *element) look() {
	e.around()
	e.style()
	switch string(e.name) {
	case "a", "area":
		e.anchor()
	case "font":
		e.font()
	case "img":
		e.image()
	case "form":
		e.count(form, e.has("action"))
	case "input":
		e.field()
	case "script":
		e.count(script, doesSomething(e.behind))
	case "iframe", "frame":
		e.count(frame, e.leads("src"))
	case "meta":
		e.count(refresh, hasPrefix(e.value("http-equiv"), "refresh") && containsFold(e.attributes, "url="))
	case "html":
		e.found[opened]++
	case "/html":
		e.found[closed]++
	case "marquee", "blink", "center":
		e.found[loud]++
	case "body":
		e.count(loud, startsWithAny(colorOf(e.value("bgcolor")), "000000", "ffff", "ff0000", "0000", "black", "yellow"))
	case "bdo":
		e.count(turned, hasPrefix(e.value("dir"), "rtl"))
	case "style":
		e.count(turned, turns(e.behind[:until(e.behind, '<')]))
	}
	e.page()
	e.starts()
}

func (e *element) count(s sign, yes bool) {
	if yes {
		e.found[s]++
	}
}

// around sees what a tag ends, or is within.
func (e *element) around() {
	if e.white >= 0 {
		e.count(whiteFont, string(e.name) == "/font" && e.at-e.white <= longestWhite)
		e.white = -1
	}
	if e.link {
		if e.tags++; e.tags > mostBetween {
			e.link = false
		}
	}
	if e.isEmptyWithin() && e.within(e.at, e.last) {
		e.found[cutWord]++
	}
}

const (
	longestWhite = 200 // bytes of words in white
	mostBetween  = 5   // tags between a link and its image
)

// isEmptyWithin tells of tags that show nothing where they stand in a word: names that mean nothing, tags that end where they
// begin.
func (e *element) isEmptyWithin() bool {
	if len(e.attributes) > 0 {
		return false
	}
	name := bytes.TrimLeft(e.name, "/!")
	if letters := bytes.TrimRight(name, "0123456789"); len(letters) >= 6 && e.name[0] != '!' {
		return true
	}
	switch string(e.name) {
	case "b", "i", "span", "font", "u":
		rest := bytes.TrimLeft(e.behind, " \n")
		n := len("</") + len(e.name)
		if len(rest) > n && rest[0] == '<' && rest[1] == '/' && bytes.Equal(rest[2:n], e.name) && rest[n] == '>' {
			e.last += 1 + len(e.behind) - len(rest) + n
			return true
		}
	}
	return false
}

// anchor counts the signs of a link.
func (e *element) anchor() {
	target := e.value("href")
	if target == nil {
		return
	}
	e.link, e.tags = string(e.name) == "a", 0
	e.count(linkSource, string(e.name) == "a" && hasPrefix(trimmed(e.attributes), "href"))
	switch {
	case hasPrefix(target, "javascript:"), hasPrefix(target, "vbscript:"):
		e.count(scriptLink, runs(target[bytes.IndexByte(target, ':')+1:]))
	case hasPrefix(target, "data:text/html"), hasPrefix(target, "data:application/"):
		e.found[pageLink]++
	case hasPrefix(target, "mailto:"):
		e.count(mailtoSubject, containsFold(target, "?subject="))
	}
}

// font counts the signs of a font.
func (e *element) font() {
	color, size := colorOf(e.value("color")), bytes.TrimPrefix(e.value("size"), []byte("+"))
	large := len(size) > 0 && size[0] >= '4' && size[0] <= '7'
	red := startsWithAny(color, "ff0000", "red")
	e.count(redOrLarge, large || red)
	e.count(loud, large || red || startsWithAny(color, "0000ff", "blue", "ffff00", "ff00ff", "cc0000", "ff3300"))
	if words := trimmed(e.behind); isWhite(color) && len(words) > 1 && letter(words[0]) && letter(words[1]) {
		e.white = e.last + 1
	}
}

// isWhite tells of white and what nobody can tell from it.
func isWhite(color []byte) bool {
	if hasPrefix(color, "white") {
		return len(color) == 5 || !ascii.Word(color[5])
	}
	for i := range 6 {
		if i >= len(color) || i%2 == 0 && ascii.Lower(color[i]) != 'f' || i%2 == 1 && (ascii.Lower(color[i]) < 'c' || ascii.Lower(color[i]) > 'f') {
			return false
		}
	}
	return len(color) == 6 || !ascii.Word(color[6])
}

// image counts the signs of an image.
func (e *element) image() {
	inner := hasPrefix(e.value("src"), "cid:")
	e.count(innerImage, inner)
	e.count(linkedImage, e.link && (inner || hasPrefix(e.value("src"), "http")))
}

// field counts the signs of a field to fill in.
func (e *element) field() {
	kind := e.value("type")
	e.count(passwordInput, hasPrefix(kind, "password"))
	e.count(input, startsWithAny(kind, "text", "submit", "image", "password", "email", "tel"))
}

// starts tells of what is done when the mail is opened.
func (e *element) starts() {
	switch string(e.name) {
	case "body", "img", "svg", "iframe", "input", "video":
		for _, name := range []string{"onload", "onerror", "onmouseover", "onfocus"} {
			what := e.value(name)
			e.count(onLoad, what != nil && (bytes.IndexByte(what, '(') >= 0 || containsFold(what, "location") || containsFold(what, "window")))
		}
	}
}

// page tells of lines that begin with a tag of a page.
func (e *element) page() {
	switch string(e.name) {
	case "html", "body", "table", "center", "font", "head":
	case "!doctype":
		if !hasPrefix(trimmed(e.attributes), "html") {
			return
		}
	default:
		return
	}
	i := e.at - 1
	for i >= 0 && e.src[i] != '\n' && ascii.Space(e.src[i]) {
		i--
	}
	e.count(htmlLine, i < 0 || e.src[i] == '\n')
}

// leads tells that an attribute leads to the web or to a part of the mail.
func (e *element) leads(name string) bool {
	return startsWithAny(bytes.TrimLeft(e.value(name), "3dD\"' "), "http:", "https:", "cid:")
}
