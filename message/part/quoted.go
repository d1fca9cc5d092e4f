package part

import (
	"bytes"

	"weir/message/anomaly"
)

// decodeQuoted decodes quoted-printable (RFC 2045 section 6.7). What is no escape is kept as it stands. White space
// before a line end is kept too: the RFC wants it deleted, but it changes nothing for a scanner.
func decodeQuoted(raw []byte, notes *anomaly.Set) []byte {
	i := bytes.IndexByte(raw, '=')
	if i < 0 {
		return raw
	}
	out := make([]byte, 0, len(raw)-2*min(bytes.Count(raw, []byte("=")), len(raw)/3))
	for i >= 0 {
		out = append(out, raw[:i]...)
		raw = raw[i:]
		var n int
		var ok bool
		out, n, ok = quotedEscape(out, raw)
		if !ok {
			notes.AddBytes(anomaly.QuotedBad, raw[:min(len(raw), 40)])
		}
		raw = raw[n:]
		i = bytes.IndexByte(raw, '=')
	}
	return append(out, raw...)
}

// quotedEscape decodes the escape that raw begins with and returns its length.
func quotedEscape(out, raw []byte) (_ []byte, n int, ok bool) {
	if len(raw) >= 3 {
		if hi, lo := unhex(raw[1]), unhex(raw[2]); hi >= 0 && lo >= 0 {
			return append(out, byte(hi<<4|lo)), 3, true
		}
	}
	n = 1
	for n < len(raw) && (raw[n] == ' ' || raw[n] == '\t') { // QUIRK: blanks between a soft break and its line end
		n++
	}
	if n < len(raw) && raw[n] == '\r' {
		n++
	}
	if n < len(raw) && raw[n] == '\n' {
		return out, n + 1, true
	}
	if n == len(raw) {
		return out, n, true
	}
	return append(out, '='), 1, false
}

func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
