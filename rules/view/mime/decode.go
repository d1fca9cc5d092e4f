package mime

import (
	"bytes"
	"encoding/base64"

	"weir/rules/ascii"
)

// Decoded is the body with its transfer encoding decoded: octets of its own charset.
func (p *Part) Decoded() []byte {
	if !p.isDecoded {
		p.decoded, p.isDecoded = p.decode(), true
	}
	return p.decoded
}

// maxText bounds how much of a text's body is decoded, in bytes: rules look at less of it.
const maxText = 4 << 20

func (p *Part) decode() []byte {
	if len(p.body) > maxText && hasPrefix(p.Effective(), "text/") {
		p.body, p.Cut = p.body[:maxText], true
	}
	switch ascii.ToLower(p.Value("content-transfer-encoding")) {
	case "quoted-printable":
		return unixOnly(decodeQuoted(p.body))
	case "base64":
		out := decodeBase64(p.body)
		if hasPrefix(p.Type, "text/") || hasPrefix(p.Type, "message/") {
			out = unixOnly(out)
		}
		return out
	}
	return p.body
}

func unixOnly(b []byte) []byte {
	if bytes.IndexByte(b, '\r') < 0 {
		return b
	}
	return bytes.ReplaceAll(b, crlf, []byte("\n"))
}

// decodeQuoted decodes quoted-printable (RFC 2045 section 6.7): white space at the end of a line goes, what is no code
// stays. Lines are joined first: a code may go over a soft line end.
func decodeQuoted(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for len(b) > 0 {
		line, end, rest := b, b[len(b):], b[len(b):]
		if i := bytes.IndexByte(b, '\n'); i >= 0 {
			n := i
			if i > 0 && b[i-1] == '\r' {
				n--
			}
			line, end, rest = bytes.TrimRight(b[:n], " \t"), b[n:i+1], b[i+1:]
		}
		b = rest
		if len(end) > 0 && bytes.HasSuffix(line, []byte("=")) {
			line, end = line[:len(line)-1], nil
		}
		out = append(append(out, line...), end...)
	}
	return decodeCodes(out)
}

// decodeCodes decodes =41 and the like in a text's own memory.
func decodeCodes(b []byte) []byte {
	i := bytes.IndexByte(b, '=')
	if i < 0 {
		return b
	}
	out := b[:i]
	for b = b[i:]; len(b) > 0; {
		if len(b) >= 3 && hexDigit[b[1]] > 0 && hexDigit[b[2]] > 0 {
			out, b = append(out, (hexDigit[b[1]]-1)<<4|(hexDigit[b[2]]-1)), b[3:]
		} else {
			out, b = append(out, '='), b[1:]
		}
		i := bytes.IndexByte(b, '=')
		if i < 0 {
			return append(out, b...)
		}
		out, b = append(out, b[:i]...), b[i:]
	}
	return out
}

// hexDigit gives a digit's value and one; 0: it is none.
var hexDigit = func() (t [256]uint8) {
	for i := range uint8(16) {
		t["0123456789abcdef"[i]], t["0123456789ABCDEF"[i]] = i+1, i+1
	}
	return t
}()

// decodeBase64 decodes base64: what is no digit is skipped. Padding in the middle counts as zero bits, or, where there was
// something to skip or to fill up, as ones: as the recorded reader has it.
func decodeBase64(b []byte) []byte {
	digits := make([]byte, 0, len(b))
	proper := true
	for _, c := range b {
		if isDigit64[c] {
			digits = append(digits, c)
		} else if !ascii.Space(c) {
			proper = false
		}
	}
	fill := byte('A')
	if !proper || len(digits)%4 != 0 {
		fill = '/'
	}
	for len(digits) > 0 && digits[len(digits)-1] == '=' {
		digits = digits[:len(digits)-1]
	}
	for i := bytes.IndexByte(digits, '='); i >= 0 && i < len(digits); i++ {
		if digits[i] == '=' {
			digits[i] = fill
		}
	}
	if len(digits)%4 == 1 {
		digits = digits[:len(digits)-1]
	}
	n, _ := base64.RawStdEncoding.Decode(digits, digits)
	return digits[:n:n]
}

var isDigit64 = func() (t [256]bool) {
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=") {
		t[c] = true
	}
	return t
}()
