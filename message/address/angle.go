package address

import "strings"

// angle reads the address in angle brackets behind the < just read, after the name that was read before.
func (p *parser) angle(e *entry) {
	end := p.angleEnd(p.i)
	spec := p.s[p.i:end]
	p.i = min(end+1, len(p.s))
	if len(p.found) >= maxAddresses {
		return
	}
	m := mailbox{name: strings.TrimSpace(string(e.text)), comment: e.comment, odd: e.odd}
	if end == len(p.s) || e.angles > 0 {
		m.odd |= BadSyntax
	}
	m.spec(spec)
	e.text, e.at, e.angles, e.odd, e.quoted = e.text[:0], 0, e.angles+1, 0, false
	p.found = append(p.found, m)
}

// angleEnd gives the index of the > that ends an address; the end of the text if there is none. One in a quoted string
// does not count, unless there is no other, or the string is never closed.
func (p *parser) angleEnd(i int) int {
	for j := i; j < len(p.s); j++ {
		switch p.s[j] {
		case '"':
			if j = quoteEnd(p.s, j+1) - 1; j < 0 {
				return p.anyAngle(i)
			}
		case '>':
			return j
		}
	}
	return p.anyAngle(i)
}

// anyAngle is the first > behind i, in quotes or not.
func (p *parser) anyAngle(i int) int {
	if at := strings.IndexByte(p.s[i:], '>'); at >= 0 {
		return i + at
	}
	return len(p.s)
}

// spec reads an address: route, local part, domain.
func (m *mailbox) spec(s string) {
	s = strings.TrimSpace(s)
	if strings.HasPrefix(s, "@") {
		if colon := strings.IndexByte(s, ':'); colon > 0 {
			m.odd |= Route
			s = strings.TrimSpace(s[colon+1:])
		}
	}
	if !strings.ContainsAny(s, "\"\\( \t\r\n") {
		m.split(s, strings.LastIndexByte(s, '@'), false)
		return
	}
	m.slowSpec(s)
}

// slowSpec reads an address with quotes, comments or white space in it.
func (m *mailbox) slowSpec(s string) {
	text := make([]byte, 0, len(s))
	at, quoted := -1, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '"':
			if end := quoteEnd(s, i+1); end > 0 {
				var pair bool
				text, pair = appendUnquoted(text, s[i+1:end-1])
				if pair {
					m.odd |= QuotedPair
				}
				quoted, i = true, end-1
				continue
			}
			m.odd |= BadSyntax
			m.rest(text, s[i:], at, quoted)
			return
		case '(':
			m.odd |= Comment
			if end := commentEnd(s, i+1); end > 0 {
				i = end - 1
				continue
			}
			m.odd |= BadSyntax
			m.rest(text, s[i:], at, quoted)
			return
		case '\\':
			m.odd |= QuotedPair
		case ' ', '\t', '\r', '\n':
		case '@':
			at = len(text)
			text = append(text, c)
		default:
			text = append(text, c)
		}
	}
	m.split(string(text), at, quoted)
}

// rest takes what follows something unclosed as it stands.
func (m *mailbox) rest(text []byte, tail string, at int, quoted bool) {
	if i := strings.LastIndexByte(tail, '@'); i >= 0 {
		at = len(text) + i
	}
	m.split(string(text)+tail, at, quoted)
}

// split cuts an address at the @ at index at; -1: there is none.
func (m *mailbox) split(s string, at int, quoted bool) {
	if at < 0 {
		m.local = s
		m.check(quoted)
		return
	}
	m.local, m.domain = s[:at], s[at+1:]
	m.check(quoted)
}
