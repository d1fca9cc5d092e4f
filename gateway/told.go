package gateway

import (
	"net/netip"
	"strings"
)

// MaxRcpts is how many recipients a door that takes a mail in one piece lets it have: as smtp.max_recipients has it by
// default. Each costs a run of the recipient stage.
const MaxRcpts = 1000

// ToldAddr reads a client's address as mail servers write it to the doors: 192.0.2.1, 2001:db8::1, [2001:db8::1],
// [IPv6:2001:db8::1]. One of IPv4 within IPv6 is IPv4's, so that all doors ask the same lists of it. What is no address is the
// zero Addr: not known.
func ToldAddr(s string) netip.Addr {
	s = strings.Trim(s, "[] \t")
	if len(s) > 5 && strings.EqualFold(s[:5], "IPv6:") {
		s = s[5:]
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Addr{}
	}
	return a.Unmap().WithZone("")
}

// ToldName is a client's name as mail servers tell it. Postfix says "unknown", and Haraka a fault of the DNS, where there is
// none: "".
func ToldName(s string) string {
	switch strings.ToLower(s) {
	case "unknown", "nxdomain", "dnserror":
		return ""
	}
	return s
}
