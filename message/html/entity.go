package html

import (
	stdhtml "html"
	"strings"
	"unicode/utf8"
)

// longestEntity bounds how far a named character reference is looked for: the standard's longest has 33 bytes.
const longestEntity = 34

// unescape decodes character references. In attributes those without a semicolon stay as they are where a letter, a
// digit or = follows (HTML section 13.2.5.73), so that ?a=1&copy=2 keeps its parameter.
func unescape(s string, inAttr bool) string {
	amp := strings.IndexByte(s, '&')
	if amp < 0 {
		return s
	}
	return string(appendUnescaped(make([]byte, 0, len(s)), s, inAttr))
}

// appendUnescaped is unescape into a buffer. What it appends is never longer than twice s.
func appendUnescaped(dst []byte, s string, inAttr bool) []byte {
	for {
		amp := strings.IndexByte(s, '&')
		if amp < 0 {
			return append(dst, s...)
		}
		dst = append(dst, s[:amp]...)
		n := 0
		if dst, n = appendEntity(dst, s[amp:], inAttr); n == 0 {
			dst, n = append(dst, '&'), 1
		}
		s = s[amp+n:]
	}
}

// appendEntity decodes the reference that s begins with; n is its length, 0 if it is none.
func appendEntity(dst []byte, s string, inAttr bool) (out []byte, n int) {
	if len(s) > 1 && s[1] == '#' {
		return appendNumeric(dst, s)
	}
	end := 1
	for end < len(s) && end < longestEntity && isAlnum(s[end]) {
		end++
	}
	if end == 1 {
		return dst, 0
	}
	if end < len(s) && s[end] == ';' {
		if c := commonEntity(s[1:end]); c != "" {
			return append(dst, c...), end + 1
		}
		end++
	}
	return appendNamed(dst, s, end, inAttr)
}

// appendNamed decodes a name that is not one of the common ones; the standard library has the table.
func appendNamed(dst []byte, s string, end int, inAttr bool) ([]byte, int) {
	name := s[:end]
	text := stdhtml.UnescapeString(name)
	if text == name {
		return dst, 0
	}
	if inAttr && name[end-1] != ';' && (end < len(s) && s[end] == '=' || !wholeName(name, text)) {
		return dst, 0
	}
	return append(dst, text...), end
}

// wholeName tells whether all of the name was decoded, not only its beginning (&copyright → ©right).
func wholeName(name, text string) bool {
	_, size := utf8.DecodeRuneInString(text)
	return size == len(text) || !strings.HasSuffix(name, text[size:])
}

func isAlnum(c byte) bool { return isLetter(c) || c >= '0' && c <= '9' }

// commonEntity spares most references the way through the big table.
func commonEntity(name string) string {
	switch name {
	case "amp":
		return "&"
	case "nbsp":
		return "\u00a0"
	case "lt":
		return "<"
	case "gt":
		return ">"
	case "quot":
		return `"`
	case "zwnj":
		return "\u200c"
	case "shy":
		return "\u00ad"
	}
	return ""
}

// appendNumeric decodes &#65; and &#x41;, also without the semicolon. Numbers that are no character give U+FFFD.
func appendNumeric(dst []byte, s string) ([]byte, int) {
	at, base := 2, 10
	if at < len(s) && s[at]|0x20 == 'x' {
		at, base = 3, 16
	}
	start, value := at, 0
	for ; at < len(s); at++ {
		d := digit(s[at], base)
		if d < 0 {
			break
		}
		if value <= utf8.MaxRune {
			value = value*base + d
		}
	}
	if at == start {
		return dst, 0
	}
	if at < len(s) && s[at] == ';' {
		at++
	}
	return utf8.AppendRune(dst, charOf(value)), at
}

func digit(c byte, base int) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case base == 16 && c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}

// charOf gives the character of a number. 128 to 159 mean windows-1252, as the standard says; the stdlib has the table.
func charOf(n int) rune {
	if n >= 0x80 && n < 0xa0 {
		return windows1252[n-0x80]
	}
	if n == 0 || n > utf8.MaxRune || n >= 0xd800 && n < 0xe000 {
		return utf8.RuneError
	}
	return rune(n)
}

var windows1252 = [32]rune{
	0x20ac, 0x81, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8d, 0x017d, 0x8f,
	0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x9d, 0x017e, 0x0178,
}
