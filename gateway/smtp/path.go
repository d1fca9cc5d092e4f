package smtp

import (
	"strings"
	"unicode/utf8"
)

// Bounds of a path. RFC 5321 section 4.5.3.1 has 64, 255 and 256.
//
// QUIRK: bounce addresses of mailing systems (VERP) have local parts of more than 64 bytes; they are taken.
const (
	maxLocal  = 255
	maxDomain = 255
)

// path is a mailbox as given in MAIL or RCPT: "" for <>.
type path struct {
	addr   string // without <> and without a source route
	domain string // lower case; "" for <> and <postmaster>
	ascii  bool
}

// cutPath reads the path at the start of arg and returns what follows it. What it accepts can stand on a command line
// to the next hop as it is: no control characters, no < or >, and no space outside a quoted local part (CASES A20).
//
// QUIRK: a space after "FROM:" and a plain address without <> are taken, as old devices send them.
func cutPath(arg string) (p path, rest string, ok bool) {
	inner, rest, ok := cutAngle(arg)
	if !ok {
		return path{}, "", false
	}
	inner = dropRoute(inner)
	if inner == "" {
		return path{ascii: true}, rest, true
	}
	local, domain, ok := splitMailbox(inner)
	if !ok || !validLocal(local) || domain != "" && !validDomain(domain) {
		return path{}, "", false
	}
	return path{addr: inner, domain: lower(domain), ascii: isASCII(inner)}, rest, true
}

// routed tells whether the local part names another destination: user%other@domain, other!user@domain,
// "user@other"@domain. Servers from Sendmail to Postfix follow such routes, and for us they do, since they trust us:
// whoever takes one makes an open relay of the two.
func (p path) routed() bool {
	at := strings.LastIndexByte(p.addr, '@')
	return at > 0 && strings.ContainsAny(p.addr[:at], "%!@")
}

// cutAngle finds the > that ends the path, which may not be one within quotes.
func cutAngle(arg string) (inner, rest string, ok bool) {
	if arg == "" || arg[0] != '<' {
		inner, rest, _ = strings.Cut(arg, " ")
		return inner, strings.Trim(rest, " \t"), inner != "" && !strings.ContainsAny(inner, `<>"`)
	}
	quoted := false
	for i := 1; i < len(arg); i++ {
		switch c := arg[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case c == '>' && !quoted:
			rest = arg[i+1:]
			return arg[1:i], strings.Trim(rest, " \t"), rest == "" || rest[0] == ' ' || rest[0] == '\t'
		}
	}
	return "", "", false
}

// dropRoute removes a source route, "@a,@b:" (RFC 5321 appendix C says to ignore it).
func dropRoute(inner string) string {
	if strings.HasPrefix(inner, "@") {
		if _, after, ok := strings.Cut(inner, ":"); ok {
			return after
		}
	}
	return inner
}

// splitMailbox cuts at the @ that ends the local part. Only postmaster may come without a domain.
func splitMailbox(s string) (local, domain string, ok bool) {
	at := strings.LastIndexByte(s, '@')
	if at < 0 {
		return s, "", strings.EqualFold(s, "postmaster")
	}
	return s[:at], s[at+1:], at > 0 && at+1 < len(s)
}

// validLocal takes a dot-atom, tolerantly, or a quoted string.
func validLocal(s string) bool {
	if len(s) > maxLocal {
		return false
	}
	if s[0] == '"' {
		return validQuoted(s)
	}
	return !strings.ContainsAny(s, " \t\"\\<>()[],;:@") && printable(s)
}

func validQuoted(s string) bool {
	if len(s) < 2 || s[len(s)-1] != '"' || !printable(s) {
		return false
	}
	body := s[1 : len(s)-1]
	for i := 0; i < len(body); i++ {
		switch body[i] {
		case '"':
			return false
		case '\\':
			if i++; i == len(body) {
				return false
			}
		}
	}
	return true
}

// validDomain takes a domain name, tolerantly (underscores occur), or an address literal.
func validDomain(s string) bool {
	if len(s) > maxDomain {
		return false
	}
	if s[0] == '[' {
		return s[len(s)-1] == ']' && strings.Trim(s[1:len(s)-1], "0123456789abcdefABCDEF.:IPvip") == ""
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.' || c >= 0x80) {
			return false
		}
	}
	return s[0] != '.' && s[0] != '-' && !strings.Contains(s, "..") && printable(s)
}

// printable tells whether s is UTF-8 without control characters (C0, DEL and C1).
func printable(s string) bool {
	for _, r := range s {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return false
		}
	}
	return utf8.ValidString(s)
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// lower is the lower case of a domain, without the dot that may end it.
func lower(domain string) string { return strings.ToLower(strings.TrimSuffix(domain, ".")) }
