package pdf

import (
	"bytes"
	"unicode/utf16"
)

// text reads the names and strings of a piece of a file (ISO 32000-1 section 7.3).
func (s *scanner) text(b []byte) {
	last := "" // the name before a string
	for i := 0; i < len(b); {
		switch b[i] {
		case '/':
			name, n, plain := readName(b[i+1:])
			s.act(name, plain)
			last = name
			i += 1 + n
		case '(':
			text, n := literal(b[i+1:])
			s.str(last, text)
			last = ""
			i += 1 + n
		case '<':
			if i+1 < len(b) && b[i+1] == '<' {
				i += 2
				continue
			}
			text, n := hexString(b[i+1:])
			s.str(last, text)
			last = ""
			i += 1 + n
		case '%':
			for i < len(b) && b[i] != '\n' && b[i] != '\r' {
				i++
			}
		default:
			i++
		}
	}
}

// str notes a string that follows a name.
func (s *scanner) str(name string, text []byte) {
	switch name {
	case "URI":
		if len(s.Links) < maxLinks {
			s.Links = append(s.Links, decode(text))
		}
	case "F", "UF":
		s.embeddedName(decode(text))
	}
}

// decode turns a text string into UTF-8 (section 7.9.2.2): UTF-16 with its mark, else nearly ASCII.
func decode(b []byte) string {
	if len(b) < 2 || b[0] != 0xfe || b[1] != 0xff {
		return string(b)
	}
	units := make([]uint16, 0, len(b)/2)
	for i := 2; i+1 < len(b); i += 2 {
		units = append(units, uint16(b[i])<<8|uint16(b[i+1]))
	}
	return string(utf16.Decode(units))
}

// readName reads a name and decodes #xx. plain is false where letters are written so, which no program does.
func readName(b []byte) (name string, n int, plain bool) {
	plain = true
	for n < len(b) && n < 128 && regular(b[n]) {
		n++
	}
	raw := b[:n]
	if bytes.IndexByte(raw, '#') < 0 {
		return string(raw), n, true
	}
	out := make([]byte, 0, n)
	for i := 0; i < len(raw); i++ {
		if raw[i] == '#' && i+2 < len(raw) && hexValue(raw[i+1]) < 16 && hexValue(raw[i+2]) < 16 {
			c := hexValue(raw[i+1])<<4 | hexValue(raw[i+2])
			plain = plain && (c|0x20 < 'a' || c|0x20 > 'z')
			out = append(out, c)
			i += 2
			continue
		}
		out = append(out, raw[i])
	}
	return string(out), n, plain
}

// regular tells whether a byte may stand in a name.
func regular(c byte) bool {
	return c > ' ' && bytes.IndexByte([]byte("()<>[]{}/%"), c) < 0
}

func hexValue(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10
	}
	return 16
}

// maxString bounds what is kept of a string, in bytes.
const maxString = 8192

// literal reads a string in parentheses (section 7.3.4.2).
func literal(b []byte) (text []byte, n int) {
	depth := 1
	for n < len(b) {
		c := b[n]
		n++
		switch c {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return text, n
			}
		case '\\':
			var used int
			if c, used = escape(b[n:]); used == 0 {
				return text, n
			}
			if n += used; c == 0 {
				continue
			}
		}
		if len(text) < maxString {
			text = append(text, c)
		}
	}
	return text, n
}

// escape reads what follows a backslash; c is 0 for a line end, which does not count.
func escape(b []byte) (c byte, used int) {
	if len(b) == 0 {
		return 0, 0
	}
	switch b[0] {
	case 'n', 'r', 't', 'b', 'f':
		return ' ', 1
	case '\n', '\r':
		return 0, 1
	}
	v := 0
	for used < 3 && used < len(b) && b[used] >= '0' && b[used] <= '7' {
		v = v<<3 | int(b[used]-'0')
		used++
	}
	if used > 0 {
		return byte(v), used
	}
	return b[0], 1
}

// hexString reads a string of hexadecimal digits.
func hexString(b []byte) (text []byte, n int) {
	high, have := byte(0), false
	for n < len(b) {
		c := b[n]
		n++
		v := hexValue(c)
		switch {
		case c == '>':
			return text, n
		case v == 16 && c > ' ':
			return text, n
		case v == 16:
		case have:
			if have = false; len(text) < maxString {
				text = append(text, high<<4|v)
			}
		default:
			high, have = v, true
		}
	}
	return text, n
}
