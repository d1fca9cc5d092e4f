package received

import "strings"

// comment reads ( … ) with those inside of it. One that is not closed goes to the end.
func (p *parser) comment() {
	begin, depth := p.i+1, 0
	end := len(p.s)
	for ; p.i < len(p.s); p.i++ {
		if c := p.s[p.i]; c == '(' {
			depth++
		} else if c == ')' {
			if depth--; depth == 0 {
				end = p.i
				p.i++
				break
			}
		}
	}
	p.note(strings.TrimSpace(p.s[begin:end]))
}

// note takes in a comment, by the clause behind which it stands.
func (p *parser) note(c string) {
	switch {
	case c == "":
	case p.in == start:
		p.aboutItself(c)
	case hasPrefix(c, "authenticated"), hasPrefix(c, "auth:"), hasPrefix(c, "auth="), hasPrefix(c, "account "), hasPrefix(c, "smtp-auth"):
		p.relay.Auth = true
	case p.in == from:
		p.notes++
		p.aboutClient(c)
	case hasPrefix(c, "Exim"):
		p.exim = true
	case p.in == by && hasPrefix(c, "Postfix, from userid"):
		p.byItself = true
	}
}

// aboutItself takes in a comment in front of everything: "(qmail 1 invoked from network)", "(from jo@localhost)".
func (p *parser) aboutItself(c string) {
	if hasPrefix(c, "qmail ") || hasPrefix(c, "from ") {
		p.byItself = true
	}
}

// aboutClient takes in what the receiving host knows of the client. Its forms, all of them in use:
//
//	rdns [ip]   [ip]   ip   rdns   user@rdns [ip]   HELO name   [ip] helo=name   ip [ip]   [ip]:port
func (p *parser) aboutClient(c string) {
	if p.heloNote(c) || boilerplate(c) {
		return
	}
	if open := strings.IndexByte(c, '['); open >= 0 {
		if end := strings.IndexByte(c[open:], ']'); end > 0 && p.address(c[open+1:open+end]) {
			p.reverseName(c[:open])
			p.rest(c[open+end+1:])
			return
		}
	}
	word, rest := cutWord(c)
	host := word[strings.LastIndexByte(word, '@')+1:]
	switch {
	case p.address(host):
		p.rest(rest)
	case strings.IndexByte(host, '.') > 0 && rest == "" || strings.EqualFold(host, "localhost"):
		p.reverseName(host)
	}
}

// heloNote reads "HELO name", "EHLO name" and "helo=name".
func (p *parser) heloNote(c string) bool {
	if (hasPrefix(c, "helo") || hasPrefix(c, "ehlo")) && len(c) > 5 && (c[4] == ' ' || c[4] == '=' || c[4] == ':') {
		name, _ := cutWord(strings.TrimSpace(c[5:]))
		p.helo = name
		return true
	}
	return false
}

// boilerplate knows the comments that tell of TLS and other things than the client.
func boilerplate(c string) bool {
	for _, begin := range [...]string{"using ", "version=", "No client", "Client", "TLS", "cipher", "envelope-", "may be forged", "not verified", "verified", "misconfigured"} {
		if hasPrefix(c, begin) {
			return true
		}
	}
	return false
}

// reverseName notes the name in front of an address, without the ident user before it.
func (p *parser) reverseName(s string) {
	s = strings.TrimSpace(s)
	s = s[strings.LastIndexByte(s, '@')+1:]
	s = strings.TrimSuffix(strings.TrimSpace(s), ".")
	if last := strings.LastIndexByte(s, ' '); last >= 0 {
		s = s[last+1:]
	}
	if p.rdns == "" && known(s) && !p.isAddress(s) {
		p.rdns = s
	}
}

// rest reads what follows an address in a comment: helo=name (Exim), (account jo HELO name) (CommuniGate).
func (p *parser) rest(s string) {
	for s = strings.TrimSpace(s); s != ""; {
		var word string
		word, s = cutWord(s)
		word = strings.Trim(word, "()")
		switch {
		case hasPrefix(word, "helo=") || hasPrefix(word, "ehlo="):
			p.helo = word[5:]
		case strings.EqualFold(word, "HELO") || strings.EqualFold(word, "EHLO"):
			word, s = cutWord(s)
			p.helo = strings.Trim(word, "()")
		case strings.EqualFold(word, "account"), hasPrefix(word, "auth="):
			p.relay.Auth = true
		}
	}
}

// cutWord splits off the first word.
func cutWord(s string) (word, rest string) {
	end := strings.IndexAny(s, " \t\r\n")
	if end < 0 {
		return s, ""
	}
	return s[:end], strings.TrimSpace(s[end:])
}

// hasPrefix is strings.HasPrefix in any case.
func hasPrefix(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}
