// Package ip finds IP addresses in the text of headers, and tells the private ones, as SpamAssassin's rules expect it.
//
// An IPv4 address is four numbers without leading zeros that no letter, digit or underscore touches, nor a colon in front.
// An IPv6 address is any spelling of RFC 4291 section 2.2, perhaps behind IPv6: as in RFC 5321 section 4.1.3.
package ip

import (
	"net/netip"
	"strings"

	"weir/message/reverse"
	"weir/rules/ascii"
)

// At gives the length of the address that a text has at an index, what stands before it being looked at; 0 there is none.
func At(s string, i int) int {
	if n := four(s, i); n > 0 && (i == 0 || s[i-1] != ':' && !ascii.Word(s[i-1])) && (i+n == len(s) || !ascii.Word(s[i+n])) {
		return n
	}
	start := i
	if len(s)-i > 5 && strings.EqualFold(s[i:i+5], "IPv6:") {
		start += 5
	} else if i > 0 && sixByte(s[i-1]) {
		return 0
	}
	if n := six(s[start:]); n > 0 {
		return start + n - i
	}
	return 0
}

// Find gives the first address in a text, and where it begins; -1 there is none.
func Find(s string) (address string, at int) {
	for i := 0; i < len(s); i++ {
		if c := s[i]; !sixByte(c) && c != 'I' && c != 'i' {
			continue
		}
		if n := At(s, i); n > 0 {
			return s[i : i+n], i
		}
		for i+1 < len(s) && (sixByte(s[i]) && sixByte(s[i+1])) {
			i++
		}
	}
	return "", -1
}

// Is tells whether a text is an address and nothing else.
func Is(s string) bool { return s != "" && At(s, 0) == len(s) }

// Is4 tells whether a text is an IPv4 address and nothing else.
func Is4(s string) bool { return s != "" && four(s, 0) == len(s) }

// Word gives the first address in a text that stands alone: no dot and no letter touches it; "" there is none.
func Word(s string) string {
	for i := 0; i < len(s); i++ {
		if !sixByte(s[i]) && s[i] != 'I' && s[i] != 'i' || i > 0 && s[i-1] == '.' || (i > 0 && ascii.Word(s[i-1])) == ascii.Word(s[i]) {
			continue
		}
		n := At(s, i)
		if n == 0 {
			continue
		}
		end := i + n
		after := end < len(s) && ascii.Word(s[end])
		if ascii.Word(s[end-1]) != after && (end == len(s) || s[end] != '.') {
			return s[i:end]
		}
	}
	return ""
}

// sixByte tells whether a character is a hexadecimal digit or a colon.
func sixByte(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' || c == ':'
}

// four gives the length of an IPv4 address at an index, without a look at what is around it.
func four(s string, i int) int {
	start := i
	for n := range 4 {
		if n > 0 {
			if i >= len(s) || s[i] != '.' {
				return 0
			}
			i++
		}
		from, v := i, 0
		for i < len(s) && i-from < 3 && s[i] >= '0' && s[i] <= '9' {
			v = v*10 + int(s[i]-'0')
			i++
		}
		if i == from || v > 255 || i-from > 1 && s[from] == '0' {
			return 0
		}
	}
	return i - start
}

// maxSix is the length of the longest IPv6 address.
const maxSix = len("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255")

// six gives the length of an IPv6 address that a text begins with.
func six(s string) int {
	n := 0
	for n < len(s) && n <= maxSix && sixByte(s[n]) {
		n++
	}
	if n < 2 || n > maxSix || strings.IndexByte(s[:n], ':') < 0 {
		return 0
	}
	if n < len(s) && s[n] == '.' {
		colon := strings.LastIndexByte(s[:n], ':')
		if m := four(s, colon+1); m > 0 && (colon+1+m == len(s) || !sixByte(s[colon+1+m])) {
			n = colon + 1 + m
		}
	}
	a, err := netip.ParseAddr(s[:n])
	if err != nil || !a.Is6() {
		return 0
	}
	return n
}

// Private tells whether an address is of a network that the public Internet does not route: RFC 1918, RFC 6598, loopback and
// link-local addresses, also as IPv4 in IPv6.
func Private(s string) bool {
	if len(s) > 5 && strings.EqualFold(s[:5], "IPv6:") {
		s = s[5:]
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return false
	}
	a = a.Unmap()
	if a.Is4() {
		b := a.As4()
		return a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || b[0] == 100 && b[1]&0xC0 == 64
	}
	return a.IsLoopback() || a.IsLinkLocalUnicast()
}

// Reverse gives an address as DNS lists want it (RFC 5782 section 2): its numbers, or hexadecimal digits, backwards, with a
// dot between them; "" if it is none.
func Reverse(s string) string {
	a, err := netip.ParseAddr(s)
	if err != nil {
		return ""
	}
	return reverse.Address(a)
}
