package uri

import (
	"strings"
	"unicode/utf8"
)

const hexDigits = "0123456789abcdef"

// hexByte reads %41 at the start of s.
func hexByte(s string) (c byte, ok bool) {
	if len(s) < 3 || s[0] != '%' {
		return 0, false
	}
	hi, lo := hexValue(s[1]), hexValue(s[2])
	return hi<<4 | lo, hi < 16 && lo < 16
}

func hexValue(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	}
	return 0xff
}

// escaped tells whether a link has an escape.
func escaped(s string) bool {
	for i := strings.IndexByte(s, '%'); i >= 0; {
		if _, ok := hexByte(s[i:]); ok {
			return true
		}
		next := strings.IndexByte(s[i+1:], '%')
		if next < 0 {
			return false
		}
		i += next + 1
	}
	return false
}

// unescape undoes the escapes of printable ASCII, and escapes what should have been: white space, control characters,
// quotes, angle brackets, lone percent signs, and all beyond ASCII (where wide is set, characters up to U+00FF only, by
// their number). A link without escapes is left as it is.
func unescape(s string, wide bool) string {
	if !escaped(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); {
		if c, ok := hexByte(s[i:]); ok {
			if c > ' ' && c < 0x7f {
				b.WriteByte(c)
			} else {
				b.WriteString(s[i : i+3])
			}
			i += 3
			continue
		}
		i += escapeOne(&b, s[i:], wide)
	}
	return b.String()
}

// escapeOne writes the first character of s, and tells how many bytes it has.
func escapeOne(b *strings.Builder, s string, wide bool) int {
	c, n := s[0], 1
	if wide && c >= utf8.RuneSelf {
		var letter rune
		if letter, n = utf8.DecodeRuneInString(s); letter > 0xff {
			b.WriteString(s[:n])
			return n
		}
		c = byte(letter)
	}
	if c <= ' ' || c >= 0x7f || c == '"' || c == '%' || c == '<' || c == '>' {
		b.WriteByte('%')
		b.WriteByte(hexDigits[c>>4])
		b.WriteByte(hexDigits[c&15])
	} else {
		b.WriteByte(c)
	}
	return n
}
