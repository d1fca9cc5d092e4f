package address

import (
	"strings"

	"weir/message/header"
)

// mailbox is an address as found, with what was odd about it.
type mailbox struct {
	name    string // display name, not decoded
	comment string // of the comments of the list entry that hold text
	local   string
	domain  string
	odd     Oddity
}

func (m *mailbox) address() Address {
	name := m.name
	if name == "" {
		name = m.comment // QUIRK: user@example.com (Name), the way before RFC 822
	}
	if strings.Contains(name, "=?") {
		name = header.DecodeWords(name)
	}
	return Address{Name: name, Local: m.local, Domain: normalDomain(m.domain)}
}

// parser goes over a list once. What is opened and never closed is taken literally, and looked for only once.
type parser struct {
	s         string
	i         int
	found     []mailbox
	odd       Oddity // of the list as a whole
	noComment bool   // a "(" from here on has no ")"
	noQuote   bool
	group     bool // within a group
	loose     []string
}

// entry is what has been read of one entry of the list.
type entry struct {
	text    []byte // words outside of angle brackets, unquoted, white space folded
	at      int    // index+1 of the last @ in text that was not quoted; 0 none
	quoted  bool   // there was a quoted string
	comment string
	odd     Oddity
	angles  int // addresses in angle brackets so far
}

func (p *parser) run() {
	for p.i < len(p.s) && len(p.found) < maxAddresses {
		p.entry()
	}
}

// entry reads up to the next comma, or the end of a group.
func (p *parser) entry() {
	if p.simple() {
		return
	}
	var e entry
	for p.i < len(p.s) {
		c := p.s[p.i]
		p.i++
		if c == ',' || c == ';' {
			p.separator(c, &e)
			break
		}
		p.char(c, &e)
	}
	p.finish(&e)
}

// simple reads the usual entry, words and an address in angle brackets, or an address alone, without copying it.
func (p *parser) simple() bool {
	end, at, open, ok := p.outline()
	if !ok {
		return false
	}
	item := strings.TrimSpace(p.s[p.i:end])
	name, addr := "", item
	if open >= 0 {
		if item[len(item)-1] != '>' {
			return false
		}
		name, addr = strings.TrimSpace(p.s[p.i:open]), p.s[open+1:p.i+strings.LastIndexByte(p.s[p.i:end], '>')]
	}
	at -= strings.Index(p.s[p.i:], addr) + p.i
	if at <= 0 || at >= len(addr)-1 || strings.IndexByte(addr, ' ') >= 0 || strings.Contains(name, "  ") {
		return false
	}
	p.found = append(p.found, mailbox{name: name, local: addr[:at], domain: addr[at+1:]})
	p.i = min(end+1, len(p.s))
	return true
}

// outline looks ahead to the end of an entry. It is not ok for one that is not plain: with quotes, comments, control
// characters, more than one @ or <, or none of @.
func (p *parser) outline() (end, at, open int, ok bool) {
	at, open = -1, -1
	encoded := false
	for end = p.i; end < len(p.s) && p.s[end] != ','; end++ {
		switch c := p.s[end]; c {
		case '"', '\\', '(', ')', ';', ':', '[', ']', 0x7f:
			return 0, 0, 0, false
		case '@':
			if at >= 0 {
				return 0, 0, 0, false
			}
			at = end
		case '<':
			if open >= 0 || at >= 0 {
				return 0, 0, 0, false
			}
			open = end
		case '=': // an encoded word is all right in a name
			if inAddr := open >= 0 || at >= 0; inAddr && (at >= 0 || strings.HasPrefix(p.s[end:], "=?")) {
				return 0, 0, 0, false
			}
			encoded = true
		case '>':
			if at < 0 || open < 0 {
				return 0, 0, 0, false
			}
		default:
			if c < ' ' {
				return 0, 0, 0, false
			}
		}
	}
	return end, at, open, at >= 0 && (open >= 0 || !encoded)
}

// separator ends an entry. A semicolon outside of a group is what some programs write for a comma.
func (p *parser) separator(c byte, e *entry) {
	if c != ';' {
		return
	}
	if !p.group {
		e.odd |= BadSyntax
	}
	p.group = false
}

// char takes in what begins with c, which was just read.
func (p *parser) char(c byte, e *entry) {
	switch c {
	case '<':
		p.angle(e)
	case '(':
		p.comment(e)
	case '"':
		p.quoted(e)
	case '[':
		p.literal(e)
	case '\\':
		e.odd |= QuotedPair
		if p.i < len(p.s) {
			e.text = append(e.text, p.s[p.i])
			p.i++
		}
	case ':':
		p.colon(e)
	case ' ', '\t', '\r', '\n':
		e.space()
	case '@':
		e.text = append(e.text, c)
		e.at = len(e.text)
	default:
		if c < ' ' || c == 0x7f {
			e.odd |= ControlChar
		}
		e.text = append(e.text, c)
	}
}

func (e *entry) space() {
	if n := len(e.text); n > 0 && e.text[n-1] != ' ' {
		e.text = append(e.text, ' ')
	}
}

// colon begins a group after a name; elsewhere it is a stray character.
func (p *parser) colon(e *entry) {
	if e.at > 0 || e.angles > 0 || p.group {
		e.odd |= BadSyntax
		e.text = append(e.text, ':')
		return
	}
	p.group = true
	p.odd |= Group
	if len(e.text) > 0 {
		p.loose = append(p.loose, string(e.text))
	}
	e.text = e.text[:0]
}

// comment reads ( … ), with comments inside. One without an end is no comment.
func (p *parser) comment(e *entry) {
	end := -1
	if !p.noComment {
		end = commentEnd(p.s, p.i)
	}
	if end < 0 {
		p.noComment = true
		e.odd |= BadSyntax
		e.text = append(e.text, '(')
		return
	}
	text := p.s[p.i : end-1]
	glued := len(e.text) > 0 && e.at > 0 && e.text[len(e.text)-1] != ' ' && end < len(p.s) && !ends(p.s[end])
	if glued || e.at > 0 && e.angles == 0 && p.i > 1 && p.s[p.i-2] != ' ' && p.s[p.i-2] != '\t' {
		e.odd |= Comment
	}
	e.addComment(text)
	p.i = end
}

func (e *entry) addComment(text string) {
	text = strings.TrimSpace(text)
	switch {
	case text == "", len(e.comment) >= maxComment:
	case e.comment == "":
		e.comment = text
	default:
		e.comment += " " + text
	}
}

// maxComment bounds how much is put together of several comments, in bytes.
const maxComment = 256

// ends tells whether c ends an address.
func ends(c byte) bool { return c == ',' || c == ';' || c == ' ' || c == '\t' || c == '<' }

// commentEnd gives the index behind the ) that closes a comment whose text begins at i; -1 if none does.
func commentEnd(s string, i int) int {
	for depth := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return -1
}

// quoted reads a quoted string into the text.
func (p *parser) quoted(e *entry) {
	end := -1
	if !p.noQuote {
		end = quoteEnd(p.s, p.i)
	}
	if end < 0 {
		p.noQuote = true
		e.odd |= BadSyntax
		e.text = append(e.text, '"')
		return
	}
	e.quoted = true
	var pair bool
	e.text, pair = appendUnquoted(e.text, p.s[p.i:end-1])
	if pair && strings.HasPrefix(p.s[end:], "@") {
		e.odd |= QuotedPair
	}
	p.i = end
}

// quoteEnd gives the index behind the closing quote of a string whose text begins at i; -1 if there is none.
func quoteEnd(s string, i int) int {
	for ; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return -1
}

// appendUnquoted takes the backslashes of quoted pairs out; pair tells whether there were any.
func appendUnquoted(dst []byte, s string) (out []byte, pair bool) {
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			pair = true
			i++
		}
		dst = append(dst, s[i])
	}
	return dst, pair
}

// literal reads [192.0.2.1] into the text.
func (p *parser) literal(e *entry) {
	e.text = append(e.text, '[')
	if e.at == 0 || e.at != len(e.text)-1 {
		return // only behind an @ is it a literal; else a bracket in a name
	}
	end := strings.IndexAny(p.s[p.i:min(len(p.s), p.i+maxPathDomain)], "],<>\"")
	if end >= 0 && p.s[p.i+end] == ']' {
		e.text = append(e.text, p.s[p.i:p.i+end+1]...)
		p.i += end + 1
	}
}

// finish turns what was read of an entry outside of angle brackets into an address, if it is one.
func (p *parser) finish(e *entry) {
	text := strings.TrimSpace(string(e.text))
	if e.angles > 0 {
		p.afterAngle(e, text)
		return
	}
	if e.at == 0 {
		if text != "" || e.comment != "" {
			p.loose = append(p.loose, text, e.comment)
			p.odd |= e.odd
		}
		return
	}
	p.bare(e, text)
}

// bare reads an address without angle brackets. Words before it are a name, though nobody should write it so.
func (p *parser) bare(e *entry, text string) {
	spec := squeeze(text)
	at := strings.LastIndexByte(spec, '@')
	m := mailbox{comment: e.comment, local: spec[:at], domain: spec[at+1:], odd: e.odd}
	if !e.quoted {
		if space := strings.LastIndexByte(m.local, ' '); space >= 0 {
			m.name, m.local = strings.TrimSpace(m.local[:space]), m.local[space+1:]
			m.odd |= BadSyntax
		}
	}
	m.check(e.quoted)
	p.found = append(p.found, m)
}

// squeeze takes out the white space around @ and dots that RFC 5322 still allows (section 4.4).
func squeeze(s string) string {
	if strings.IndexByte(s, ' ') < 0 {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		if n := len(out); (c == '@' || c == '.') && n > 0 && out[n-1] == ' ' {
			out = out[:n-1]
		}
		if n := len(out); c == ' ' && n > 0 && (out[n-1] == '@' || out[n-1] == '.') {
			continue
		}
		out = append(out, c)
	}
	return string(out)
}

// check notes what is wrong with the parts of an address.
func (m *mailbox) check(quoted bool) {
	if m.local == "" || m.domain == "" || !quoted && strings.IndexByte(m.local, '@') >= 0 || strings.ContainsAny(m.domain, " <>\"(),;:") && m.domain[0] != '[' {
		m.odd |= BadSyntax
	}
	if quoted && strings.ContainsAny(m.local, "@<>,") {
		m.odd |= QuotedPair
	}
	if strings.Contains(m.local, "=?") || strings.Contains(m.domain, "=?") {
		m.odd |= Encoded
	}
	if strings.IndexFunc(m.local, isControl) >= 0 || strings.IndexFunc(m.domain, isControl) >= 0 {
		m.odd |= ControlChar
	}
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

// afterAngle handles text behind an address in angle brackets: none is expected.
func (p *parser) afterAngle(e *entry, text string) {
	last := &p.found[len(p.found)-1]
	last.odd |= e.odd
	if last.comment == "" {
		last.comment = e.comment
	}
	if text == "" {
		return
	}
	last.odd |= BadSyntax
	p.loose = append(p.loose, text)
}
