package resolver

import (
	"net/netip"
	"strings"

	"github.com/miekg/dns"

	"weir/message/reverse"
)

// Limits of names (RFC 1035 section 2.3.4), in the form with dots.
const (
	maxName  = 253
	maxLabel = 63
)

// canonical gives a name as the cache knows it: lower case, no final dot. false: there can't be such a name, so nobody
// is asked: a label that is empty or too long, a name that is too long, a byte that is no printable ASCII (callers
// turn other letters into A-labels, RFC 5891). No character has a special meaning: a backslash is a backslash.
func canonical(name string) (string, bool) {
	name = strings.TrimSuffix(name, ".")
	if len(name) == 0 || len(name) > maxName {
		return name, false
	}
	upper, label := false, 0
	for i := range len(name) {
		switch c := name[i]; {
		case c == '.':
			if label == 0 {
				return name, false
			}
			label = -1
		case c <= ' ' || c > '~':
			return name, false
		case 'A' <= c && c <= 'Z':
			upper = true
		}
		if label++; label > maxLabel {
			return name, false
		}
	}
	if upper {
		name = strings.ToLower(name)
	}
	return name, label > 0
}

// appendName adds a canonical name in the form of the wire (RFC 1035 section 3.1); "" is the root.
func appendName(b []byte, name string) []byte {
	for name != "" {
		var label string
		label, name, _ = strings.Cut(name, ".")
		b = append(append(b, byte(len(label))), label...)
	}
	return append(b, 0)
}

// presentation gives a canonical name as the library writes names in answers: with a final dot, special characters with
// a backslash.
func presentation(name string) string {
	for i := range len(name) {
		if c := name[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.' {
			s, _, err := dns.UnpackDomainName(appendName(nil, name), 0)
			if err != nil {
				return name + "."
			}
			return s
		}
	}
	return name + "."
}

// hostName tells whether a name from an answer is one that may be handed on: letters, digits, -, _ and dots.
// Anything else has no place in a host name, and could have a meaning where the name is written to later.
func hostName(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	return len(s) > 0 && len(s) <= maxName+1
}

// Reverse gives the name under which the PTR records of an address are: in in-addr.arpa (RFC 1035 section 3.5) or
// ip6.arpa (RFC 3596 section 2.5), without a final dot; "" for the zero address.
func Reverse(a netip.Addr) string {
	a = a.Unmap()
	if !a.IsValid() {
		return ""
	}
	if a.Is4() {
		return reverse.Address(a) + ".in-addr.arpa"
	}
	return reverse.Address(a) + ".ip6.arpa"
}
