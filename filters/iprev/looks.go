package iprev

import (
	"net/netip"
	"strconv"
	"strings"

	"weir/message/link"
)

// kind is what a name looks like.
type kind uint8

const (
	given   kind = iota // somebody chose it
	generic             // it is made of the address
	dynamic             // and it says that the address is lent for a while
)

// lent are words in names of lines whose addresses change.
var lent = words("dyn dynamic dynamicip dynip dhcp dial dialup dialin ppp pppoe pool pools dsl adsl vdsl xdsl sdsl cable cablemodem catv " +
	"broadband bb wifi wlan wireless mobile lte umts gprs hfc ftth fttx fiber residential res home retail modem nat cgn cgnat")

// lasting are words in names of hosts that stay: they undo what the name looks like otherwise.
var lasting = words("static fixed mail mails smtp mx mta relay mailer mailout outbound business biz corp srv server vps dedicated colo host hosting")

func words(list string) map[string]bool {
	set := make(map[string]bool)
	for w := range strings.FieldsSeq(list) {
		set[w] = true
	}
	return set
}

// kindOf judges a name in lower case by the part that is before the registered domain.
func kindOf(name string, addr netip.Addr) kind {
	org := link.RegisteredDomain(name)
	if name == "" || org == "" || name == org {
		return given
	}
	host := strings.TrimSuffix(name, "."+org)
	hasLent, hasLasting := tell(host)
	switch {
	case hasLasting:
		return given
	case !hasAddress(host, addr):
		return given
	case hasLent:
		return dynamic
	}
	return generic
}

// tell looks for words of both kinds. A word ends where letters do.
func tell(host string) (hasLent, hasLasting bool) {
	for word := range strings.FieldsFuncSeq(host, func(r rune) bool { return r < 'a' || r > 'z' }) {
		hasLent = hasLent || lent[word]
		hasLasting = hasLasting || lasting[word]
	}
	return hasLent, hasLasting
}

// hasAddress tells whether a name has the address in it, whole or most of it.
func hasAddress(host string, addr netip.Addr) bool {
	if addr.Is6() {
		return hasAddress6(host, addr)
	}
	b := addr.As4()
	if strings.Contains(host, hexOf(b[:])) {
		return true
	}
	var numbers []int
	for digits := range strings.FieldsFuncSeq(host, func(r rune) bool { return r < '0' || r > '9' }) {
		if len(digits) == 12 { // 192000002001
			for i := 0; i < 12; i += 3 {
				n, _ := strconv.Atoi(digits[i : i+3])
				numbers = append(numbers, n)
			}
		} else if n, err := strconv.Atoi(digits); err == nil {
			numbers = append(numbers, n)
		}
	}
	return runs(numbers, b) || runs(numbers, [4]byte{b[3], b[2], b[1], b[0]})
}

// runs tells whether three neighbours of the four bytes follow each other among numbers.
func runs(numbers []int, b [4]byte) bool {
	for i := 0; i+3 <= len(numbers); i++ {
		for from := 0; from < 2; from++ {
			if numbers[i] == int(b[from]) && numbers[i+1] == int(b[from+1]) && numbers[i+2] == int(b[from+2]) {
				return true
			}
		}
	}
	return false
}

// hasAddress6 looks for the address without its colons, whole or its last half, and with hyphens for colons.
func hasAddress6(host string, addr netip.Addr) bool {
	b := addr.As16()
	bare := strings.Map(func(r rune) rune {
		if r == '-' || r == '.' || r == '_' {
			return -1
		}
		return r
	}, host)
	if strings.Contains(bare, hexOf(b[:])) || b[8]|b[9]|b[10] != 0 && strings.Contains(bare, hexOf(b[8:])) {
		return true
	}
	for label := range strings.SplitSeq(host, ".") {
		if a, err := netip.ParseAddr(strings.ReplaceAll(label, "-", ":")); err == nil && a == addr {
			return true
		}
	}
	return false
}

func hexOf(b []byte) string {
	const digits = "0123456789abcdef"
	out := make([]byte, 0, 32)
	for _, x := range b {
		out = append(out, digits[x>>4], digits[x&15])
	}
	return string(out)
}
