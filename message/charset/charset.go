// Package charset turns text in any charset of mail into UTF-8, whatever its label says.
//
// It follows the WHATWG Encoding Standard's labels (a browser reads "iso-8859-1" as windows-1252) and adds what mail
// still has and browsers dropped: UTF-7, UTF-32, ISO-2022-KR, the IBM code pages. A label may lie, be unknown or
// absent; then the bytes decide. No text is lost over a wrong label: where UTF-8 was expected, a byte that fits nowhere
// becomes what windows-1252 makes of it.
package charset

import (
	"bytes"
	"strings"
	"unicode/utf8"
	"unsafe"

	"golang.org/x/text/encoding/charmap"
)

// Flags tell what was odd about a text's charset.
type Flags uint8

// The flags.
const (
	Unknown    Flags = 1 << iota // nobody knows the label: the bytes decided
	Lying                        // the text is not in the charset that the label names
	UTF7                         // UTF-7, which hides what it says from byte scans
	NoBOM                        // UTF-16 or UTF-32 without byte order mark: the order was guessed
	Undeclared                   // no label, but not ASCII
	Guessed                      // without a label, the bytes showed UTF-16, UTF-32 or ISO-2022-JP
)

// Decode gives text in UTF-8. label is the charset parameter in any case, "" for none. Where nothing needs decoding the
// result shares body's memory, so body must not change afterwards. The result is valid UTF-8.
func Decode(body []byte, label string) (string, Flags) {
	label = normalize(label)
	if text, flags, ok := decodeMarked(body, label); ok {
		return text, flags
	}
	ascii := isASCII(body)
	if ascii && asciiCompatible(label) {
		return decodeASCII(body, label)
	}
	switch label {
	case "":
		return decodeUnlabelled(body)
	case "utf-8", "utf8", "unicode-1-1-utf-8", "x-utf_8j", "utf-8mb4", "cp65001":
		return decodeUTF8(body)
	case "us-ascii", "ascii", "ansi_x3.4-1968", "iso-ir-6", "iso646-us", "us", "646":
		return orLying(repair(body), !ascii)
	case "utf-7", "unicode-1-1-utf-7", "utf7", "x-unicode-2-0-utf-7", "csutf7":
		return decodeUTF7(body), UTF7
	case "iso-2022-kr", "csiso2022kr":
		return decodeISO2022KR(body), 0
	}
	if text, flags, ok := decodeWide(body, label); ok {
		return text, flags
	}
	return decodeNamed(body, label)
}

func decodeASCII(body []byte, label string) (string, Flags) {
	if bytes.IndexByte(body, 0x1b) >= 0 && looksISO2022JP(body) {
		text, _ := decodeNamed(body, "iso-2022-jp")
		return text, Guessed
	}
	if label != "" && !common(label) && !known(label) {
		return view(body), Unknown
	}
	return view(body), 0
}

func looksISO2022JP(body []byte) bool {
	return bytes.Contains(body, []byte("\x1b$B")) || bytes.Contains(body, []byte("\x1b$@"))
}

// decodeUnlabelled reads 8-bit text without a charset.
func decodeUnlabelled(body []byte) (string, Flags) {
	if text, ok := guessWide(body); ok {
		return text, Undeclared | Guessed
	}
	return repair(body), Undeclared
}

func decodeUTF8(body []byte) (string, Flags) {
	if utf8.Valid(body) {
		return view(body), 0
	}
	return repair(body), Lying
}

func orLying(text string, lying bool) (string, Flags) {
	if lying {
		return text, Lying
	}
	return text, 0
}

// decodeNamed handles the charsets of the tables.
func decodeNamed(body []byte, label string) (string, Flags) {
	enc := find(label)
	if enc == nil {
		return decodeRare(body, label)
	}
	if m, ok := enc.(*charmap.Charmap); ok {
		return decodeCharmap(body, m), 0
	}
	out, err := enc.NewDecoder().Bytes(body)
	if err != nil {
		return repair(body), Lying
	}
	return checked(view(out), body)
}

// decodeRare handles labels that the Encoding Standard lacks: those of the IANA registry, else the bytes decide.
func decodeRare(body []byte, label string) (string, Flags) {
	if out, ok := decodeIANA(body, label); ok && utf8.Valid(out) {
		return checked(view(out), body)
	}
	if text, ok := guessWide(body); ok {
		return text, Unknown | Guessed
	}
	return repair(body), Unknown
}

// checked takes a decoded text back where too much of it could not be decoded.
func checked(text string, body []byte) (string, Flags) {
	if damaged(text, body) {
		if utf8.Valid(body) {
			return view(body), Lying
		}
		return text, Lying
	}
	return text, 0
}

// damaged tells whether more than a stray character could not be decoded.
func damaged(text string, body []byte) bool {
	n := strings.Count(text, "\uFFFD")
	return n > 0 && n > len(body)/200
}

// isASCII tells whether body has no byte above 127.
func isASCII(body []byte) bool {
	for len(body) >= 8 {
		if (body[0]|body[1]|body[2]|body[3]|body[4]|body[5]|body[6]|body[7])&0x80 != 0 {
			return false
		}
		body = body[8:]
	}
	for _, c := range body {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// decodeCharmap decodes a single-byte charset with one allocation of the exact size.
func decodeCharmap(body []byte, m *charmap.Charmap) string {
	size := 0
	for _, c := range body {
		if c < 0x80 {
			size++
		} else {
			size += utf8.RuneLen(m.DecodeByte(c))
		}
	}
	out := make([]byte, 0, size)
	for _, c := range body {
		out = utf8.AppendRune(out, m.DecodeByte(c))
	}
	return view(out)
}

// repair keeps what is UTF-8 and reads all else as windows-1252, so that text under a wrong label stays legible.
func repair(body []byte) string {
	if utf8.Valid(body) {
		return view(body)
	}
	out := make([]byte, 0, len(body)+len(body)/4)
	for len(body) > 0 {
		r, n := utf8.DecodeRune(body)
		if r == utf8.RuneError && n == 1 {
			out = utf8.AppendRune(out, charmap.Windows1252.DecodeByte(body[0]))
		} else {
			out = append(out, body[:n]...)
		}
		body = body[n:]
	}
	return view(out)
}

// view gives bytes as a string without copying them. They never change.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
