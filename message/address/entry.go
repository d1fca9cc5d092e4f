package address

import "strings"

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
