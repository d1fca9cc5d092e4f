package address

import (
	"net/netip"
	"strings"
)

// The bounds of a path. QUIRK: RFC 5321 section 4.5.3.1 has 64 and 255 octets; bounce addresses with longer local parts
// are common, so these are let through.
const (
	maxPathLocal  = 256
	maxPathDomain = 255
)

// ParsePath reads a reverse-path or forward-path of SMTP, with or without its <>. A source route is dropped (RFC 5321
// appendix C). It is strict, since what it accepts goes on to the next hop's command line: no control characters, no
// space outside of quotes, nothing behind the domain. The domain is in lower case as written (not mapped to A-labels); it
// is "" only for postmaster (RFC 5321 section 4.5.1). The null path is not ok: callers know it before.
func ParsePath(s string) (local, domain string, ok bool) {
	if len(s) >= 2 && s[0] == '<' && s[len(s)-1] == '>' {
		s = s[1 : len(s)-1]
	}
	if strings.HasPrefix(s, "@") {
		colon := strings.IndexByte(s, ':')
		if colon < 0 || !validRoute(s[:colon]) {
			return "", "", false
		}
		s = s[colon+1:]
	}
	if strings.EqualFold(s, "postmaster") {
		return s, "", true
	}
	at := strings.LastIndexByte(s, '@')
	if at <= 0 {
		return "", "", false
	}
	if local, ok = pathLocal(s[:at]); !ok || !validPathDomain(s[at+1:]) {
		return "", "", false
	}
	return local, strings.ToLower(s[at+1:]), true
}

// validRoute checks @a,@b before the colon of a source route.
func validRoute(s string) bool {
	for hop := range strings.SplitSeq(s, ",") {
		if !strings.HasPrefix(hop, "@") || !validPathDomain(hop[1:]) {
			return false
		}
	}
	return true
}

// pathLocal reads a local part: a dot-string or a quoted string.
func pathLocal(s string) (string, bool) {
	if s == "" || len(s) > maxPathLocal {
		return "", false
	}
	if s[0] == '"' {
		return quotedLocal(s)
	}
	for i := 0; i < len(s); i++ {
		// QUIRK: dots at the ends and two in a row are wrong, and in use (docomo.ne.jp)
		if c := s[i]; c <= ' ' || c == 0x7f || strings.IndexByte(`()<>[]:;@\,"`, c) >= 0 {
			return "", false
		}
	}
	return s, true
}

func quotedLocal(s string) (string, bool) {
	if quoteEnd(s, 1) != len(s) {
		return "", false
	}
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] == 0x7f {
			return "", false
		}
	}
	text, _ := appendUnquoted(make([]byte, 0, len(s)), s[1:len(s)-1])
	return string(text), len(text) > 0
}

// validPathDomain checks a domain or an address literal. Letters beyond ASCII are for SMTPUTF8.
func validPathDomain(s string) bool {
	if s == "" || len(s) > maxPathDomain {
		return false
	}
	if s[0] == '[' {
		return validLiteral(s)
	}
	label := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '.':
			if label == 0 {
				return false
			}
			label = 0
		case isDomain(c):
			if label++; label > 63 {
				return false
			}
		default:
			return false
		}
	}
	return label > 0
}

// validLiteral checks [192.0.2.1] and [IPv6:2001:db8::1].
func validLiteral(s string) bool {
	if len(s) < 3 || s[len(s)-1] != ']' {
		return false
	}
	inner := s[1 : len(s)-1]
	if len(inner) > 5 && strings.EqualFold(inner[:5], "IPv6:") {
		addr, err := netip.ParseAddr(inner[5:])
		return err == nil && addr.Is6() && addr.Zone() == ""
	}
	addr, err := netip.ParseAddr(inner)
	return err == nil && addr.Is4()
}
