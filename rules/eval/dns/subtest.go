package dns

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"weir/rules/eval/args"
	"weir/rules/pattern"
)

// subtest decides which answers count. A nil *subtest takes all.
type subtest struct {
	text    string           // an answer that is exactly so
	numbers *numbers         // an address with such bits
	pattern *pattern.Pattern // an answer that matches
	codes   map[int]bool     // response codes of the DNS
}

// numbers is a test of an IPv4 address as a number: a mask alone, a range, or a value under a mask.
type numbers struct {
	how  byte // 0 mask, '-' range, '/' value and mask
	a, b uint32
}

var errNumbers = errors.New("write a number, an address, two of them with - between for a range, or with / between for a value and a mask")

// parseNumbers reads 8, 0x10, 127.0.0.2, 127.0.1.20-127.0.1.39, 127.0.1.0/255.255.255.0.
func parseNumbers(s string) (*numbers, error) {
	i := strings.IndexAny(s, "/-")
	first, second := s, ""
	if i >= 0 {
		first, second = s[:i], s[i+1:]
	}
	a, dotted, ok := number(first)
	if !ok {
		return nil, errNumbers
	}
	switch {
	case i < 0 && dotted:
		return &numbers{how: '-', a: a, b: a}, nil
	case i < 0:
		return &numbers{a: a}, nil
	}
	b, _, ok := number(second)
	if !ok {
		return nil, errNumbers
	}
	return &numbers{how: s[i], a: a, b: b}, nil
}

// number reads a decimal or hexadecimal number or an IPv4 address.
func number(s string) (n uint32, dotted, ok bool) {
	if ip, err := netip.ParseAddr(s); err == nil && ip.Is4() {
		return value(ip), true, true
	}
	base := 10
	if hex, isHex := strings.CutPrefix(s, "0x"); isHex {
		s, base = hex, 16
	}
	v, err := strconv.ParseUint(s, base, 32)
	return uint32(v), false, err == nil
}

// value is an IPv4 address as a number.
func value(ip netip.Addr) uint32 {
	b := ip.As4()
	return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
}

// fits tells whether an address passes the test. A mask alone says something of 127.0.0.0/8 only.
func (t *numbers) fits(ip netip.Addr) bool {
	if !ip.Is4() {
		return false
	}
	v := value(ip)
	switch t.how {
	case '-':
		return v >= t.a && v <= t.b
	case '/':
		return v&t.b == t.a&t.b
	}
	return v&t.a != 0 && v>>24 == 127
}

// fits tells whether one record of an answer passes the test: its text, and its address where it has one.
func (s *subtest) fits(t *pattern.Trial, text string, ip netip.Addr) bool {
	switch {
	case s == nil:
		return true
	case s.pattern != nil:
		return t.Match(s.pattern, []byte(text))
	case s.numbers != nil && ip.IsValid():
		return s.numbers.fits(ip)
	}
	return s.codes == nil && s.numbers == nil && text == s.text
}

// listSubtest reads the test of check_rbl and its kin: an address, a mask as a decimal number, else a pattern.
func listSubtest(s string) (*subtest, error) {
	if ip, err := netip.ParseAddr(s); err == nil && ip.Is4() {
		return &subtest{text: s}, nil
	}
	if n, err := strconv.ParseUint(s, 10, 32); err == nil {
		return &subtest{numbers: &numbers{a: uint32(n)}}, nil
	}
	p, err := pattern.Compile(args.Delimited(s))
	if err != nil {
		return nil, fmt.Errorf("the test %q is neither an address nor a number, and no pattern: %w", s, err)
	}
	return &subtest{pattern: p}, nil
}

// codes of the DNS by name (RFC 1035, RFC 2136).
var codes = map[string]int{
	"NOERROR": 0, "FORMERR": 1, "SERVFAIL": 2, "NXDOMAIN": 3, "NOTIMP": 4, "REFUSED": 5,
	"YXDOMAIN": 6, "YXRRSET": 7, "NXRRSET": 8, "NOTAUTH": 9, "NOTZONE": 10,
}

// askSubtest reads the test of an askdns rule: a text in quotes, a pattern, numbers, or response codes in brackets.
func askSubtest(s string) (*subtest, error) {
	switch {
	case s == "":
		return nil, nil
	case len(s) > 1 && (s[0] == '"' || s[0] == '\'') && s[len(s)-1] == s[0]:
		return &subtest{text: s[1 : len(s)-1]}, nil
	case s[0] == '/' || s[0] == 'm' && len(s) > 2 && strings.IndexByte("0123456789", s[1]) < 0:
		p, err := pattern.Compile(s)
		if err != nil {
			return nil, err
		}
		return &subtest{pattern: p}, nil
	case s[0] == '[' && s[len(s)-1] == ']':
		return codeSubtest(s[1 : len(s)-1])
	}
	n, err := parseNumbers(s)
	if err != nil {
		return nil, err
	}
	return &subtest{numbers: n}, nil
}

func codeSubtest(list string) (*subtest, error) {
	t := &subtest{codes: map[int]bool{}}
	for _, name := range strings.Split(list, ",") {
		name = strings.ToUpper(strings.TrimSpace(name))
		n, ok := codes[name]
		if !ok {
			var err error
			if n, err = strconv.Atoi(name); err != nil || n < 0 {
				return nil, fmt.Errorf("%q is no response code of the DNS: write [NXDOMAIN] or [3]", name)
			}
		}
		t.codes[n] = true
	}
	return t, nil
}
