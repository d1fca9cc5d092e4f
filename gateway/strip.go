package gateway

import (
	"strings"

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
	s := stripper{exact: map[string]bool{}, authserv: strings.ToLower(strings.TrimSuffix(authserv, "."))}
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

// ours tells whether an Authentication-Results value carries our authserv-id (RFC 8601 section 5): with or without
// comments, quotes and a version, in any case.
func (s *stripper) ours(value string) bool {
	id := strings.ToLower(skipComments(value))
	id = strings.Trim(id, "\"")
	return strings.TrimSuffix(id, ".") == s.authserv
}

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
		case depth > 0 || c == ' ' || c == '\t' || c == '\r' || c == '\n':
		default:
			return word(value[i:])
		}
	}
	return ""
}

// word ends a token or a quoted string at the first byte that can't belong to it.
func word(s string) string {
	if strings.HasPrefix(s, `"`) {
		if end := strings.IndexByte(s[1:], '"'); end >= 0 {
			return s[:end+2]
		}
	}
	if end := strings.IndexAny(s, " \t\r\n;("); end >= 0 {
		return s[:end]
	}
	return s
}
