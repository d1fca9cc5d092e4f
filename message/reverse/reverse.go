// Package reverse writes IP addresses backwards, as names in the DNS begin that say something of an address: in lists (RFC 5782
// section 2) and in in-addr.arpa and ip6.arpa (RFC 1035 section 3.5, RFC 3596 section 2.5).
package reverse

import (
	"net/netip"
	"strconv"
)

// Address gives the numbers of an IPv4 address, or the hexadecimal digits of an IPv6 address, from the last to the first, with
// dots between them; "" for the zero address. A zone is left out.
func Address(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	b := a.As16()
	out := make([]byte, 0, 64)
	if a.Is4() {
		for i := 15; i >= 12; i-- {
			out = append(strconv.AppendUint(out, uint64(b[i]), 10), '.')
		}
		return string(out[:len(out)-1])
	}
	const digits = "0123456789abcdef"
	for i := 15; i >= 0; i-- {
		out = append(out, digits[b[i]&15], '.', digits[b[i]>>4], '.')
	}
	return string(out[:len(out)-1])
}
