package spf

import (
	"net/netip"
	"strings"
)

// macro is one %{…} (RFC 7208 section 7.1).
type macro struct {
	letter  byte // lower case
	escape  bool // the letter was a capital: the value is URL-escaped
	digits  int  // parts that are kept, from the right; 0: all
	reverse bool
	delims  string
}

// cutMacro reads the macro that s begins with, after its percent sign.
func cutMacro(s string, explaining bool) (m macro, rest string, ok bool) {
	end := strings.IndexByte(s, '}')
	if end < 2 || s[0] != '{' {
		return m, s, false
	}
	body := s[1:end]
	m.letter, m.escape, m.delims = body[0]|0x20, body[0]&0x20 == 0, "."
	letters := "slodiphv"
	if explaining {
		letters = "slodiphcrtv"
	}
	if !isLetter(body[0]) || strings.IndexByte(letters, m.letter) < 0 {
		return m, s, false
	}
	i := 1
	for ; i < len(body) && isDigit(body[i]); i++ {
		m.digits = min(m.digits*10+int(body[i]-'0'), 1000)
	}
	if i > 1 && m.digits == 0 {
		return m, s, false
	}
	if i < len(body) && body[i]|0x20 == 'r' {
		m.reverse = true
		i++
	}
	if i < len(body) {
		m.delims = body[i:]
	}
	return m, s[end+1:], strings.Trim(m.delims, ".-+,/_=") == ""
}

// checkMacros checks a macro-string. explaining allows the letters that only explanations know.
func checkMacros(s string, explaining bool) error {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c <= ' ' || c >= 0x7f {
			return errMacro
		} else if c != '%' {
			continue
		}
		if i++; i < len(s) && strings.IndexByte("%_-", s[i]) >= 0 {
			continue
		}
		_, rest, ok := cutMacro(s[i:], explaining)
		if !ok {
			return errMacro
		}
		i = len(s) - len(rest) - 1
	}
	return nil
}

// checkSpec checks a domain-spec: a macro-string that ends in a macro, or in a dot and a top-level label.
func checkSpec(s string) error {
	if err := checkMacros(s, false); err != nil {
		return err
	}
	if s == "" {
		return errDomain
	}
	if at := lastMacro(s); at == len(s) {
		return nil
	}
	name := strings.TrimSuffix(s, ".")
	dot := strings.LastIndexByte(name, '.')
	if dot < lastMacro(s)-1 || dot < 0 || !isTopLabel(name[dot+1:]) {
		return errDomain
	}
	return nil
}

// asksForClient tells whether a checked domain-spec depends on the client's address (%{i}, %{p}): the other letters are
// what the client says.
func asksForClient(s string) bool {
	for i := 0; i+2 < len(s); i++ {
		if c := s[i+2] | 0x20; s[i] == '%' && s[i+1] == '{' && (c == 'i' || c == 'p') {
			return true
		}
	}
	return false
}

// lastMacro tells where the last macro-expand of a checked string ends; 0: there is none.
func lastMacro(s string) (end int) {
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			continue
		}
		if i++; s[i] == '{' {
			i += strings.IndexByte(s[i:], '}')
		}
		end = i + 1
	}
	return end
}

// isTopLabel: letters, digits and hyphens, the latter not at the ends, and not digits alone.
func isTopLabel(s string) bool {
	if s == "" || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	digits := 0
	for i := 0; i < len(s); i++ {
		switch {
		case isDigit(s[i]):
			digits++
		case !isLetter(s[i]) && s[i] != '-':
			return false
		}
	}
	return digits < len(s)
}

// expand expands the macros of a checked string.
func (c *check) expand(s, domain string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	var out []byte
	for i := 0; i < len(s); i++ {
		if s[i] != '%' || i+1 == len(s) {
			out = append(out, s[i])
			continue
		}
		switch i++; s[i] {
		case '%':
			out = append(out, '%')
		case '_':
			out = append(out, ' ')
		case '-':
			out = append(out, "%20"...)
		default:
			m, rest, _ := cutMacro(s[i:], true)
			out = m.appendTo(out, c.letter(m.letter, domain))
			i = len(s) - len(rest) - 1
		}
	}
	return string(out)
}

// letter gives the value of a macro letter.
func (c *check) letter(letter byte, domain string) string {
	switch letter {
	case 's':
		return c.local + "@" + c.sender
	case 'l':
		return c.local
	case 'o':
		return c.sender
	case 'd':
		return domain
	case 'i':
		return dotted(c.ip)
	case 'p':
		return c.validated(domain)
	case 'h':
		return c.helo
	case 'v':
		if c.ip.Is4() {
			return "in-addr"
		}
		return "ip6"
	case 'c':
		return c.ip.String()
	case 'r':
		return c.hostname
	}
	return "0" // t: the time would tell when we answered
}

// dotted gives an address as the macro i does: IPv6 as nibbles.
func dotted(ip netip.Addr) string {
	if ip.Is4() {
		return ip.String()
	}
	const hex = "0123456789abcdef"
	b := ip.As16()
	out := make([]byte, 0, 63)
	for _, x := range b {
		out = append(out, hex[x>>4], '.', hex[x&15], '.')
	}
	return string(out[:len(out)-1])
}

// appendTo appends a value as the macro transforms it.
func (m macro) appendTo(out []byte, value string) []byte {
	if m.digits > 0 || m.reverse || m.delims != "." {
		value = m.transform(value)
	}
	if !m.escape {
		return append(out, value...)
	}
	const hex = "0123456789ABCDEF"
	for i := 0; i < len(value); i++ {
		if x := value[i]; isLetter(x) || isDigit(x) || strings.IndexByte("-._~", x) >= 0 {
			out = append(out, x)
		} else {
			out = append(out, '%', hex[x>>4], hex[x&15])
		}
	}
	return out
}

// transform splits a value, turns it round, and keeps the rightmost parts.
func (m macro) transform(value string) string {
	parts := make([]string, 0, 8)
	for from, i := 0, 0; i <= len(value); i++ {
		if i == len(value) || strings.IndexByte(m.delims, value[i]) >= 0 {
			parts = append(parts, value[from:i])
			from = i + 1
		}
	}
	if m.reverse {
		for i, j := 0, len(parts)-1; i < j; i, j = i+1, j-1 {
			parts[i], parts[j] = parts[j], parts[i]
		}
	}
	if m.digits > 0 && m.digits < len(parts) {
		parts = parts[len(parts)-m.digits:]
	}
	return strings.Join(parts, ".")
}
