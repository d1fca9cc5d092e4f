package bimi

import (
	"errors"
	"strings"
)

var (
	errNoRecord = errors.New("bimi: no record")
	errInvalid  = errors.New("bimi: the record has no https address of an indicator")
)

// record is a BIMI assertion record: where the indicator is, and the evidence that it may be used.
type record struct {
	location  string // of the image; "" with declined
	authority string // of the certificate; "" none
	declined  bool   // the owner wants no indicator to be shown
}

// maxRecord bounds a record and its addresses.
const maxRecord = 2 << 10

// parse reads a record: v=BIMI1; l=https://…; a=https://…. Unknown tags are passed over, of one said twice the first counts.
func parse(text string) (record, error) {
	first, rest, _ := strings.Cut(text, ";")
	name, value, ok := strings.Cut(first, "=")
	if !ok || trim(name) != "v" || trim(value) != "BIMI1" || len(text) > maxRecord {
		return record{}, errNoRecord
	}
	var r record
	var hasL, hasA bool
	for len(rest) > 0 {
		var tag string
		tag, rest, _ = strings.Cut(rest, ";")
		name, value, _ := strings.Cut(tag, "=")
		switch value = trim(value); {
		case trim(name) == "l" && !hasL:
			r.location, hasL = value, true
		case trim(name) == "a" && !hasA:
			r.authority, hasA = value, true
		}
	}
	r.declined = hasL && r.location == "" && r.authority == ""
	if !r.declined && !address(r.location) || r.authority != "" && !address(r.authority) {
		return record{}, errInvalid
	}
	return r, nil
}

// address tells whether a text is an https address that can be reported as it is: no blanks, quotes or controls.
func address(s string) bool {
	host, ok := strings.CutPrefix(s, "https://")
	return ok && host != "" && host[0] != '/' && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"<>\(),`, r) })
}

func trim(s string) string { return strings.Trim(s, " \t\r\n") }

// selector reads a BIMI-Selector field: v=BIMI1; s=brand. "" it names none.
func selector(value string) string {
	first, rest, _ := strings.Cut(value, ";")
	if name, v, ok := strings.Cut(first, "="); !ok || trim(name) != "v" || trim(v) != "BIMI1" {
		return ""
	}
	for len(rest) > 0 {
		var tag string
		tag, rest, _ = strings.Cut(rest, ";")
		if name, v, ok := strings.Cut(tag, "="); ok && trim(name) == "s" {
			return label(strings.ToLower(trim(v)))
		}
	}
	return ""
}

// label gives s if it is one or more DNS labels, of bounded length; else "".
func label(s string) string {
	if len(s) > 63 || s == "" || s[0] == '.' || s[len(s)-1] == '.' || strings.Contains(s, "..") {
		return ""
	}
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.' {
			return ""
		}
	}
	return s
}
