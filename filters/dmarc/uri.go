package dmarc

import (
	"net/url"
	"strconv"
	"strings"
)

// URI is a place for aggregate reports (RFC 7489 section 6.2).
type URI struct {
	Address string // jo@example.org, of a mailto URI
	Max     int64  // bytes of a report at most; 0: not limited
}

// maxURIs is how many places of one record are read; RFC 7489 section 6.3 asks for two at least.
const maxURIs = 10

// ParseURIs reads the value of rua: URIs separated by commas, each with a size limit at will (!10m). What is no mailto
// URI with an address is left out.
func ParseURIs(value string) (list []URI) {
	for len(value) > 0 && len(list) < maxURIs {
		var one string
		one, value, _ = strings.Cut(value, ",")
		if u, ok := parseURI(trim(one)); ok {
			list = append(list, u)
		}
	}
	return list
}

func parseURI(s string) (URI, bool) {
	const scheme = "mailto:"
	if len(s) < len(scheme) || !equalFold(s[:len(scheme)], scheme) {
		return URI{}, false
	}
	s, limit, limited := strings.Cut(s[len(scheme):], "!")
	u := URI{}
	if limited {
		if u.Max = parseSize(trim(limit)); u.Max <= 0 {
			return URI{}, false
		}
	}
	s, _, _ = strings.Cut(s, "?")
	address, err := url.PathUnescape(s)
	if err != nil || !plainAddress(address) {
		return URI{}, false
	}
	u.Address = address
	return u, true
}

// parseSize reads 10, 10k, 10m, 10g or 10t; 0: it is none.
func parseSize(s string) int64 {
	shift := 0
	if n := len(s); n > 0 {
		if i := strings.IndexByte("kmgt", s[n-1]|0x20); i >= 0 {
			shift, s = 10*(i+1), s[:n-1]
		}
	}
	n, err := strconv.ParseUint(s, 10, 40)
	if err != nil || n > 1<<62>>shift {
		return 0
	}
	return int64(n) << shift
}

// plainAddress tells whether a text is an address that can be mailed to and written into a header as it is. Quoted
// local parts are not: nobody takes reports there, and they are a way to smuggle.
func plainAddress(s string) bool {
	local, domain, ok := strings.Cut(s, "@")
	if !ok || local == "" || len(local) > 64 || !validDomain(strings.ToLower(domain)) || !strings.Contains(domain, ".") {
		return false
	}
	for i := range len(local) {
		c := local[i]
		if (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && strings.IndexByte("!#$%&'*+-/=?^_`{|}~.", c) < 0 {
			return false
		}
	}
	return true
}
