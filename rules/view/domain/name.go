package domain

import (
	"net/netip"
	"strings"

	"golang.org/x/net/idna"
)

// names maps names with letters beyond ASCII to their A-labels, as resolvers and browsers do (UTS 46, not transitional).
var names = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false), idna.CheckHyphens(false))

// Ascii gives a name in lower case; letters beyond ASCII as A-labels. What can't be written so is left as it is.
func Ascii(name string) string {
	lower := true
	for i := 0; i < len(name); i++ {
		c := name[i]
		if c >= 0x80 {
			return beyond(name)
		}
		lower = lower && (c < 'A' || c > 'Z')
	}
	if lower {
		return name
	}
	return strings.ToLower(name)
}

// maxName bounds what is mapped: longer ones are no names.
const maxName = 1024

func beyond(name string) string {
	if len(name) > maxName {
		return strings.ToLower(name)
	}
	if ascii, err := names.ToASCII(name); err == nil {
		return ascii
	}
	return strings.ToLower(name)
}

// Plausible tells whether a name could be a host in the DNS: at least two labels of 1 to 63 letters, digits, hyphens and
// underscores, at most 253 bytes. Underscores are for names below a domain, never in its last two labels. The name must
// be in lower case; dots at its end are no matter.
func Plausible(name string) bool {
	name = strings.TrimRight(name, ".")
	labels := strings.Count(name, ".") + 1
	if len(name) > 253 || labels < 2 {
		return false
	}
	for ; labels > 0; labels-- {
		label, rest, _ := strings.Cut(name, ".")
		if !plausibleLabel(label) || labels <= 2 && strings.IndexByte(label, '_') >= 0 {
			return false
		}
		name = rest
	}
	return true
}

func plausibleLabel(label string) bool {
	if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
		return false
	}
	for i := 0; i < len(label); i++ {
		c := label[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

// IsIP tells whether a host is an IP address as it is written in links and header fields.
func IsIP(host string) bool {
	if len(host) < 2 || len(host) > 50 {
		return false
	}
	if len(host) > 5 && strings.EqualFold(host[:5], "ipv6:") {
		host = host[5:]
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.Zone() == ""
}
