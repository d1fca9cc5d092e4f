package address

import (
	"strings"
	"unicode/utf8"
)

// Mailbox gives an address of the envelope as two spellings of one mailbox can be compared: lower case, the domain in
// A-labels without a final dot, the local part without quotes. Else "ann"@example.com. would not be ann@example.com. It
// takes anything: what is no address stays, in lower case. Invalid bytes stay what they are, so that no two meet.
func Mailbox(s string) string {
	at := strings.LastIndexByte(s, '@')
	if at < 0 {
		return lowerASCII(unquotedLocal(s))
	}
	local, domain := s[:at], s[at+1:]
	if !utf8.ValidString(domain) {
		return lowerASCII(s)
	}
	if lower := normalDomain(domain); lower != domain || quoted(local) || lowerASCII(local) != local {
		return lowerASCII(unquotedLocal(local)) + "@" + lower
	}
	return s
}

// lowerASCII is strings.ToLower for ASCII letters alone: that one makes all invalid bytes alike.
func lowerASCII(s string) string {
	for i := 0; i < len(s); i++ {
		if 'A' <= s[i] && s[i] <= 'Z' {
			return lowered(s)
		}
	}
	return s
}

func lowered(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

func quoted(local string) bool {
	return len(local) >= 2 && local[0] == '"' && local[len(local)-1] == '"'
}

// unquotedLocal is a local part without its quotes and the backslashes within (RFC 5321 section 4.1.2).
func unquotedLocal(local string) string {
	if !quoted(local) {
		return local
	}
	b := make([]byte, 0, len(local))
	for i := 1; i < len(local)-1; i++ {
		if local[i] == '\\' && i+1 < len(local)-1 {
			i++
		}
		b = append(b, local[i])
	}
	return string(b)
}
