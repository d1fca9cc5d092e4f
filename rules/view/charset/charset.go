// Package charset turns octets into UTF-8 the way SpamAssassin does (its option normalize_charset, on by default), since
// what rules hit depends on it.
//
// The order of trust differs from that of the message package: what is valid UTF-8 is UTF-8 whatever its label says; then
// the label is taken by its word, strictly: one octet that it does not have, and it is not believed; then windows-1252,
// which few octets contradict.
package charset

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"weir/rules/ascii"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// UTF8 gives a text in UTF-8. declared is the charset of its label; wide tells that the text was decoded, false: that its
// octets stand as they came, in ASCII. The result shares data's memory where nothing changes.
func UTF8(data []byte, declared string) (text []byte, wide bool) {
	high := !ascii.Only(data)
	if !high && asciiLabel(declared) {
		return data, false
	}
	if high && valid(data) {
		return data, true
	}
	if text, ok := byLabel(data, declared, high); ok {
		return text, true
	}
	if !high {
		return data, false
	}
	return decodeMap(data, charmap.Windows1252, true), true
}

// Word gives the content of an encoded word (RFC 2047) in UTF-8: its label is believed, and what the charset does not have
// becomes U+FFFD.
func Word(data []byte, declared string) []byte {
	if ascii.Only(data) && asciiLabel(declared) {
		return data
	}
	if isUTF8(declared) {
		return lax(data)
	}
	if isUTF16(declared) {
		if _, ok := utf16(data); ok {
			return data // QUIRK: it is found to be UTF-16, and its octets are taken all the same
		}
	} else if c := find(declared); c != nil {
		if text, _, ok := c.decode(data); ok {
			return text
		}
	}
	if ascii.Only(data) {
		return data
	}
	return decodeMap(data, charmap.Windows1252, true)
}

// byLabel decodes by the label, strictly.
func byLabel(data []byte, declared string, high bool) ([]byte, bool) {
	switch {
	case strings.EqualFold(declared, "us-ascii"), strings.EqualFold(declared, "ascii"):
		return nil, false
	case isUTF16(declared):
		return utf16(data)
	case isUTF8(declared):
		return data, !high
	}
	c := find(declared)
	if c == nil {
		return nil, false
	}
	text, clean, ok := c.decode(data)
	return text, ok && clean
}

// valid tells whether b is UTF-8 without noncharacters, which Perl's strict decoder does not take.
func valid(b []byte) bool {
	if !utf8.Valid(b) {
		return false
	}
	for i := bytes.IndexByte(b, 0xEF); i >= 0; {
		r, _ := utf8.DecodeRune(b[i:])
		if r >= 0xFDD0 && r <= 0xFDEF || r >= 0xFFFE {
			return false
		}
		n := bytes.IndexByte(b[i+1:], 0xEF)
		if n < 0 {
			break
		}
		i += 1 + n
	}
	return !highNonCharacter(b)
}

// highNonCharacter finds U+1FFFE, U+1FFFF and so on up to U+10FFFF: in UTF-8 they end in BF BE or BF BF.
func highNonCharacter(b []byte) bool {
	for {
		i := bytes.IndexByte(b, 0xBF)
		if i < 0 || i+1 >= len(b) {
			return false
		}
		if i >= 2 && b[i+1] >= 0xBE && b[i-1]&0x0F == 0x0F && b[i-2] >= 0xF0 {
			return true
		}
		b = b[i+1:]
		if len(b) == 0 {
			return false
		}
	}
}

// lax decodes UTF-8 and puts U+FFFD where it is none.
func lax(data []byte) []byte {
	if valid(data) {
		return data
	}
	out, err := unicode.UTF8.NewDecoder().Bytes(data)
	if err != nil {
		return bytes.ToValidUTF8(data, []byte("\uFFFD"))
	}
	return out
}

// decodeMap decodes a single-byte charset; windows: octets that the charset leaves undefined become U+FFFD.
func decodeMap(data []byte, m *charmap.Charmap, windows bool) []byte {
	out := make([]byte, 0, len(data)+len(data)/4+8)
	for _, c := range data {
		r := m.DecodeByte(c)
		if windows && r >= 0x80 && r < 0xA0 {
			r = utf8.RuneError
		}
		out = utf8.AppendRune(out, r)
	}
	return out
}
