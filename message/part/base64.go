package part

import (
	"bytes"

	"weir/message/anomaly"
)

// base64Values gives the value of each digit; white space is skipped silently, padding ends a group, all else is noted.
var base64Values = makeBase64Values()

const (
	padding = 0x80 + iota
	blank
	garbage
)

func makeBase64Values() (t [256]byte) {
	for i := range t {
		t[i] = garbage
	}
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	for i := range len(digits) {
		t[digits[i]] = byte(i)
	}
	for _, c := range " \t\r\n" {
		t[c] = blank
	}
	t['='] = padding
	return t
}

// decodeBase64 decodes (RFC 2045 section 6.8) and never stops: what is no digit is skipped, and after padding a new
// group begins (or, with runOn, padding is skipped too). A scanner that stops at the first oddity, as many libraries
// do, does not see what the reader's program will open.
func decodeBase64(raw []byte, runOn bool, notes *anomaly.Set) []byte {
	out := make([]byte, 0, len(raw)/4*3+3)
	odd := 0
	for i := 0; i < len(raw); {
		out, i = base64Run(out, raw, i)
		var skipped int
		out, i, skipped = base64Group(out, raw, i, runOn)
		odd += skipped
	}
	if odd > 0 {
		notes.AddBytes(anomaly.Base64Garbage, firstGarbage(raw))
	}
	return out
}

// base64Run decodes whole groups as long as they come without interruption.
func base64Run(out, raw []byte, i int) ([]byte, int) {
	for ; i+4 <= len(raw); i += 4 {
		a, b := base64Values[raw[i]], base64Values[raw[i+1]]
		c, d := base64Values[raw[i+2]], base64Values[raw[i+3]]
		if (a|b|c|d)&0x80 != 0 {
			break
		}
		out = append(out, a<<2|b>>4, b<<4|c>>2, c<<6|d)
	}
	return out, i
}

// base64Group decodes one group that may be interrupted, and tells how much in it was no base64.
func base64Group(out, raw []byte, i int, runOn bool) (_ []byte, next, odd int) {
	bits, n := uint32(0), 0
	for ; i < len(raw) && n < 4; i++ {
		v := base64Values[raw[i]]
		switch {
		case v < 64:
			bits = bits<<6 | uint32(v)
			n++
		case v == garbage:
			odd++
		case v == padding && !runOn && n > 0:
			return closeGroup(out, bits, n), i + 1, odd
		case v == blank && n == 0:
			return out, i + 1, odd
		}
	}
	return closeGroup(out, bits, n), i, odd
}

// closeGroup writes the whole bytes in n digits.
func closeGroup(out []byte, bits uint32, n int) []byte {
	switch n {
	case 2:
		return append(out, byte(bits>>4))
	case 3:
		return append(out, byte(bits>>10), byte(bits>>2))
	case 4:
		return append(out, byte(bits>>16), byte(bits>>8), byte(bits))
	}
	return out
}

func firstGarbage(raw []byte) []byte {
	i := bytes.IndexFunc(raw, func(r rune) bool { return r > 127 || base64Values[r] == garbage })
	if i < 0 {
		return nil
	}
	return raw[i:min(len(raw), i+40)]
}

// padInside tells whether base64 goes on behind its first padding.
func padInside(raw []byte) bool {
	i := bytes.IndexByte(raw, '=')
	if i < 0 {
		return false
	}
	for _, c := range raw[i:] {
		if base64Values[c] < 64 {
			return true
		}
	}
	return false
}
