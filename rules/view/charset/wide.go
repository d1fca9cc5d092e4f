package charset

import (
	"bytes"

	"golang.org/x/text/encoding/unicode"
)

// utf16 decodes UTF-16 whose order of bytes nobody declared: it is guessed by where its blanks and zeros stand. A text
// with a byte order mark is not decoded: SpamAssassin leaves that to a decoder which it never calls.
func utf16(data []byte) ([]byte, bool) {
	if bytes.HasPrefix(data, []byte{0xFF, 0xFE}) || bytes.HasPrefix(data, []byte{0xFE, 0xFF}) {
		return nil, false
	}
	order, ok := byteOrder(data)
	if !ok || len(data)%2 != 0 {
		return nil, false
	}
	text, err := unicode.UTF16(order, unicode.IgnoreBOM).NewDecoder().Bytes(data)
	return text, err == nil && !bytes.Contains(text, []byte("\uFFFD"))
}

func byteOrder(data []byte) (order unicode.Endianness, ok bool) {
	little, big, even, odd := 0, 0, 0, 0
	for i := 0; i+1 < len(data); i += 2 {
		a, b := data[i], data[i+1]
		even += int(a>>4 + a&15)
		odd += int(b>>4 + b&15)
		if a == ' ' && b == 0 {
			little++
		}
		if a == 0 && b == ' ' {
			big++
		}
	}
	if even > 4*odd {
		little++
	}
	if 4*odd > even {
		big++
	}
	if little == big {
		return unicode.BigEndian, false
	}
	if little > big {
		return unicode.LittleEndian, true
	}
	return unicode.BigEndian, true
}

// pairs tells whether every octet above 127 begins a pair that ok takes.
func pairs(data []byte, ok func(a, b byte) bool) bool {
	for i := 0; i < len(data); i++ {
		if data[i] < 0x80 {
			continue
		}
		if i+1 == len(data) || !ok(data[i], data[i+1]) {
			return false
		}
		i++
	}
	return true
}

// isGB2312 tells whether all pairs are in the table of GB 2312-80, which GBK extends.
func isGB2312(data []byte) bool { return pairs(data, inGB2312) }

func inGB2312(a, b byte) bool {
	if b < 0xA1 || b > 0xFE {
		return false
	}
	within := func(lo, hi byte) bool { return b >= lo && b <= hi }
	switch {
	case a == 0xA1, a == 0xA3, a >= 0xB0 && a <= 0xF7 && a != 0xD7:
		return true
	case a == 0xA2:
		return within(0xB1, 0xE2) || within(0xE5, 0xEE) || within(0xF1, 0xFC)
	case a == 0xA4:
		return within(0xA1, 0xF3)
	case a == 0xA5:
		return within(0xA1, 0xF6)
	case a == 0xA6:
		return within(0xA1, 0xB8) || within(0xC1, 0xD8)
	case a == 0xA7:
		return within(0xA1, 0xC1) || within(0xD1, 0xF1)
	case a == 0xA8:
		return within(0xA1, 0xBA) || within(0xC5, 0xE9)
	case a == 0xA9:
		return within(0xA4, 0xEF)
	}
	return a == 0xD7 && within(0xA1, 0xF9)
}

// isEUCKR tells whether all pairs are of KS X 1001; the decoder also takes what Microsoft added.
func isEUCKR(data []byte) bool {
	return pairs(data, func(a, b byte) bool { return a >= 0xA1 && a <= 0xFE && b >= 0xA1 && b <= 0xFE })
}

// isBig5 tells whether all pairs are of Big5 with the additions of ETEN; the decoder also takes those of Hong Kong.
func isBig5(data []byte) bool {
	return pairs(data, func(a, b byte) bool { return a >= 0xA1 && a <= 0xF9 })
}

// isShiftJIS tells whether all pairs are of JIS X 0208; the decoder also takes what Microsoft added.
func isShiftJIS(data []byte) bool {
	for i := 0; i < len(data); i++ {
		a := data[i]
		if a < 0x80 || a >= 0xA1 && a <= 0xDF {
			continue
		}
		i++
		if i == len(data) || !(a >= 0x81 && a <= 0x84 || a >= 0x88 && a <= 0x9F || a >= 0xE0 && a <= 0xEA) || a == 0x88 && data[i] < 0x9F {
			return false
		}
	}
	return true
}
