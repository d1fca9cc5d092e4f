package header

import (
	"strings"

	"weir/message/anomaly"
)

// mediaScanner walks over "value; name=value; …".
type mediaScanner struct {
	in    string
	i     int
	notes *anomaly.Set
	bare  bool // an unclosed comment was seen: parentheses mean nothing from there on
}

// value reads up to the first semicolon. White space ends it too: "text/html charset=x" lacks only its semicolon.
func (s *mediaScanner) value() string {
	s.skip()
	start := s.i
	for s.i < len(s.in) && s.in[s.i] != ';' && s.in[s.i] != '(' && !isSpace(s.in[s.i]) {
		s.i++
	}
	v := strings.Trim(s.in[start:s.i], "\"'")
	if before, _, ok := strings.Cut(v, ","); ok && strings.Contains(before, "/") {
		v = before
	}
	for j := 0; j < len(v); j++ {
		if lower(v[j]) != v[j] {
			return strings.ToLower(v)
		}
	}
	return v
}

// skip steps over white space and comments (RFC 5322 section 3.2.2), which nest.
func (s *mediaScanner) skip() {
	for s.i < len(s.in) {
		switch {
		case isSpace(s.in[s.i]):
			s.i++
		case s.in[s.i] == '(' && !s.bare:
			s.comment()
		default:
			return
		}
	}
}

// comment steps over one comment. An unclosed one is read as if its parenthesis were not there, and it is the last one
// looked for, so that a field full of parentheses takes linear time.
func (s *mediaScanner) comment() {
	depth := 0
	for j := s.i; j < len(s.in); j++ {
		switch s.in[j] {
		case '\\':
			j++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				s.notes.Add(anomaly.ParamOdd, "comment")
				s.i = j + 1
				return
			}
		}
	}
	s.notes.Add(anomaly.ParamOdd, "unclosed comment")
	s.i++
	s.bare = true
}

// next steps to the next parameter.
func (s *mediaScanner) next() bool {
	semicolons := 0
	for {
		s.skip()
		if s.i >= len(s.in) {
			return false
		}
		if s.in[s.i] != ';' {
			break
		}
		s.i++
		semicolons++
	}
	if semicolons != 1 {
		s.notes.Add(anomaly.ParamOdd, "missing or doubled semicolon")
	}
	return true
}

// param reads name=value; ok is false for junk, which is skipped up to the next semicolon or white space.
func (s *mediaScanner) param() (p param, ok bool) {
	start := s.i
	for s.i < len(s.in) && !strings.ContainsRune("=;(\"", rune(s.in[s.i])) && !isSpace(s.in[s.i]) {
		s.i++
	}
	name := s.in[start:s.i]
	s.skip()
	if s.i >= len(s.in) || s.in[s.i] != '=' || name == "" {
		s.notes.Add(anomaly.ParamOdd, "no name=value: "+clip(name))
		if s.i == start {
			s.i++
		}
		return param{}, false
	}
	s.i++
	s.skip()
	if strings.IndexFunc(name, isControl) >= 0 {
		s.notes.Add(anomaly.ParamOdd, "control character in "+clip(name))
		name = dropControls([]byte(name)) // as programs in C may see it
	}
	p = splitSection(name)
	s.readValue(&p)
	return p, true
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

func clip(s string) string { return s[:min(len(s), 80)] }

// splitSection takes RFC 2231's "*0", "*" and "*0*" from a name.
func splitSection(name string) param {
	p := param{section: -1}
	if strings.HasSuffix(name, "*") {
		p.ext = true
		name = name[:len(name)-1]
	}
	if base, digits, ok := strings.Cut(name, "*"); ok {
		if n := number(digits); n >= 0 {
			name, p.section = base, n
		}
	}
	p.name = strings.ToLower(name)
	return p
}

// number reads up to four digits, -1 for anything else.
func number(s string) int {
	if s == "" || len(s) > 4 {
		return -1
	}
	n := 0
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	return n
}
