package uri

import (
	"strings"

	"weir/rules/view/domain"
)

// host gives the host that a link leads to; ok is false where it has none with a known top-level domain.
func (r *Reader) host(link string) (Host, bool) {
	name, ok := authority(link)
	if !ok || name == "" || hidesASCII(name) {
		return Host{}, false
	}
	name = domain.Ascii(name)
	if domain.IsIP(name) {
		return Host{Name: name, Domain: name}, true
	}
	if !domain.Plausible(name) || !r.Domains.Valid(name) {
		return Host{}, false
	}
	return Host{Name: name, Domain: r.Domains.Trim(name)}, true
}

// Domain gives the domain of the host that a link leads to; "" where it has none with a known top-level domain.
func (r *Reader) Domain(link string) string {
	h, _ := r.host(link)
	return h.Domain
}

// authority cuts the host out of a link.
func authority(link string) (string, bool) {
	if hasFold(link, "javascript:", "cid:", "file:") > 0 {
		return "", false
	}
	if n := hasFold(link, "mailto:"); n > 0 {
		return mailHost(link[n:])
	}
	link = link[schemeLength(link):]
	if i := strings.IndexAny(link, "/?#"); i >= 0 {
		link = link[:i]
	}
	link = link[strings.LastIndexByte(link, '@')+1:]
	if host, ok := strings.CutSuffix(strings.TrimRight(link, "0123456789"), ":"); ok {
		return host, true
	}
	return link, true
}

// mailHost gives the host of an address; one with several @ has none.
func mailHost(s string) (string, bool) {
	if i := strings.IndexByte(s, '?'); i >= 0 {
		s = s[:i]
	}
	_, host, ok := strings.Cut(s, "@")
	return host, ok && strings.IndexByte(host, '@') < 0
}

// schemeLength measures letters, a colon and up to two slashes.
func schemeLength(link string) int {
	i := 0
	for i < len(link) && link[i]|0x20 >= 'a' && link[i]|0x20 <= 'z' {
		i++
	}
	if i == 0 || i == len(link) || link[i] != ':' {
		return 0
	}
	i++
	for n := 0; n < 2 && i < len(link) && link[i] == '/'; n++ {
		i++
	}
	return i
}

// hidesASCII tells whether a host has an escape of a character that need not be escaped: the link has another dress in
// which it is undone.
func hidesASCII(host string) bool {
	for i := strings.IndexByte(host, '%'); i >= 0 && i < len(host); i++ {
		if c, ok := hexByte(host[i:]); ok && c > ' ' && c < 0x7f {
			return true
		}
	}
	return false
}
