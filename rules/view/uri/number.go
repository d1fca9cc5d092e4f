package uri

import (
	"math"
	"strconv"
	"strings"

	"weir/rules/ascii"
)

// numbers adds what a host made of numbers stands for, and what browsers make of a single word.
func (c *cleaner) numbers(w web, name string) {
	if ip := dotted(w.host); ip != "" {
		c.add(w.scheme, ip, w.rest)
		return
	}
	if ip := oneNumber(w.host); ip != "" {
		c.add(w.scheme, ip, w.rest)
		return
	}
	word := strings.TrimPrefix(strings.ToLower(name), "www.")
	if w.scheme != "http://" || w.user != "" || name == "localhost" || w.port != "" && w.port != "80" ||
		word == "" || strings.IndexByte(word, '.') >= 0 || c.r.Domains.Valid(name) {
		return
	}
	c.add(w.scheme, "www.", word, ".com", w.rest)
}

// dotted gives four numbers with dots between, each decimal, octal or hexadecimal, as decimal ones; "" if host is none.
//
// QUIRK: a number that is only zeros vanishes, as it does in SpamAssassin: 127.0.0.1 gives 127...1.
func dotted(host string) string {
	if len(host) < 7 || !ascii.Digit(host[0]) || strings.Count(host, ".") != 3 {
		return ""
	}
	out := make([]byte, 0, 15)
	for i, s := range strings.Split(host, ".") {
		n, ok := octet(s)
		if !ok {
			return ""
		}
		if i > 0 {
			out = append(out, '.')
		}
		out = append(out, n...)
	}
	return string(out)
}

// octet gives one of the numbers in decimal, without zeros in front.
func octet(s string) (string, bool) {
	if len(s) > 2 && s[0] == '0' && s[1]|0x20 == 'x' {
		if strings.Trim(s[2:], "0123456789abcdefABCDEF") != "" {
			return "", false
		}
		s = hexNumber(s[2:])
	} else if s == "" || strings.Trim(s, "0123456789") != "" {
		return "", false
	}
	bare := strings.TrimLeft(s, "0")
	if len(bare) < len(s) && isOctal(bare) {
		n, _ := strconv.ParseUint(bare, 8, 16)
		return strconv.FormatUint(n, 10), true
	}
	return bare, true
}

// hexNumber gives a hexadecimal number in decimal; one that is too large as the largest.
func hexNumber(digits string) string {
	n, err := strconv.ParseUint(digits, 16, 64)
	if err != nil {
		n = math.MaxUint64
	}
	return strconv.FormatUint(n, 10)
}

// isOctal tells whether digits are an octal number of at most 0377.
func isOctal(s string) bool {
	if s == "" || len(s) > 3 || strings.Trim(s, "01234567") != "" {
		return false
	}
	return len(s) < 3 || s[0] <= '3'
}

// oneNumber gives the IP address that a single number stands for; "" if host is none.
func oneNumber(host string) string {
	if host == "" || !ascii.Digit(host[0]) {
		return ""
	}
	digits, hex := strings.CutPrefix(strings.ToLower(host), "0x")
	if hex && digits != "" && strings.Trim(digits, "0123456789abcdef") == "" {
		n, _ := strconv.ParseUint(digits[max(0, len(digits)-8):], 16, 64)
		return address(n)
	}
	if strings.Trim(host, "0123456789") != "" {
		return ""
	}
	n, err := strconv.ParseUint(host, 10, 64)
	if err != nil {
		n = math.MaxUint64
	}
	return address(n)
}

// address gives the first four bytes of a number, as it is written in at least eight hexadecimal digits.
func address(n uint64) string {
	for n > math.MaxUint32 {
		n >>= 4
	}
	out := make([]byte, 0, 15)
	for shift := 24; shift >= 0; shift -= 8 {
		out = strconv.AppendUint(out, n>>shift&0xff, 10)
		if shift > 0 {
			out = append(out, '.')
		}
	}
	return string(out)
}
