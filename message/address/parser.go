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
