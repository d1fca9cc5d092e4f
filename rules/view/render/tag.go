package render

import (
	"bytes"
	"regexp"
	"strings"

	"weir/rules/ascii"
)

// tagKind tells what a tag does.
type tagKind uint8

const (
	element  tagKind = 1 << iota // of HTML 4.01 and XHTML 1.0, and some that mail programs write
	rendered                     // no element, but has an effect
	styled                       // changes how text looks
	spaced                       // stands for white space
	linked                       // has links
)

// tagInfo is what is known of a tag: its kinds, the white space in its place, its number among those that change looks.
type tagInfo struct {
	name   string
	number int
	kind   tagKind
	blank  string
	style  styleTag
}

// tagList are the tags that are known, tags the same by their names.
var tagList, tags = func() ([]*tagInfo, map[string]*tagInfo) {
	m := map[string]tagInfo{}
	add := func(kind tagKind, names string) {
		for _, n := range strings.Fields(names) {
			t := m[n]
			t.name, t.kind = n, t.kind|kind
			m[n] = t
		}
	}
	// HTML 4.01's index of elements, with XHTML's.
	add(element, `a abbr acronym address applet area b base basefont bdo big blockquote body br button caption center cite code
		col colgroup dd del dfn dir div dl dt em fieldset font form frame frameset h1 h2 h3 h4 h5 h6 head hr html i iframe img
		input ins isindex kbd label legend li link map menu meta noframes noscript object ol optgroup option p param pre q s
		samp script select small span strike strong style sub sup table tbody td textarea tfoot th thead title tr tt u ul var`)
	add(element, "nobr x-sigsep x-tab")
	add(rendered, "bgsound embed listing plaintext xmp")
	add(linked, "body table tr td a area link img frame iframe embed script form base bgsound meta")
	for _, b := range []struct{ blank, names string }{
		{"\n", "br div"},
		{" ", "li td th dd dt embed h1 h2 h3 h4 h5 h6"},
		{"\n\n", "p hr blockquote pre listing plaintext xmp title"},
	} {
		add(spaced, b.names)
		for _, n := range strings.Fields(b.names) {
			t := m[n]
			t.blank = b.blank
			m[n] = t
		}
	}
	for n, s := range styleTags {
		t := m[n]
		t.name, t.kind, t.style = n, t.kind|styled, s
		m[n] = t
	}
	list, byName := make([]*tagInfo, 0, len(m)), make(map[string]*tagInfo, len(m))
	for n, t := range m {
		t.number, byName[n] = len(list), &t
		list = append(list, &t)
	}
	return list, byName
}()

// lowerName gives a tag's name in lower case.
func (r *renderer) lowerName(name []byte) []byte {
	r.name = r.name[:0]
	for _, c := range name {
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		r.name = append(r.name, c)
	}
	return r.name
}

// tally counts the tags of a name.
type tally struct {
	open  int32 // started and not ended
	there bool
}

// count notes a tag; n is 1 at its start, -1 at its end. It gives what is known of the tag; nil: nothing.
func (r *renderer) count(name []byte, n int32) *tagInfo {
	info := tags[string(name)]
	if info != nil {
		t := &r.doc.known[info.number]
		r.tell(t, info.kind&element != 0, n)
		r.seen.note(info.name, int(t.open))
		return info
	}
	r.tell(r.doc.unknown.of(name), isNamespace(name), n)
	return nil
}

// tallies are those of tags that nothing is known of, by their names in lower case.
type tallies struct {
	list  []tally
	index map[string]int32
}

// of gives the tally of a name.
func (t *tallies) of(name []byte) *tally {
	i, there := t.index[string(name)]
	if !there {
		if t.index == nil {
			t.index = map[string]int32{}
		}
		i = int32(len(t.list))
		t.list, t.index[string(name)] = append(t.list, tally{}), i
	}
	return &t.list[i]
}

// tell counts a tag in the tally of its name and in the facts.
func (r *renderer) tell(t *tally, isElement bool, n int32) {
	f := &r.doc.facts
	f.tags++
	if isElement {
		f.elements++
	}
	if !t.there {
		f.tagKinds++
		if isElement {
			f.elementKinds++
		}
	}
	if t.there, t.open = true, t.open+n; t.open < 0 {
		f.closedExtra++
		t.open = 0
	}
}

// isNamespace tells of tags that office programs write: o:p, st1:city.
func isNamespace(name []byte) bool {
	prefix, rest, ok := bytes.Cut(name, []byte(":"))
	if !ok || string(prefix) != "o" && !(len(prefix) == 3 && string(prefix[:2]) == "st" && class[prefix[2]]&digit != 0) {
		return false
	}
	rest = bytes.TrimSuffix(rest, []byte("/"))
	for _, c := range rest {
		if !isWord(c) && c != '-' {
			return false
		}
	}
	return len(rest) > 0
}

func (r *renderer) openTag(raw []byte) {
	t := r.count(r.lowerName(raw), 1)
	if t == nil {
		return
	}
	if t.kind&styled != 0 {
		r.styles.open(r, t.style)
	}
	if t.blank != "" {
		r.blank(t.blank)
	}
	if t.kind&linked != 0 {
		r.linkTag(t.name)
	}
	r.tests(t.name)
}

func (r *renderer) endTag(raw []byte) {
	t := r.count(r.lowerName(raw), -1)
	if t == nil {
		return
	}
	if t.kind&styled != 0 {
		r.styles.close(t.style)
	}
	if t.blank != "" {
		r.blank(t.blank)
	}
}

func (r *renderer) isDoctype() {
	r.doc.facts.elements++
	r.doc.facts.tags++
	*r.doc.unknown.of([]byte("!doctype")) = tally{there: true}
}

// attr gives the decoded value of an attribute, the first of its name.
func (r *renderer) attr(name string) (value string, there bool) {
	for _, a := range r.attrs {
		if ascii.EqualFold(r.nameOf(a), name) {
			return r.decoded(a), true
		}
	}
	return "", false
}

func (r *renderer) decoded(a attr) string {
	out, _ := appendDecoded(nil, r.valueOf(a), r.wide, false)
	return string(out)
}

// odd gives the value of an attribute whose name ends in a known one, behind some word and a slash: "x/href".
func (r *renderer) odd(name string) (value string, there bool) {
	for _, a := range r.attrs {
		if bytes.IndexByte(r.nameOf(a), '/') < 0 {
			continue
		}
		low := strings.ToLower(string(r.nameOf(a)))
		if j := strings.Index(low, "/"+name); j > 0 && isWord(low[j-1]) {
			return r.decoded(a), true
		}
	}
	return r.attr(name)
}

// linkTag tells the links in a tag.
func (r *renderer) linkTag(tag string) {
	if r.links == nil {
		return
	}
	tell := func(value string, there bool) {
		if there {
			r.links.Tag(tag, value)
		}
	}
	switch tag {
	case "body", "table", "tr", "td":
		tell(r.attr("background"))
	case "a", "area", "link":
		href, there := r.odd("href")
		tell(strings.ReplaceAll(href, "\uFEFF", ""), there)
		tell(r.attr("data-saferedirecturl"))
	case "form":
		tell(r.attr("action"))
	case "base":
		if href, _ := r.attr("href"); href != "" && href != "0" {
			r.links.Tag(tag, href)
			r.links.Base(href)
		}
	case "meta":
		r.refresh()
	default:
		tell(r.odd("src"))
	}
}

var refreshURL = regexp.MustCompile(`(?is)^.*\burl\s*=\s*`)

// refresh tells where a meta tag sends a browser.
func (r *renderer) refresh() {
	equiv, ok := r.attr("http-equiv")
	content, ok2 := r.attr("content")
	if !ok || !ok2 || !containsFold(equiv, "refresh") {
		return
	}
	at := refreshURL.FindStringIndex(content)
	if at == nil {
		return
	}
	target := content[at[1]:]
	if i := strings.IndexByte(target, ';'); i >= 0 {
		target = strings.TrimRight(target[:i], " \t\n\v\f\r")
	}
	r.links.Tag("meta", target)
}

func containsFold(s, lower string) bool { return strings.Contains(strings.ToLower(s), lower) }
