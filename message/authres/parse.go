package authres

import (
	"errors"
	"fmt"
	"strings"
)

// The errors of Parse, wrapped with what was read.
var (
	ErrNoServ  = errors.New("authres: no authserv-id")
	ErrVersion = errors.New("authres: not version 1 of the field")
	ErrTooMany = errors.New("authres: too many results")
	ErrOpen    = errors.New("authres: a quoted string or comment does not end")
)

// Parse reads a value, folded or not. What is no result between two semicolons is left out, as is what is no property
// in a result; that a quoted string or comment does not end is an error, since then nobody knows what belongs to whom.
// Linear in the length of value.
func Parse(value string) (Field, error) {
	s := scanner{s: value}
	var f Field
	s.space()
	f.Serv = s.value()
	if f.Serv == "" {
		return Field{}, ErrNoServ
	}
	s.space()
	if version := s.value(); version != "" && version != "1" {
		return Field{}, fmt.Errorf("%w: %.20q", ErrVersion, version)
	}
	for s.next() {
		r, ok := s.result()
		if !ok {
			continue
		}
		if len(f.Results) == MaxResults {
			return Field{}, fmt.Errorf("%w: more than %d", ErrTooMany, MaxResults)
		}
		f.Results = append(f.Results, r)
	}
	if s.open {
		return Field{}, ErrOpen
	}
	return f, nil
}

// scanner reads from left to right; at is the next byte.
type scanner struct {
	s    string
	at   int
	open bool // something did not end
}

// next goes behind the next semicolon that stands in no quotes and no comment; false: there is none.
func (s *scanner) next() bool {
	for s.space(); s.at < len(s.s); s.space() {
		switch s.s[s.at] {
		case ';':
			s.at++
			return true
		case '"':
			s.quoted()
		default:
			s.at++
		}
	}
	return false
}

// result reads from a semicolon to the next.
func (s *scanner) result() (r Result, ok bool) {
	s.space()
	method, value, ok := s.pair()
	if !ok {
		return r, false
	}
	method, _, _ = strings.Cut(method, "/") // a version of the method
	r.Method, r.Value = strings.ToLower(strings.TrimSpace(method)), strings.ToLower(value)
	for s.space(); s.at < len(s.s) && s.s[s.at] != ';'; s.space() {
		was := s.at
		if key, value, ok := s.pair(); ok {
			r.add(strings.ToLower(key), value)
		}
		if s.at == was {
			s.at++ // a character that belongs nowhere
		}
	}
	return r, true
}

func (r *Result) add(key, value string) {
	kind, name, ok := strings.Cut(key, ".")
	switch {
	case key == "reason" && r.Reason == "":
		r.Reason = value
	case ok && kind != "" && name != "" && len(r.Props) < maxProps:
		r.Props = append(r.Props, Prop{Type: kind, Name: name, Value: value})
	}
}

// pair reads "key=value" with white space and comments around the sign. Without one, what was read is passed over.
func (s *scanner) pair() (key, value string, ok bool) {
	begin := s.at
	for s.at < len(s.s) && !special(s.s[s.at]) && s.s[s.at] != '=' {
		s.at++
	}
	key = s.s[begin:s.at]
	s.space()
	if s.at == len(s.s) || s.s[s.at] != '=' {
		if key == "" && s.at < len(s.s) && s.s[s.at] == '"' {
			s.quoted()
		}
		return "", "", false
	}
	s.at++
	s.space()
	return key, s.value(), key != ""
}

// value reads a quoted string, or what stands up to the next space, semicolon or comment. A quoted local part of an
// address stays as it is written.
func (s *scanner) value() string {
	begin, text := s.at, ""
	if s.at < len(s.s) && s.s[s.at] == '"' {
		if text = s.quoted(); s.at == len(s.s) || special(s.s[s.at]) {
			return text
		}
	}
	for s.at < len(s.s) && !special(s.s[s.at]) {
		s.at++
	}
	return s.s[begin:s.at]
}

// special tells whether a byte ends a word.
func special(c byte) bool { return c <= ' ' || c == ';' || c == '(' || c == '"' }

// quoted reads a quoted string without its quotes and backslashes.
func (s *scanner) quoted() string {
	s.at++
	begin, escaped := s.at, false
	for s.at < len(s.s) {
		switch s.s[s.at] {
		case '"':
			text := s.s[begin:s.at]
			s.at++
			if escaped {
				return unescape(text)
			}
			return text
		case '\\':
			escaped = true
			s.at++
		}
		s.at++
	}
	s.at, s.open = len(s.s), true
	return ""
}

func unescape(s string) string {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b = append(b, s[i])
	}
	return string(b)
}

// space passes over white space and comments (RFC 5322 section 3.2.2).
func (s *scanner) space() {
	depth := 0
	for s.at < len(s.s) {
		switch c := s.s[s.at]; {
		case c == '(':
			depth++
		case c == ')' && depth > 0:
			depth--
		case c == '\\' && depth > 0:
			s.at++
		case depth == 0 && c > ' ':
			return
		}
		s.at++
	}
	s.at = min(s.at, len(s.s))
	s.open = s.open || depth > 0
}
