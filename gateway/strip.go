package gateway

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"weir/message"
	"weir/message/address"
	"weir/message/anomaly"
	"weir/message/header"
)

// stripper tells which fields of an incoming message pretend to be ours. They are hidden from filters and rules and
// removed on the way (CASES E15, E16).
type stripper struct {
	exact    map[string]bool
	prefixes []string
	authserv string
}

func newStripper(patterns []string, authserv string) stripper {
	s := stripper{exact: map[string]bool{}, authserv: address.Domain(authserv)}
	for _, p := range patterns {
		p = strings.ToLower(p)
		if prefix, ok := strings.CutSuffix(p, "*"); ok {
			s.prefixes = append(s.prefixes, prefix)
		} else {
			s.exact[p] = true
		}
	}
	return s
}

// forged tells whether only we may write this field.
func (s *stripper) forged(f *header.Field) bool {
	name := strings.ToLower(strings.TrimSpace(f.Name))
	if s.exact[name] {
		return true
	}
	for _, p := range s.prefixes {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return name == "authentication-results" && s.ours(f.Value())
}

// beyond finds forged fields behind what was read of a header that is too long: no filter sees them, but programs behind us
// may. Their Field is behind all that were read.
func (s *stripper) beyond(m *message.Message) (list []Edit) {
	if !m.Notes.Has(anomaly.HeaderTooLong) {
		return nil
	}
	read := 0
	for i := range m.Header.Fields {
		read += len(m.Header.Fields[i].Raw)
	}
	whole, _ := header.Parse(header.Lines(m.Raw, nil), 0, nil)
	at, seen := 0, map[string]int{}
	for i := range whole.Fields {
		f := &whole.Fields[i]
		name := strings.ToLower(f.Name)
		seen[name]++
		from := at
		if m.IsStripped(i) {
			from = max(at, read) // its beginning was read, and is removed already
		}
		if at+len(f.Raw) > read && s.forged(f) {
			list = append(list, Edit{Op: Remove, Name: f.Name, Index: seen[name], Field: len(m.Header.Fields) + i, at: from, size: at + len(f.Raw) - from})
		}
		at += len(f.Raw)
	}
	return list
}

// ours tells whether an Authentication-Results value carries our authserv-id (RFC 8601 section 5): with or without
// comments, quotes and a version, in any case.
func (s *stripper) ours(value string) bool {
	return address.Domain(skipComments(value)) == s.authserv || address.Domain(bare(value)) == s.authserv
}

// bare is all before the first semicolon, without comments, quotes, backslashes, and what can't be seen: a reader that is
// too kind takes "mx(x) . example . com" and "mx".example.com for our name.
func bare(value string) string {
	var b strings.Builder
	depth := 0
	for _, r := range value[:min(len(value), maxServ)] {
		switch {
		case r == '(':
			depth++
		case r == ')' && depth > 0:
			depth--
		case depth > 0 || r == '"' || r == '\\' || r == utf8.RuneError || !unicode.IsGraphic(r) || unicode.IsSpace(r):
		case r == ';':
			return b.String()
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// maxServ is how much of a value is looked at for our name with something in between.
const maxServ = 8192

// skipComments gives the first word after leading white space and comments (RFC 5322 section 3.2.2).
func skipComments(value string) string {
	depth := 0
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case c == '\\' && depth > 0:
			i++
		case c == '(':
			depth++
		case c == ')' && depth > 0:
			depth--
		case depth > 0 || c <= ' ':
		default:
			return word(value[i:])
		}
	}
	return ""
}

// word is the token (RFC 2045 section 5.1) or the quoted string, without its quotes, that s begins with. What ends a token for
// any reader ends it here: a field that only some readers take for ours is removed all the same.
func word(s string) string {
	if s[0] == '"' {
		return unquoted(s[:quotedEnd(s)])
	}
	end := strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7f || strings.ContainsRune("()<>@,;:\\\"/[]?=", r) })
	if end < 0 {
		return s
	}
	return s[:end]
}

// quotedEnd is where the quoted string ends that s begins with; the end of s if it never does.
func quotedEnd(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(s)
}
