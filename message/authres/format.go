package authres

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// lineAt is the length from which lines are folded (RFC 5322 section 2.1.1 asks for 78).
const lineAt = 76

// Format writes the field's value, folded with "\n\t". Each result begins a line. It writes what Sane gives.
func (f Field) Format() string {
	f = f.Sane()
	w := writer{}
	w.b.WriteString(quoted(f.Serv))
	for i := range f.Results {
		w.result(&f.Results[i])
	}
	if len(f.Results) == 0 {
		w.b.WriteString("; none")
	}
	return w.b.String()
}

type writer struct {
	b      strings.Builder
	column int
}

func (w *writer) result(r *Result) {
	w.b.WriteString(";\n\t")
	w.column = 8
	w.raw(r.Method + "=" + r.Value)
	if r.Reason != "" {
		w.word(`reason="` + r.Reason + `"`)
	}
	for _, p := range r.Props {
		w.word(p.Type + "." + p.Name + "=" + quoted(p.Value))
	}
}

// word writes a word behind a space, or on a line of its own where it is too long for this one.
func (w *writer) word(s string) {
	if w.column+1+len(s) > lineAt {
		w.b.WriteString("\n\t")
		w.column = 8
	} else {
		w.raw(" ")
	}
	w.raw(s)
}

func (w *writer) raw(s string) {
	w.b.WriteString(s)
	w.column += len(s)
}

// quoted gives a clean value as it stands in the field: bare where the RFC allows it (a token, or an address of plain
// words), else in quotes.
func quoted(s string) string {
	local, domain, address := strings.Cut(s, "@")
	if token(s) && s != "" || address && token(local) && token(domain) && domain != "" {
		return s
	}
	return `"` + s + `"`
}

// token tells whether s holds no more than the characters of a token (RFC 2045 section 5.1).
func token(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f || strings.IndexByte("()<>@,;:\\\"/[]?=", c) >= 0 {
			return false
		}
	}
	return true
}

// clean replaces what might end a value for some reader, or is no printable ASCII. wide leaves printable characters
// beyond ASCII: an internationalised address stands in the field as it is (RFC 8616 section 4).
//
// QUIRK: RFC 8601 allows nearly all of it in a quoted string, but many readers don't know quotes.
func clean(s string, wide bool) string {
	return replace(s, func(r rune) rune {
		switch {
		case r <= ' ' || r == 0x7f || strings.ContainsRune("\"\\;()", r):
			return '?'
		case r >= 0x80 && !(wide && r != utf8.RuneError && unicode.IsPrint(r)):
			return '?'
		}
		return r
	})
}

// sentence makes a reason safe: one line, no quotes, semicolons, parentheses or equals signs, nothing beyond ASCII.
func sentence(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	s = replace(s, func(r rune) rune {
		if r < ' ' || r >= 0x7f {
			return '?'
		}
		if i := strings.IndexRune("\"\\;()=", r); i >= 0 {
			return rune("'/,[]:"[i])
		}
		return r
	})
	return strings.TrimRight(s[:min(len(s), maxReason)], " ")
}

// replace is strings.Map, without a copy where nothing changes.
func replace(s string, to func(rune) rune) string {
	for i, r := range s {
		if to(r) != r || r == utf8.RuneError {
			return s[:i] + strings.Map(to, s[i:])
		}
	}
	return s
}
