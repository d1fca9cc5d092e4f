package charset

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

var (
	bomUTF8    = []byte("\xef\xbb\xbf")
	bomUTF16LE = []byte("\xff\xfe")
	bomUTF16BE = []byte("\xfe\xff")
	bomUTF32LE = []byte("\xff\xfe\x00\x00")
	bomUTF32BE = []byte("\x00\x00\xfe\xff")
)

// decodeMarked reads text that begins with a byte order mark. A mark is believed over a label, as browsers do.
func decodeMarked(body []byte, label string) (string, Flags, bool) {
	if len(body) < 2 || (body[0] < 0x80 && body[0] != 0) {
		return "", 0, false
	}
	switch {
	case bytes.HasPrefix(body, bomUTF8):
		text, flags := decodeUTF8(body[3:])
		return text, flags | mismatch(label, "utf-8", "utf8"), true
	case bytes.HasPrefix(body, bomUTF32LE) && len(body)%4 == 0:
		return wide(body[4:], utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM)), mismatch(label, "utf-32", "ucs-4"), true
	case bytes.HasPrefix(body, bomUTF32BE):
		return wide(body[4:], utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM)), mismatch(label, "utf-32", "ucs-4"), true
	case bytes.HasPrefix(body, bomUTF16LE) && wideLabel(label):
		return wide(body[2:], unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)), undeclared(label), true
	case bytes.HasPrefix(body, bomUTF16BE) && wideLabel(label):
		return wide(body[2:], unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)), undeclared(label), true
	}
	return lyingMark(body)
}

// lyingMark reads UTF-16 that begins with a mark under another label, as browsers do, where its zero bytes show it too.
func lyingMark(body []byte) (string, Flags, bool) {
	if !bytes.HasPrefix(body, bomUTF16LE) && !bytes.HasPrefix(body, bomUTF16BE) {
		return "", 0, false
	}
	text, ok := guessWide(body[2:])
	return text, Lying, ok
}

func mismatch(label string, prefixes ...string) Flags {
	if label == "" {
		return 0
	}
	for _, p := range prefixes {
		if strings.HasPrefix(label, p) {
			return 0
		}
	}
	return Lying
}

func undeclared(label string) Flags {
	if label == "" {
		return Undeclared | Guessed
	}
	return 0
}

func wideLabel(label string) bool {
	return label == "" || strings.Contains(label, "16") || strings.HasPrefix(label, "ucs-2") || strings.Contains(label, "unicode") ||
		strings.Contains(label, "10646")
}

// decodeWide reads UTF-16 and UTF-32 without a byte order mark.
//
// QUIRK: RFC 2781 says big-endian where "utf-16" has no mark; mail says otherwise, so the zero bytes decide.
func decodeWide(body []byte, label string) (string, Flags, bool) {
	switch label {
	case "utf-16le", "utf16le", "ucs-2le", "unicodefffe", "csutf16le":
		return wide(body, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)), 0, true
	case "utf-16be", "utf16be", "ucs-2be", "csutf16be":
		return wide(body, unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)), 0, true
	case "utf-32le", "utf32le", "ucs-4le":
		return wide(body, utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM)), 0, true
	case "utf-32be", "utf32be", "ucs-4be":
		return wide(body, utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM)), 0, true
	case "utf-16", "utf16", "ucs-2", "iso-10646-ucs-2", "unicode", "csutf16", "csunicode":
		return guess16(body)
	case "utf-32", "utf32", "ucs-4", "iso-10646-ucs-4", "csutf32":
		return guess32(body)
	}
	return "", 0, false
}

func guess16(body []byte) (string, Flags, bool) {
	even, odd := zeros(body)
	switch {
	case even == 0 && odd == 0 && isASCII(body):
		return view(body), Lying, true // plain ASCII under a wide label
	case odd > even:
		return wide(body, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)), NoBOM, true
	}
	return wide(body, unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)), NoBOM, true
}

func guess32(body []byte) (string, Flags, bool) {
	if isASCII(body) && bytes.IndexByte(body, 0) < 0 {
		return view(body), Lying, true
	}
	order := utf32.BigEndian
	if len(body) >= 4 && body[3] == 0 && body[0] != 0 {
		order = utf32.LittleEndian
	}
	return wide(body, utf32.UTF32(order, utf32.IgnoreBOM)), NoBOM, true
}

// guessWide finds UTF-16 by its zero bytes where no label tells of it.
func guessWide(body []byte) (string, bool) {
	if bytes.IndexByte(body, 0) < 0 {
		return "", false
	}
	even, odd := zeros(body)
	half := len(body) / 2
	switch {
	case half < 4:
		return "", false
	case odd > half/2 && even <= half/8:
		return wide(body, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)), true
	case even > half/2 && odd <= half/8:
		return wide(body, unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)), true
	}
	return "", false
}

// zeros counts zero bytes at even and odd places.
func zeros(body []byte) (even, odd int) {
	for i, c := range body {
		if c == 0 {
			if i&1 == 0 {
				even++
			} else {
				odd++
			}
		}
	}
	return even, odd
}

func wide(body []byte, enc encoding.Encoding) string {
	out, err := enc.NewDecoder().Bytes(body)
	if err != nil || !utf8.Valid(out) {
		return repair(body)
	}
	return view(out)
}

// decodeISO2022KR reads RFC 1557: KS C 5601 in 7 bits between SO and SI, its designator "ESC $ ) C" once in front.
func decodeISO2022KR(body []byte) string {
	out := make([]byte, 0, len(body))
	shifted := false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case c == 0x1b && bytes.HasPrefix(body[i:], []byte("\x1b$)C")):
			i += 3
		case c == 0x0e:
			shifted = true
		case c == 0x0f:
			shifted = false
		case c == '\n':
			shifted = false
			out = append(out, c)
		case shifted && c > 0x20:
			out = append(out, c|0x80)
		default:
			out = append(out, c)
		}
	}
	text, err := korean.EUCKR.NewDecoder().Bytes(out)
	if err != nil {
		return repair(body)
	}
	return view(text)
}
