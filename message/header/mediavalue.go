package header

import (
	"strings"

	"weir/message/anomaly"
)

func (s *mediaScanner) readValue(p *param) {
	if s.i < len(s.in) && s.in[s.i] == '"' {
		s.quoted(p)
		return
	}
	start := s.i
	for s.i < len(s.in) && s.in[s.i] != ';' && !isSpace(s.in[s.i]) {
		s.i++
	}
	p.value = s.in[start:s.i]
	s.tail(p, start)
}

// tail handles what follows an unquoted value before the next semicolon: a comment glued to it, or more words.
// Other programs take all of it for the value.
func (s *mediaScanner) tail(p *param, start int) {
	if i := strings.IndexByte(p.value, '('); i > 0 {
		p.alt, p.hasAlt = p.value, true
		p.value = p.value[:i]
		s.i = start + i
		s.skip()
	}
	if s.i >= len(s.in) || s.in[s.i] == ';' {
		return
	}
	end := len(s.in)
	if n := strings.IndexByte(s.in[s.i:], ';'); n >= 0 {
		end = s.i + n
	}
	if rest := strings.TrimSpace(s.in[s.i:end]); rest != "" && !strings.Contains(rest, "=") {
		p.alt, p.hasAlt = strings.TrimSpace(s.in[start:end]), true
		s.notes.Add(anomaly.ParamOdd, "unquoted white space")
		s.i = end
	}
}

// quoted reads a quoted string. One that is never closed ends with the field, or with the first semicolon for others.
func (s *mediaScanner) quoted(p *param) {
	s.i++
	start := s.i
	escaped := false
	for s.i < len(s.in) && s.in[s.i] != '"' {
		if s.in[s.i] == '\\' {
			escaped = true
			s.i++
		}
		s.i++
	}
	end := min(s.i, len(s.in))
	closed := s.i < len(s.in)
	s.i = min(s.i+1, len(s.in))
	p.value = s.in[start:end]
	switch {
	case !closed:
		s.notes.Add(anomaly.ParamOdd, "unclosed quote")
		p.value = strings.TrimRight(p.value, " \t\r\n")
		if before, _, ok := strings.Cut(p.value, ";"); ok {
			p.alt, p.hasAlt = before, true
		}
	case escaped:
		p.alt, p.hasAlt = p.value, true // programs that know no quoted pairs
	}
	if escaped {
		p.value = unquotePairs(p.value)
	}
}

func unquotePairs(s string) string {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		out = append(out, s[i])
	}
	return string(out)
}
