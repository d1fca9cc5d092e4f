package view

import (
	"bytes"
	"slices"
	"strings"

	"weir/message/anomaly"
	"weir/message/part"
	"weir/rules/view/alias"
	"weir/rules/view/field"
	"weir/rules/view/mime"
	"weir/rules/view/render"
	"weir/rules/view/uri"
)

type partsKey struct{}

// Parts gives the part tree.
func (m *Mail) Parts() *mime.Tree {
	return Once(m, partsKey{}, func() *mime.Tree { return mime.Parse(m.Message.Raw) })
}

// Text is a text of the message.
type Text struct {
	Part   *mime.Part       // nil: only another reading of the message has it
	HTML   *render.Document // nil: plain text
	Links  *uri.Collector   // nil: plain text
	Plain  []byte           // in UTF-8; of HTML the source
	Source []byte           // the octets, decoded from their transfer encoding
	Shown  bool             // it is rendered
	Raw    bool             // rawbody rules see it
	Wide   bool             // it was decoded from octets beyond ASCII
}

// maxSource bounds the HTML that is rendered, in bytes; what is behind it is not shown, and Partial says so.
const maxSource = 2 << 20

type textsKey struct{}

// Texts lists the leaves of the message, those with text and the others: first those of the reading that rules are written
// for, then what other readings of an ambiguous message add.
func (m *Mail) Texts() []*Text {
	return Once(m, textsKey{}, func() []*Text {
		var out []*Text
		odd := false
		for _, p := range m.Parts().Parts {
			if !p.IsLeaf() {
				continue
			}
			odd = odd || isWide(p.Charset)
			out = append(out, m.text(p))
		}
		return m.others(out, odd)
	})
}

// text makes the text of a leaf.
func (m *Mail) text(p *mime.Part) *Text {
	kind := p.Effective()
	t := &Text{Part: p, Shown: kind == "text/plain" || kind == "text/html"}
	if !t.Shown && !isKind(kind, "text") && !isKind(kind, "message") {
		return t
	}
	t.Raw, t.Source = p.Type != "text/calendar", p.Decoded()
	if p.Cut {
		m.leftOut("text of a part beyond 4 MB")
	}
	if !t.Shown {
		return t
	}
	t.Plain, t.Wide = p.Text()
	if kind == "text/html" && len(t.Plain) > 0 {
		m.render(t)
	}
	return t
}

// isKind tells whether a type is of a kind: text/plain of text.
func isKind(t, kind string) bool {
	rest, ok := strings.CutPrefix(t, kind)
	return ok && (rest == "" || !(rest[0] == '_' || rest[0] >= '0' && rest[0] <= '9' || rest[0] >= 'a' && rest[0] <= 'z'))
}

// render shows a text as HTML.
func (m *Mail) render(t *Text) {
	src := t.Plain
	if len(src) > maxSource {
		src = src[:maxSource]
		m.leftOut("HTML beyond 2 MB")
	}
	t.HTML = render.HTML(src, t.Wide, len(t.Source), m.collector(t))
	t.Wide = t.HTML.Wide
}

// isWide tells of charsets that the reading of rules takes for something else.
func isWide(label string) bool {
	l := strings.ToLower(label)
	return strings.HasPrefix(l, "utf-16") || strings.HasPrefix(l, "utf16") || strings.HasPrefix(l, "utf-32") || strings.HasPrefix(l, "utf-7") || strings.HasPrefix(l, "unicode")
}

// others adds the texts that mail programs may show and that the list lacks: parts of other readings, files within texts.
func (m *Mail) others(known []*Text, odd bool) []*Text {
	notes := &m.Message.Notes
	if notes.Has(anomaly.HeaderMacEnds) { // without a line end nobody finds a body
		return known
	}
	parts := m.Message.Parts()
	for _, p := range parts {
		odd = odd || p.Reading > 0 && !isEpilogue(p, notes) || p.Embedded != ""
	}
	if !odd && countTexts(parts) <= countRaw(known) {
		return known
	}
	c := comparison{texts: known, left: maxCompared}
	for _, p := range parts {
		if text := p.Text(); text != "" && !isEpilogue(p, notes) {
			text = strings.ReplaceAll(text, "\r\n", "\n")
			if !c.has(strings.TrimSpace(text)) {
				c.texts = append(c.texts, m.other(p, text))
			}
		}
	}
	return c.texts
}

// isEpilogue tells of text behind the last boundary: no mail program shows it.
func isEpilogue(p *part.Part, notes *anomaly.Set) bool {
	return p.Reading > 0 && p.Header.Get("Content-Type") == nil && p.Header.Get("Content-Transfer-Encoding") == nil &&
		p.Type == "text/plain" && notes.Has(anomaly.AfterEnd)
}

// maxCompared bounds the work of comparing what other readings add with what is known, in bytes; behind it all is added.
const maxCompared = 16 << 20

// comparison tells what other readings add to the texts that are known.
type comparison struct {
	texts   []*Text
	letters [][2][]byte // of each text that was looked at: what Plain and Source are without white space
	left    int         // bytes that may still be compared
}

// eachCompared is what it costs to look at a text, in bytes.
const eachCompared = 16

// has tells whether a text is in one of those that are known, if one does not look at white space, which decoders of broken
// encodings treat each in its own way.
func (c *comparison) has(text string) bool {
	find := letters(alias.Bytes(text))
	for i, t := range c.texts {
		if c.left -= len(t.Plain) + len(t.Source) + eachCompared; c.left < 0 {
			return false
		}
		if i == len(c.letters) {
			c.letters = append(c.letters, [2][]byte{letters(t.Plain), letters(t.Source)})
		}
		if bytes.Contains(c.letters[i][0], find) || bytes.Contains(c.letters[i][1], find) {
			return true
		}
	}
	return false
}

// letters gives a text without white space. Of one that is nearly all ASCII it leaves out all other bytes too: a few
// letters of an unclear charset make no other text.
func letters(text []byte) []byte {
	out, odd := make([]byte, 0, len(text)), 0
	for _, c := range text {
		if c > ' ' || c == 0 {
			out = append(out, c)
		}
		if c >= 0x7f || c < ' ' && c != '\n' && c != '\t' {
			odd++
		}
	}
	if odd == 0 || odd*50 > len(text) {
		return out
	}
	return slices.DeleteFunc(out, func(c byte) bool { return c >= 0x7f })
}

// other makes the text of a part of the message package.
func (m *Mail) other(p *part.Part, text string) *Text {
	t := &Text{Plain: []byte(text), Shown: p.IsText(), Raw: true, Wide: true}
	t.Source = t.Plain
	if p.HTML() != nil {
		m.render(t)
	}
	return t
}

func countRaw(texts []*Text) int {
	n := 0
	for _, t := range texts {
		if t.Source != nil || t.Shown || t.Raw {
			n++
		}
	}
	return n
}

// countTexts counts the leaves that mail programs show as text or that rules read as such.
func countTexts(parts []*part.Part) int {
	n := 0
	for _, p := range parts {
		if p.IsLeaf() && (p.IsText() || strings.HasPrefix(p.Type, "message/")) {
			n++
		}
	}
	return n
}

type partialKey struct{}

// leftOut notes that a part of the message is not looked at.
func (m *Mail) leftOut(what string) {
	if p := m.partial(); *p == "" {
		*p = what
	}
}

// Partial says what of the message rules did not look at since it is too long, for a person; "" for nothing. It is known
// once the views were asked for.
func (m *Mail) Partial() string {
	if h, made := m.memo[headerKey{}].(*field.Header); made && h.Truncated() {
		m.leftOut("header fields beyond 8 kB each or 64 kB in all")
	}
	return *m.partial()
}

func (m *Mail) partial() *string {
	return Once(m, partialKey{}, func() *string { return new(string) })
}
