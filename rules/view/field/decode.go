package field

import (
	"bytes"

	"weir/message/header"
	"weir/rules/ascii"
	"weir/rules/view/alias"
	"weir/rules/view/charset"
)

// Decode gives the value of a field as rules see it, without a line end: unfolded, without white space around it, in UTF-8,
// its encoded words (RFC 2047) read where the field may have any. raw is what follows the colon. The result may share
// raw's memory.
func Decode(name string, raw []byte) []byte { return decode(name, raw, true) }

// decode is Decode; crlf tells that lines may end in CRLF as well.
func decode(name string, raw []byte, crlf bool) []byte {
	text := unfold(raw, crlf)
	if !ascii.Only(text) {
		text, _ = charset.UTF8(text, "UTF-8")
	}
	if bytes.Contains(text, []byte("=?")) && !plainName(name) {
		text = decodeWords(text)
	}
	return text
}

// unfold puts one blank where a line was folded, and cuts white space at both ends. crlf tells that lines end in CRLF as well.
func unfold(raw []byte, crlf bool) []byte {
	raw = trim(raw)
	if bytes.IndexByte(raw, '\n') < 0 {
		return raw
	}
	out := make([]byte, 0, len(raw))
	for {
		i := bytes.IndexByte(raw, '\n')
		if i < 0 {
			return trim(append(out, raw...))
		}
		line := raw[:i]
		if crlf && i > 0 && line[i-1] == '\r' {
			line = line[:i-1]
		}
		out = append(out, line...)
		raw = raw[i+1:]
		n := 0
		for n < len(raw) && (raw[n] == ' ' || raw[n] == '\t') {
			n++
		}
		if n > 0 {
			out = append(out, ' ')
		}
		raw = raw[n:]
	}
}

func trim(b []byte) []byte {
	for len(b) > 0 && ascii.Space(b[0]) {
		b = b[1:]
	}
	for len(b) > 0 && ascii.Space(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}

// plainName tells whether a field has no encoded words, whatever stands in it: identifiers, dates, traces, lists.
func plainName(name string) bool {
	switch n := len(name); {
	case n > 5 && ascii.EqualFold(name[:5], "List-"), n == 5 && ascii.EqualFold(name, "List-"):
		return true
	case n > 7 && ascii.EqualFold(name[:7], "Resent-"):
		name = name[7:]
		return ascii.EqualFold(name, "Message-ID") || ascii.EqualFold(name, "Date")
	}
	for _, plain := range [...]string{"Received", "Message-ID", "Date", "MIME-Version", "References", "In-Reply-To"} {
		if ascii.EqualFold(name, plain) {
			return true
		}
	}
	return false
}

// word is an encoded word.
type word struct {
	charset []byte // as written, with the language that may follow it
	text    []byte
	enc     byte // b or q
	end     int  // index behind it
}

// wordAt reads an encoded word at i.
func wordAt(s []byte, i int) (w word, ok bool) {
	if i+1 >= len(s) || s[i] != '=' || s[i+1] != '?' {
		return w, false
	}
	p := i + 2
	for p < len(s) && inLabel(s[p]) {
		p++
	}
	if p == i+2 || p+2 >= len(s) || s[p] != '?' || s[p+2] != '?' {
		return w, false
	}
	w.charset, w.enc = s[i+2:p], ascii.Lower(s[p+1])
	if w.enc != 'b' && w.enc != 'q' {
		return w, false
	}
	p += 3
	n := bytes.IndexByte(s[p:], '?')
	if n < 0 || p+n+1 >= len(s) || s[p+n+1] != '=' {
		return w, false
	}
	w.text, w.end = s[p:p+n], p+n+2
	return w, true
}

func inLabel(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '*' || c == '-' || c == '_'
}

// joinWords drops the white space between two encoded words.
func joinWords(s []byte) []byte {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		w, ok := wordAt(s, i)
		next := w.end
		for ok && next < len(s) && ascii.Space(s[next]) {
			next++
		}
		if ok && next > w.end {
			if _, follows := wordAt(s, next); follows {
				out = append(out, s[i:w.end]...)
				i = next
				continue
			}
		}
		n := bytes.IndexByte(s[i+1:], '=') + 1
		if n == 0 {
			n = len(s) - i
		}
		out = append(out, s[i:i+n]...)
		i += n
	}
	return out
}

// decodeWords reads the encoded words of a value. Words of one charset that follow each other are joined before their octets
// are decoded, so that a character that was cut in two survives.
func decodeWords(s []byte) []byte {
	s = joinWords(s)
	out := make([]byte, 0, len(s))
	var label, octets []byte
	flush := func() {
		if label != nil {
			out = append(out, charset.Word(octets, alias.String(withoutLanguage(label)))...)
		}
		label, octets = nil, nil
	}
	for i := 0; i < len(s); {
		w, ok := wordAt(s, i)
		if !ok {
			flush()
			n := bytes.IndexByte(s[i+1:], '=') + 1
			if n == 0 {
				n = len(s) - i
			}
			out = append(out, s[i:i+n]...)
			i += n
			continue
		}
		if label == nil || !ascii.EqualFold(alias.String(label), alias.String(w.charset)) {
			flush()
			label, octets = w.charset, make([]byte, 0, len(w.text))
		}
		octets = w.octets(octets)
		i = w.end
	}
	flush()
	return out
}

func withoutLanguage(label []byte) []byte {
	if i := bytes.IndexByte(label, '*'); i >= 0 {
		return label[:i]
	}
	return label
}

// octets writes what the word stands for in its charset.
func (w *word) octets(dst []byte) []byte {
	if w.enc == 'b' {
		return appendBase64(dst, w.text)
	}
	return header.AppendQ(dst, alias.String(w.text))
}

// appendBase64 decodes base64 and skips what is none. Padding within the text is not its end: it counts as zeros, or as ones
// where anything else is wrong with the text too.
func appendBase64(dst, text []byte) []byte {
	digits := make([]byte, 0, len(text))
	clean := true
	for _, c := range text {
		v := unbase64(c)
		if v == skipped {
			clean = clean && ascii.Space(c)
			continue
		}
		digits = append(digits, v)
	}
	pad := byte(63)
	if clean && len(digits)%4 == 0 {
		pad = 0
	}
	for len(digits) > 0 && digits[len(digits)-1] == padding {
		digits = digits[:len(digits)-1]
	}
	bits, n := uint32(0), 0
	for _, v := range digits {
		if v == padding {
			v = pad
		}
		bits = bits<<6 | uint32(v)
		if n += 6; n >= 8 {
			n -= 8
			dst = append(dst, byte(bits>>n))
		}
	}
	return dst
}

// What unbase64 gives for characters that are no digits.
const (
	padding = 64
	skipped = 65
)

func unbase64(c byte) byte {
	switch {
	case 'A' <= c && c <= 'Z':
		return c - 'A'
	case 'a' <= c && c <= 'z':
		return c - 'a' + 26
	case '0' <= c && c <= '9':
		return c - '0' + 52
	case c == '+':
		return 62
	case c == '/':
		return 63
	case c == '=':
		return padding
	}
	return skipped
}

// decodePhrase decodes a name that stands beside an address.
func decodePhrase(s []byte) []byte {
	if bytes.IndexByte(s, '\n') >= 0 {
		s = bytes.ReplaceAll(bytes.ReplaceAll(s, []byte("\r\n"), newline), []byte("\n\t"), []byte("\n "))
		s = bytes.ReplaceAll(s, newline, nil)
	}
	if !ascii.Only(s) {
		s, _ = charset.UTF8(s, "UTF-8")
	}
	if bytes.Contains(s, []byte("=?")) {
		s = decodeWords(s)
	}
	return s
}
