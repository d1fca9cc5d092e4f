package spf

import (
	"net/netip"
	"strings"
)

// mechanism reads a mechanism's name and what follows it.
func (d *directive) mechanism(name, rest string) error {
	switch name {
	case "all":
		d.kind = all
	case "include":
		d.kind = include
		return d.domain(&rest, true)
	case "exists":
		d.kind = exists
		return d.domain(&rest, true)
	case "a", "mx":
		if d.kind = a; name == "mx" {
			d.kind = mx
		}
		if err := d.lengths(&rest); err != nil {
			return err
		}
		return d.domain(&rest, false)
	case "ptr":
		d.kind = ptr
		return d.domain(&rest, false)
	case "ip4", "ip6":
		if d.kind = ip4; name == "ip6" {
			d.kind = ip6
		}
		return d.network(rest)
	default:
		return errTerm
	}
	if rest != "" {
		return errTerm
	}
	return nil
}

// domain reads ":domain-spec", which may be missing unless it is needed.
func (d *directive) domain(rest *string, needed bool) error {
	if *rest == "" && !needed {
		return nil
	}
	if !strings.HasPrefix(*rest, ":") {
		return errDomain
	}
	d.spec = (*rest)[1:]
	return checkSpec(d.spec)
}

// lengths takes prefix lengths from the end: "/24", "//64", "/24//64". A slash before something else belongs to the
// domain.
func (d *directive) lengths(rest *string) (err error) {
	if text, digits, ok := cutLength(*rest, "//"); ok {
		*rest = text
		if d.six, err = bits(digits, 128); err != nil {
			return err
		}
	}
	if text, digits, ok := cutLength(*rest, "/"); ok {
		*rest = text
		d.four, err = bits(digits, 32)
	}
	return err
}

func cutLength(s, slash string) (rest, digits string, ok bool) {
	n := len(s)
	for n > 0 && isDigit(s[n-1]) {
		n--
	}
	if rest, ok = strings.CutSuffix(s[:n], slash); !ok {
		return s, "", false
	}
	return rest, s[n:], true
}

// bits reads a prefix length, without leading zeros.
func bits(s string, most int) (int, error) {
	n := 0
	if s == "" || len(s) > 3 || len(s) > 1 && s[0] == '0' {
		return 0, errBits
	}
	for i := 0; i < len(s); i++ {
		if !isDigit(s[i]) {
			return 0, errBits
		}
		n = n*10 + int(s[i]-'0')
	}
	if n > most {
		return 0, errBits
	}
	return n, nil
}

// network reads ":address" or ":address/bits".
func (d *directive) network(rest string) error {
	text, ok := strings.CutPrefix(rest, ":")
	if !ok {
		return errAddr
	}
	most := 32
	if d.kind == ip6 {
		most = 128
	}
	n := most
	text, length, ok := strings.Cut(text, "/")
	if ok {
		var err error
		if n, err = bits(length, most); err != nil {
			return err
		}
	}
	addr, err := netip.ParseAddr(text)
	if err != nil || addr.Zone() != "" || addr.Is4() != (d.kind == ip4) {
		return errAddr
	}
	d.prefix = netip.PrefixFrom(addr, n).Masked()
	return nil
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
