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

// isIdentity tells whether what a client calls itself, or its sender's domain, is the name of one: letters, digits,
// hyphens and underscores. Nobody is asked about others, which have no owner who could have a record.
func isIdentity(s string) bool {
	for i := 0; i < len(s); i++ {
		if x := s[i]; (x < 'a' || x > 'z') && (x < 'A' || x > 'Z') && (x < '0' || x > '9') && x != '-' && x != '_' && x != '.' {
			return false
		}
	}
	return isDomain(s)
}

// isDomain tells whether a name can have a record: two labels or more, each of 1 to 63 bytes. Macros may put local parts
// into it, but nothing that a local part without quotes can't have (RFC 5322 section 3.2.3).
func isDomain(s string) bool {
	return strings.IndexByte(s, '.') > 0 && isAskable(s) && !strings.ContainsAny(s, " ,:<>")
}

// isAskable tells whether a name that macros made may be asked for: what is no printable ASCII, or means something to
// whoever writes names (E09), may not.
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
