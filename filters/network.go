package filters

import "net/netip"

// Host is what one customer of a provider has: an IPv4 address, or an IPv6 /64, in which he may use any address.
// The zero prefix where the address is not known.
func Host(a netip.Addr) netip.Prefix { return around(a, 32, 64) }

// Network is the neighbourhood of an address: an IPv4 /24, an IPv6 /48.
func Network(a netip.Addr) netip.Prefix { return around(a, 24, 48) }

// Pool is what a sender with several addresses sends from: an IPv4 /24, an IPv6 /64.
func Pool(a netip.Addr) netip.Prefix { return around(a, 24, 64) }

func around(a netip.Addr, four, six int) netip.Prefix {
	a = a.Unmap().WithZone("")
	if !a.IsValid() {
		return netip.Prefix{}
	}
	bits := six
	if a.Is4() {
		bits = four
	}
	p, _ := a.Prefix(bits)
	return p
}
