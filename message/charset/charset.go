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

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
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

// normalize cuts what mail programs put around labels.
func normalize(label string) string {
	label = strings.Trim(label, " \t\"'<>;,")
	if strings.IndexFunc(label, func(r rune) bool { return 'A' <= r && r <= 'Z' }) >= 0 {
		label = strings.ToLower(label)
	}
	return label
}

// asciiCompatible tells whether pure ASCII text reads as itself under this label. Unknown labels count as compatible.
func asciiCompatible(label string) bool {
	switch {
	case label == "":
		return true
	case strings.HasPrefix(label, "iso-2022"), strings.HasPrefix(label, "csiso2022"), strings.HasPrefix(label, "hz"),
		strings.Contains(label, "utf-7"), strings.Contains(label, "utf7"), strings.HasPrefix(label, "utf-16"),
		strings.HasPrefix(label, "utf16"), strings.HasPrefix(label, "utf-32"), strings.HasPrefix(label, "utf32"),
		strings.HasPrefix(label, "ucs-"), strings.HasPrefix(label, "iso-10646"), strings.HasPrefix(label, "unicode"),
		strings.Contains(label, "ebcdic"), strings.HasPrefix(label, "ibm0"), strings.HasPrefix(label, "ibm1"),
		strings.HasPrefix(label, "cp037"), strings.HasPrefix(label, "cp1047"), strings.HasPrefix(label, "cp1140"):
		return false
	}
	return true
}

func decodeASCII(body []byte, label string) (string, Flags) {
	if bytes.IndexByte(body, 0x1b) >= 0 && looksISO2022JP(body) {
		text, _ := decodeNamed(body, "iso-2022-jp")
		return text, Guessed
	}
	if label != "" && !common(label) && find(label) == nil {
		return view(body), Unknown
	}
	return view(body), 0
}

// common answers for nearly all mail without a look into the tables.
func common(label string) bool {
	switch label {
	case "us-ascii", "ascii", "utf-8", "utf8", "iso-8859-1", "windows-1252", "iso-8859-15", "windows-1251", "gb2312":
		return true
	}
	return false
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
		if text, ok := guessWide(body); ok {
			return text, Unknown | Guessed
		}
		return repair(body), Unknown
	}
	if m, ok := enc.(*charmap.Charmap); ok {
		return decodeCharmap(body, m), 0
	}
	out, err := enc.NewDecoder().Bytes(body)
	if err != nil {
		return repair(body), Lying
	}
	text := view(out)
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

// find looks a label up, nil if nobody knows it.
func find(label string) encoding.Encoding {
	if alias, ok := aliases[label]; ok {
		label = alias
	}
	if enc, err := htmlindex.Get(label); err == nil && enc != encoding.Replacement {
		return enc
	}
	if enc, err := ianaindex.MIME.Encoding(label); err == nil && enc != nil {
		return enc
	}
	if enc, err := ianaindex.IANA.Encoding(label); err == nil && enc != nil {
		return enc
	}
	return nil
}

// aliases are labels that mail has and the tables lack.
var aliases = map[string]string{
	"ansi_x3.110-1983": "iso-8859-1", "iso-8859-8-i": "iso-8859-8", "iso8859_1": "iso-8859-1", "latin-1": "iso-8859-1",
	"latin1": "iso-8859-1", "8859-1": "iso-8859-1", "iso_8859_1": "iso-8859-1", "win-1251": "windows-1251",
	"win-1252": "windows-1252", "ansi": "windows-1252", "cp-850": "ibm850", "cp850": "ibm850", "cp437": "ibm437",
	"ks_c_5601": "euc-kr", "cp949": "euc-kr", "uhc": "euc-kr", "x-windows-949": "euc-kr", "cp936": "gbk", "gb-2312": "gb2312",
	"chinesebig5": "big5", "cp950": "big5", "big-5": "big5", "cp932": "shift_jis", "shift-jis": "shift_jis",
	"x-mac-roman": "macintosh", "iso-2022-jp-1": "iso-2022-jp", "iso-2022-jp-2": "iso-2022-jp", "iso-2022-jp-3": "iso-2022-jp",
	"iso-2022-jp-ms": "iso-2022-jp", "cp50220": "iso-2022-jp", "cp50221": "iso-2022-jp", "hz": "hz-gb-2312",
	"cp874": "windows-874", "tis620": "tis-620", "koi8r": "koi8-r", "koi8u": "koi8-u", "cp1250": "windows-1250",
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
