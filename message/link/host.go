package link

import (
	"net/netip"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// names maps internationalised hosts as the WHATWG URL standard asks: UTS 46, not transitional, no STD3 rules.
var names = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false), idna.CheckHyphens(false))

// normalHost gives a host in lower case A-labels, or an IP address in normal form.
func normalHost(raw string) (host string, flags Flags, ok bool) {
	if strings.IndexByte(raw, '%') >= 0 {
		raw = unescape(raw)
	}
	host, flags, ok = asciiHost(raw)
	host = strings.TrimSuffix(host, ".")
	if !ok || !plausible(host) {
		return "", flags, false
	}
	if endsInNumber(host) {
		return numericHost(host, flags)
	}
	return host, flags, true
}

// asciiHost maps a host to lower case A-labels.
func asciiHost(raw string) (host string, flags Flags, ok bool) {
	upper, xn := false, false
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		if c >= 0x80 {
			return idnHost(raw)
		}
		if forbidden(c) {
			return "", 0, false
		}
		upper = upper || c >= 'A' && c <= 'Z'
		xn = xn || c == '-' && i >= 3 && raw[i-1] == '-' && raw[i-2]|0x20 == 'n' && raw[i-3]|0x20 == 'x'
	}
	if upper {
		raw = strings.ToLower(raw)
	}
	if xn {
		return raw, IDN | scriptFlags(unicodeName(raw)), true
	}
	return raw, 0, true
}

// forbidden tells whether a host can't have the character (WHATWG: forbidden domain code points).
func forbidden(c byte) bool {
	return c <= ' ' || c == 0x7f || strings.IndexByte(`#/:<>?@[\]^|%`, c) >= 0
}

// idnHost maps a host with characters beyond ASCII. What the standard forbids (a bidi override, a lone joiner) is left
// out and marked, for a filter has to look the name up all the same.
func idnHost(raw string) (host string, flags Flags, ok bool) {
	if len(raw) > 4*maxHost {
		return "", IDN, false
	}
	host, err := names.ToASCII(raw)
	if err != nil {
		host, err = names.ToASCII(visible(raw))
	}
	if err != nil {
		host, err = idna.Punycode.ToASCII(strings.ToLower(visible(raw)))
	}
	if err != nil {
		return "", IDN, false
	}
	if !strings.Contains(host, "xn--") { // full-width letters and the like
		return host, Obfuscated, hostOnly(host)
	}
	return host, IDN | scriptFlags(unicodeName(host)), hostOnly(host)
}

func hostOnly(host string) bool {
	for i := 0; i < len(host); i++ {
		if host[i] >= 0x80 || forbidden(host[i]) {
			return false
		}
	}
	return true
}

// unicodeName shows A-labels as U-labels as far as they can be decoded.
func unicodeName(host string) string {
	name, _ := names.ToUnicode(host)
	return name
}

// plausible tells whether a name could be in the DNS: labels of 1 to 63 bytes, at most 253 in all.
func plausible(host string) bool {
	if host == "" || len(host) > maxHost {
		return false
	}
	label := 0
	for i := 0; i < len(host); i++ {
		if host[i] != '.' {
			label++
			continue
		}
		if label == 0 || label > 63 {
			return false
		}
		label = 0
	}
	return label > 0 && label <= 63
}

// endsInNumber tells whether browsers take the host for an IPv4 address: its last label is a number.
func endsInNumber(host string) bool {
	last := host[strings.LastIndexByte(host, '.')+1:]
	if !isDigit(last[0]) { // nearly always, and cheap
		return false
	}
	if allDigits(last) {
		return true
	}
	_, ok := ipNumber(last)
	return ok
}

func allDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if !isDigit(s[i]) {
			return false
		}
	}
	return s != ""
}

// ipNumber reads a part of an IPv4 address: decimal, 0x hex, or 0 octal.
func ipNumber(s string) (uint64, bool) {
	base := 10
	switch {
	case len(s) >= 2 && s[0] == '0' && s[1]|0x20 == 'x':
		if s, base = s[2:], 16; s == "" {
			return 0, true
		}
	case len(s) >= 2 && s[0] == '0':
		s, base = s[1:], 8
	}
	if len(s) > 40 || s == "" || s[0] == '+' || s[0] == '-' || strings.IndexByte(s, '_') >= 0 {
		return 0, false
	}
	n, err := strconv.ParseUint(s, base, 64)
	return n, err == nil
}

// numericHost reads an IPv4 address of one to four numbers, the last of which fills what remains (127.1, 2130706433).
func numericHost(host string, flags Flags) (string, Flags, bool) {
	if addr, err := netip.ParseAddr(host); err == nil {
		return host, flags | IsIP, addr.Is4()
	}
	var v uint64
	parts := strings.Split(host, ".")
	if len(parts) > 4 {
		return "", flags, false
	}
	for i, part := range parts {
		n, ok := ipNumber(part)
		last := i == len(parts)-1
		if !ok || !last && n > 255 || last && n >= 1<<(8*(5-len(parts))) {
			return "", flags, false
		}
		if last {
			v |= n
		} else {
			v |= n << (24 - 8*i)
		}
	}
	addr := netip.AddrFrom4([4]byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)})
	return addr.String(), flags | IsIP | NumericIP, true
}

// RegisteredDomain gives the domain below the public suffix that someone has registered: example.co.uk for
// www.example.co.uk, in lower case A-labels. It is "" for a public suffix itself, for an empty or impossible name, and
// the address itself for an IP address. Private suffixes count (user.github.io), since their users are strangers.
func RegisteredDomain(host string) string {
	if host == "" || host[0] == '.' {
		return ""
	}
	name, flags, ok := normalHost(host)
	if !ok {
		return ""
	}
	if flags.Has(IsIP) {
		return name
	}
	return registered(name)
}

// registered is RegisteredDomain for a host in normal form.
func registered(host string) string {
	if n, ok := lookup(host); ok {
		return host[len(host)-n:]
	}
	n := 0
	suffix, _ := publicsuffix.PublicSuffix(host)
	if rest := len(host) - len(suffix) - 1; rest > 0 {
		n = len(host) - strings.LastIndexByte(host[:rest], '.') - 1
	}
	remember(host, n)
	return host[len(host)-n:]
}

// KnownTLD tells whether a name in lower case ends in a top-level domain that exists.
func KnownTLD(host string) bool {
	dot := strings.LastIndexByte(host, '.')
	tld := host[dot+1:]
	switch tld {
	case "com", "net", "org", "de", "uk", "edu", "info", "io":
		return true
	}
	if len(tld) < 2 || len(tld) > 24 || !isLetter(tld[0]) {
		return false
	}
	if _, icann := publicsuffix.PublicSuffix(tld); icann {
		return true
	}
	if dot < 0 {
		return false
	}
	two := host[strings.LastIndexByte(host[:dot], '.')+1:]
	_, icann := publicsuffix.PublicSuffix(two) // *.ck and its kin have no rule of their own
	return icann
}

// portText is ":8080", "" for the default port.
func portText(port int) string {
	if port == 0 {
		return ""
	}
	return ":" + strconv.Itoa(port)
}

// unescape decodes %XX once; what is no escape stays.
func unescape(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && unhex(s[i+1]) >= 0 && unhex(s[i+2]) >= 0 {
			out = append(out, byte(unhex(s[i+1])<<4|unhex(s[i+2])))
			i += 2
			continue
		}
		out = append(out, s[i])
	}
	return string(out)
}

func unhex(c byte) int {
	switch {
	case isDigit(c):
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}
