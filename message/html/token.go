package html

import "strings"

// kind says what a token is.
type kind uint8

const (
	endOfInput kind = iota
	textToken
	startTag
	endTag
	comment
)

// maxAttrs bounds the attributes kept of one tag; further ones are skipped over.
const maxAttrs = 64

// attr is one attribute as written: the name in any case, the value before entities are decoded.
type attr struct{ name, value string }

// tokenizer walks over HTML source and never looks back, as the HTML standard (section 13.2.5) tells browsers to.
//
// It is our own because x/net/html's copies every token and, since it looks for duplicate attributes, allocates for
// each attribute name; here all is slices of the source. Tests compare the two on real mail.
type tokenizer struct {
	src  string
	pos  int
	raw  tag    // the next token is the text of this raw-text element; none: no
	name string // of a tag: as written
	text string // of a text or comment token
	tag  tag    // of a tag

	attrs       []attr // of a start tag; valid until the next call of next
	moreAttrs   bool   // attributes over maxAttrs were skipped
	selfClosing bool
	rawText     bool // text is not to be unescaped
}

// next reads one token and says what it is.
func (z *tokenizer) next() kind {
	z.rawText = false
	if z.raw != none {
		return z.readRaw()
	}
	if z.pos >= len(z.src) {
		return endOfInput
	}
	if z.src[z.pos] == '<' {
		if k, ok := z.readMarkup(); ok {
			return k
		}
	}
	return z.readText()
}

// readText reads up to the next < that begins markup; a < that does not is text.
func (z *tokenizer) readText() kind {
	start := z.pos
	at := start
	if z.src[at] == '<' {
		at++
	}
	for {
		i := strings.IndexByte(z.src[at:], '<')
		if i < 0 {
			at = len(z.src)
			break
		}
		at += i
		if beginsMarkup(z.src[at:]) {
			break
		}
		at++
	}
	z.text, z.pos = z.src[start:at], at
	return textToken
}

// beginsMarkup tells whether s, which begins with <, is a tag or comment for a browser.
func beginsMarkup(s string) bool {
	if len(s) < 2 {
		return false
	}
	if s[1] == '/' {
		return len(s) > 2
	}
	return isLetter(s[1]) || s[1] == '!' || s[1] == '?'
}

func isLetter(c byte) bool { c |= 0x20; return c >= 'a' && c <= 'z' }

// readMarkup reads what begins with <; false: it is text.
func (z *tokenizer) readMarkup() (kind, bool) {
	s := z.src[z.pos:]
	switch {
	case !beginsMarkup(s):
		return 0, false
	case isLetter(s[1]):
		return z.readTag(z.pos+1, startTag), true
	case s[1] == '/' && isLetter(s[2]):
		return z.readTag(z.pos+2, endTag), true
	case s[1] == '/' && s[2] == '>':
		z.text, z.pos = "", z.pos+3
		return comment, true
	case strings.HasPrefix(s, "<!--"):
		return z.readComment(), true
	}
	return z.readBogus(), true
}

// readComment reads <!-- … -->. One that is not closed swallows the rest, as in a browser.
func (z *tokenizer) readComment() kind {
	body := z.src[z.pos+4:]
	for _, short := range []string{">", "->"} {
		if strings.HasPrefix(body, short) {
			z.text, z.pos = "", z.pos+4+len(short)
			return comment
		}
	}
	end, skip := commentEnd(body)
	z.text, z.pos = body[:end], z.pos+4+end+skip
	return comment
}

// commentEnd finds --> or --!> and says how long it is.
func commentEnd(body string) (end, skip int) {
	for at := 0; ; {
		i := strings.Index(body[at:], "--")
		if i < 0 {
			return len(body), 0
		}
		at += i
		rest := body[at+2:]
		switch {
		case strings.HasPrefix(rest, ">"):
			return at, 3
		case strings.HasPrefix(rest, "!>"):
			return at, 4
		}
		at++
	}
}

// readBogus reads <!doctype …>, <?xml …>, <![if …]> and the like: all up to the next >.
func (z *tokenizer) readBogus() kind {
	body := z.src[z.pos+2:]
	end := strings.IndexByte(body, '>')
	if end < 0 {
		z.text, z.pos = body, len(z.src)
		return comment
	}
	z.text, z.pos = body[:end], z.pos+2+end+1
	return comment
}

// readTag reads a tag whose name begins at at. A tag that the input ends in is no token, as in a browser.
func (z *tokenizer) readTag(at int, k kind) kind {
	end := at
	for end < len(z.src) && !endsName(z.src[end]) {
		end++
	}
	z.name = z.src[at:end]
	z.tag = lookupTag(z.name)
	z.pos = end
	if !z.readAttrs() {
		return endOfInput
	}
	if k == startTag {
		z.raw = rawTextOf(z.tag)
	}
	return k
}

func endsName(c byte) bool { return c == '>' || c == '/' || isSpace(c) }

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' }

// readAttrs reads attributes up to and with the tag's >. It is false if the input ends before that.
func (z *tokenizer) readAttrs() bool {
	z.attrs, z.moreAttrs, z.selfClosing = z.attrs[:0], false, false
	for {
		z.skipSpace()
		if z.pos >= len(z.src) {
			return false
		}
		switch z.src[z.pos] {
		case '>':
			z.pos++
			return true
		case '/':
			z.pos++
			z.selfClosing = z.pos < len(z.src) && z.src[z.pos] == '>'
		default:
			z.readAttr()
		}
	}
}

func (z *tokenizer) skipSpace() {
	for z.pos < len(z.src) && isSpace(z.src[z.pos]) {
		z.pos++
	}
}

// readAttr reads one attribute, with its value if it has one.
func (z *tokenizer) readAttr() {
	start := z.pos
	for z.pos++; z.pos < len(z.src) && z.src[z.pos] != '=' && !endsName(z.src[z.pos]); {
		z.pos++
	}
	a := attr{name: z.src[start:z.pos]}
	z.skipSpace()
	if z.pos < len(z.src) && z.src[z.pos] == '=' {
		z.pos++
		a.value = z.readValue()
	}
	if len(z.attrs) == maxAttrs {
		z.moreAttrs = true
		return
	}
	z.attrs = append(z.attrs, a)
}

// readValue reads an attribute value, in quotes or without.
func (z *tokenizer) readValue() string {
	z.skipSpace()
	if z.pos >= len(z.src) {
		return ""
	}
	if q := z.src[z.pos]; q == '"' || q == '\'' {
		return z.readQuoted(q)
	}
	start := z.pos
	for z.pos < len(z.src) && z.src[z.pos] != '>' && !isSpace(z.src[z.pos]) {
		z.pos++
	}
	return z.src[start:z.pos]
}

func (z *tokenizer) readQuoted(q byte) string {
	body := z.src[z.pos+1:]
	end := strings.IndexByte(body, q)
	if end < 0 {
		z.pos = len(z.src)
		return body
	}
	z.pos += end + 2
	return body[:end]
}

// readRaw reads the text of a raw-text element (script, style, title, …) up to its end tag.
func (z *tokenizer) readRaw() kind {
	t := z.raw
	z.raw = none
	body := z.src[z.pos:]
	end := rawEnd(body, t)
	z.text, z.pos = body[:end], z.pos+end
	z.rawText = t != title && t != textarea
	z.tag = t
	return textToken
}

// rawEnd finds the end tag of a raw-text element; <plaintext> has none.
func rawEnd(body string, t tag) int {
	if t == plaintext {
		return len(body)
	}
	name := t.String()
	for at := 0; ; {
		i := strings.Index(body[at:], "</")
		if i < 0 {
			return len(body)
		}
		at += i
		rest := body[at+2:]
		if len(rest) > len(name) && strings.EqualFold(rest[:len(name)], name) && endsName(rest[len(name)]) {
			return at
		}
		at += 2
	}
}
