package relay

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Networks is a list of networks as trusted_networks has it. The zero value is empty.
type Networks struct {
	ranges []addressRange
	given  bool // somebody named some
}

// addressRange is what one entry covers.
type addressRange struct {
	low, high netip.Addr
	not       bool // an exception
}

// Given tells whether the list was set at all, be it to nothing but exceptions.
func (n *Networks) Given() bool { return n.given }

// Contains tells whether an address is in the list. The first entry that has it decides.
func (n *Networks) Contains(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	for _, r := range n.ranges {
		if r.low.BitLen() == a.BitLen() && r.low.Compare(a) <= 0 && a.Compare(r.high) <= 0 {
			return !r.not
		}
	}
	return false
}

// Add enters networks, with white space or commas between them: an address, the beginning of one (192.0.2.), one with the
// length of its prefix or its mask, two with a hyphen between them; ! in front makes an exception.
func (n *Networks) Add(value string) error {
	list := strings.FieldsFunc(value, func(r rune) bool { return r == ' ' || r == '\t' || r == ',' })
	if len(list) == 0 {
		return fmt.Errorf("no network is named")
	}
	for i := 0; i < len(list); i++ {
		word := list[i]
		if word == "!" && i+1 < len(list) {
			i++
			word += list[i]
		}
		r, err := parseRange(word)
		if err != nil {
			return err
		}
		n.ranges, n.given = append(n.ranges, r), true
	}
	return nil
}

// AddPrefixes enters networks that somebody else has parsed.
func (n *Networks) AddPrefixes(list []netip.Prefix) {
	for _, p := range list {
		if p.IsValid() {
			n.ranges, n.given = append(n.ranges, spanned(p)), true
		}
	}
}

func parseRange(word string) (addressRange, error) {
	text, not := strings.CutPrefix(word, "!")
	r, err := parseEntry(text)
	r.not = not
	if err != nil {
		return r, fmt.Errorf("%q is no network: write 192.0.2.0/24, 192.0.2. or 2001:db8::/32", word)
	}
	return r, nil
}

func parseEntry(text string) (addressRange, error) {
	if from, to, ok := strings.Cut(text, "-"); ok {
		low, err := netip.ParseAddr(from)
		if err != nil {
			return addressRange{}, err
		}
		high, err := netip.ParseAddr(to)
		if err == nil && (low.BitLen() != high.BitLen() || high.Less(low)) {
			err = fmt.Errorf("backwards")
		}
		return addressRange{low: low, high: high}, err
	}
	host, mask, masked := strings.Cut(text, "/")
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	host, _, _ = strings.Cut(host, "%")
	host, bits := completed(host)
	a, err := netip.ParseAddr(host)
	if err != nil {
		return addressRange{}, err
	}
	if bits < 0 {
		bits = a.BitLen()
	}
	if masked {
		if bits, err = maskBits(mask, a); err != nil {
			return addressRange{}, err
		}
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return addressRange{}, err
	}
	return spanned(p), nil
}

// completed fills up the beginning of an IPv4 address, and tells how many bits were given; -1: all.
func completed(host string) (full string, bits int) {
	if strings.Contains(host, ":") || strings.Trim(host, "0123456789.") != "" {
		return host, -1
	}
	parts := strings.Split(strings.TrimSuffix(host, "."), ".")
	for i, p := range parts {
		if n, err := strconv.Atoi(p); err == nil {
			parts[i] = strconv.Itoa(n) // leading zeros are no octal here
		}
	}
	bits = 8 * len(parts)
	for len(parts) < 4 {
		parts = append(parts, "0")
	}
	return strings.Join(parts, "."), bits
}

// maskBits reads the length of a prefix, or a mask such as 255.255.255.0.
func maskBits(mask string, a netip.Addr) (int, error) {
	if n, err := strconv.Atoi(mask); err == nil {
		return n, nil
	}
	m, err := netip.ParseAddr(mask)
	if err != nil || !m.Is4() || !a.Is4() {
		return 0, fmt.Errorf("no mask")
	}
	v, bits := m.As4(), 0
	for bits < 32 && v[bits/8]&(0x80>>(bits%8)) != 0 {
		bits++
	}
	for i := bits; i < 32; i++ {
		if v[i/8]&(0x80>>(i%8)) != 0 {
			return 0, fmt.Errorf("no mask")
		}
	}
	return bits, nil
}

// spanned gives the first and the last address of a network.
func spanned(p netip.Prefix) addressRange {
	p = p.Masked()
	low := p.Addr()
	b := low.AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	high, _ := netip.AddrFromSlice(b)
	if u := low.Unmap(); u != low {
		return addressRange{low: u, high: high.Unmap()}
	}
	return addressRange{low: low, high: high}
}
