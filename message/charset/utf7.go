package charset

import (
	"unicode/utf16"
	"unicode/utf8"
)

// decodeUTF7 reads RFC 2152: "+" begins UTF-16 in unpadded base64, "-" or any other character ends it, "+-" is a plus.
// Text that is broken is kept as it stands.
func decodeUTF7(body []byte) string {
	out := make([]byte, 0, len(body))
	for i := 0; i < len(body); {
		c := body[i]
		if c != '+' {
			out = appendByte(out, c)
			i++
			continue
		}
		i++
		if i < len(body) && body[i] == '-' {
			out = append(out, '+')
			i++
			continue
		}
		out, i = appendShifted(out, body, i)
	}
	return view(out)
}

func appendByte(out []byte, c byte) []byte {
	if c < utf8.RuneSelf {
		return append(out, c)
	}
	return utf8.AppendRune(out, rune(c)) // not allowed in UTF-7; read as ISO 8859-1
}

// appendShifted decodes one run of base64 and returns where it ended.
func appendShifted(out, body []byte, i int) ([]byte, int) {
	var bits uint32
	n := 0
	high := rune(0)
	start := i
	for i < len(body) {
		v := utf7Value(body[i])
		if v < 0 {
			break
		}
		i++
		bits = bits<<6 | uint32(v)
		if n += 6; n < 16 {
			continue
		}
		n -= 16
		unit := rune(bits >> n & 0xffff)
		bits &= 1<<n - 1
		switch {
		case high != 0:
			out = utf8.AppendRune(out, utf16.DecodeRune(high, unit))
			high = 0
		case 0xd800 <= unit && unit < 0xdc00:
			high = unit
		default:
			out = utf8.AppendRune(out, unit)
		}
	}
	if i == start {
		return append(out, '+'), i
	}
	if i < len(body) && body[i] == '-' {
		i++
	}
	return out, i
}

func utf7Value(c byte) int {
	switch {
	case 'A' <= c && c <= 'Z':
		return int(c - 'A')
	case 'a' <= c && c <= 'z':
		return int(c-'a') + 26
	case '0' <= c && c <= '9':
		return int(c-'0') + 52
	case c == '+':
		return 62
	case c == '/':
		return 63
	}
	return -1
}
