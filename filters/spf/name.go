package spf

import (
	"strings"

	"weir/message/address"
)

// name expands a domain-spec into a name. One that is too long loses labels on the left (RFC 7208 section 7.3).
func (c *check) name(spec, domain string) string {
	if spec == "" {
		return domain
	}
	name := strings.TrimSuffix(c.expand(spec, domain), ".")
	if len(name) > 253 {
		from := len(name) - 253
		dot := strings.IndexByte(name[from-1:], '.')
		if dot < 0 {
			return ""
		}
		name = name[from+dot:]
	}
	return name
}

// isDomain tells whether a name can have a record: two labels or more, each of 1 to 63 bytes. Macros may put anything
// into a name: what is no printable ASCII, or means something to whoever writes names (E09), is none.
func isDomain(s string) bool {
	return strings.IndexByte(s, '.') > 0 && isAskable(s)
}

func isAskable(s string) bool {
	if len(s) > 253 {
		return false
	}
	label := 0
	for i := 0; i < len(s); i++ {
		switch x := s[i]; {
		case x == '.':
			if label == 0 {
				return false
			}
			label = 0
		case x < ' ' || x >= 0x7f || strings.IndexByte(`\"()@;$[]`, x) >= 0:
			return false
		default:
			if label++; label > 63 {
				return false
			}
		}
	}
	return label > 0
}

// canonical is a domain as it is asked for.
func canonical(s string) string { return address.Domain(s) }
