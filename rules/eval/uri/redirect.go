package uri

import (
	"strings"

	"weir/rules/view"
)

// redirected hits when a link holds another one to a different domain: http://example.com/go?http://example.net/.
func redirected(m *view.Mail) int {
	for _, link := range m.URIs() {
		for {
			from, to, rest, ok := inner(link)
			if !ok {
				break
			}
			if place(m, from) != place(m, to) {
				return 1
			}
			link = rest
		}
	}
	return 0
}

// place gives the domain of a host, or the host itself where it has none.
func place(m *view.Mail, host string) string {
	if domain := m.Set.Links().Domain(host); domain != "" {
		return domain
	}
	return host
}

// inner finds a link within a link: the outer host, the inner host, and the link from there on.
func inner(link string) (from, to, rest string, ok bool) {
	start := web(link)
	if start == 0 {
		return "", "", "", false
	}
	end := start + hostLength(link[start:])
	if end == start {
		return "", "", "", false
	}
	for i := end + 1; i < len(link); i++ { // behind the whole host
		if to, ok := target(link[i:]); ok {
			return link[start:end], to, link[i:], true
		}
	}
	for i := min(end, len(link)-1); i >= start+2; i-- { // within what looks like the host
		if to, ok := target(link[i:]); ok {
			return link[start : i-1], to, link[i:], true
		}
	}
	return "", "", "", false
}

// web gives the length of http:// or https:// that a link begins with; 0: another scheme, or none.
func web(link string) int {
	for _, scheme := range []string{"http://", "https://"} {
		if len(link) >= len(scheme) && strings.EqualFold(link[:len(scheme)], scheme) {
			return len(scheme)
		}
	}
	return 0
}

// target tells whether a link to a host begins here, with up to two slashes behind the colon.
func target(s string) (host string, ok bool) {
	if len(s) < 6 || s[0]|0x20 != 'h' {
		return "", false
	}
	colon := strings.IndexByte(s[:6], ':')
	if colon < 4 || !strings.EqualFold(s[:4], "http") || colon == 5 && s[4]|0x20 != 's' {
		return "", false
	}
	s = s[colon+1:]
	for slashes := 0; slashes < 2 && strings.HasPrefix(s, "/"); slashes++ {
		s = s[1:]
	}
	n := hostLength(s)
	return s[:n], n > 0
}

// hostLength measures what stands in front of a slash, a colon or a question mark.
func hostLength(s string) int {
	if i := strings.IndexAny(s, "/:?"); i >= 0 {
		return i
	}
	return len(s)
}
