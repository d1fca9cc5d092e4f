package dnslist

import "net/netip"

// meaning is what an answer says, before anybody looks at the codes.
type meaning uint8

const (
	absent  meaning = iota // not on the list
	listed                 // an address of 127.0.0.0/8
	refused                // the list will not answer us
	strange                // no list answers so: a public or private address
)

// means looks at the addresses of an answer. Of several, the worst for the list's credit counts: a list that is in
// order never mixes them.
func means(answer []netip.Addr) meaning {
	m := absent
	for _, a := range answer {
		m = max(m, meansOne(a))
	}
	return m
}

// meansOne knows how lists refuse. 127.255.255.252, 254 and 255 are Spamhaus's (a name that was mistyped, a public
// resolver, too many questions); 127.0.1.255 is its domain list's for an address that it was asked about; 127.0.0.1 is
// URIBL's and SURBL's; 127.0.0.255 DNSWL's and others'. RFC 5782 section 2.1 has 127.0.0.1 free for such ends.
func meansOne(a netip.Addr) meaning {
	a = a.Unmap()
	if !a.Is4() {
		return strange
	}
	switch b := a.As4(); {
	case b[0] != 127:
		return strange
	case b[1] == 255 && b[2] == 255, b == [4]byte{127, 0, 1, 255}, b == [4]byte{127, 0, 0, 1}, b == [4]byte{127, 0, 0, 255}:
		return refused
	}
	return listed
}
