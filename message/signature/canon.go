package signature

import (
	"bytes"
	"strings"
)

// Canon is a way to make a message look alike before and after what mail servers do to it (RFC 6376 section 3.4).
type Canon uint8

// The two ways.
const (
	Simple  Canon = iota // nothing may change but empty lines at the end
	Relaxed              // white space may change, and the case of fields' names
)

// String gives the name used in c=.
func (c Canon) String() string {
	if c == Relaxed {
		return "relaxed"
	}
	return "simple"
}

// ParseCanon reads c= without white space: "relaxed/simple", "relaxed" (whose body is simple), "" for both simple.
func ParseCanon(s string) (header, body Canon, err error) {
	first, second, _ := strings.Cut(strings.ToLower(s), "/")
	for _, half := range [...]struct {
		name string
		to   *Canon
	}{{first, &header}, {second, &body}} {
		switch half.name {
		case "", "simple":
		case "relaxed":
			*half.to = Relaxed
		default:
			return header, body, malformed("tag c= names a canonicalization that nobody knows")
		}
	}
	return header, body, nil
}

// AppendField appends the canonical form of a field, with its line end. raw is the whole field; one whose line end is
// missing gets it.
func (c Canon) AppendField(dst, raw []byte) []byte {
	if c == Simple {
		return appendSimpleField(dst, raw)
	}
	name, value, _ := bytes.Cut(raw, []byte{':'})
	for _, b := range bytes.TrimRight(name, " \t\r\n\v\f") {
		dst = append(dst, lower(b))
	}
	dst = append(dst, ':')
	return append(appendWords(dst, value), '\r', '\n')
}

// appendWords appends a value with each run of white space made one space, and none at its ends.
func appendWords(dst, value []byte) []byte {
	start, gap := len(dst), false
	for _, b := range value {
		if b == ' ' || b == '\t' || b == '\r' || b == '\n' {
			gap = true
			continue
		}
		if gap && len(dst) > start {
			dst = append(dst, ' ')
		}
		gap = false
		dst = append(dst, b)
	}
	return dst
}

// appendSimpleField appends a field as it is; a line that ends in LF alone ends in CRLF, as it would have been signed.
func appendSimpleField(dst, raw []byte) []byte {
	for len(raw) > 0 {
		n := bytes.IndexByte(raw, '\n')
		if n < 0 {
			return append(append(dst, raw...), '\r', '\n')
		}
		dst = append(dst, raw[:n]...)
		if n == 0 || raw[n-1] != '\r' {
			dst = append(dst, '\r')
		}
		dst = append(dst, '\n')
		raw = raw[n+1:]
	}
	return dst
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
