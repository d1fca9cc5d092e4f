package link

import (
	"net/netip"
	"strings"
)

// Parse takes a URL apart as a browser does with what stands in an href: white space around it and tabs and newlines
// in it do not count, backslashes are slashes, the host is percent-decoded once. A URL without a scheme gets http and
// the flag NoScheme if its host has a known top-level domain. ok is false for what leads nowhere: no host where the
// scheme needs one, an impossible host, a relative reference.
func Parse(raw string) (l Link, ok bool) {
	raw = clean(raw)
	l = Link{Raw: raw, Parent: -1, PartIdx: -1}
	scheme, rest := cutScheme(raw)
	switch {
	case strings.HasPrefix(raw, "//"), strings.HasPrefix(raw, `\\`):
		l.Scheme, l.Flags = "http", NoScheme
		ok = l.special(raw[2:])
	case scheme == "" || strings.IndexByte(scheme, '.') >= 0:
		l.Scheme, l.Flags = "http", NoScheme
		if strings.IndexByte(raw, '@') > 0 && strings.IndexByte(raw, '/') < 0 {
			ok = l.mailto(raw) // QUIRK: a relative file name for browsers, a forgotten mailto: for people
			break
		}
		ok = bareHost(raw) && l.special(raw)
	default:
		l.Scheme = schemeName(scheme)
		ok = l.afterScheme(rest)
	}
	l.Flags |= invisible(raw)
	return l, ok
}

// afterScheme parses what follows "scheme:".
func (l *Link) afterScheme(rest string) bool {
	switch l.Scheme {
	case "http", "https", "ftp", "ws", "wss":
		return l.special(strings.TrimLeft(rest, `/\`))
	case "mailto":
		return l.mailto(rest)
	}
	l.URL = l.Raw
	if strings.HasPrefix(rest, "//") {
		return l.special(rest[2:])
	}
	l.Path = rest
	return true
}

// clean does to an href what browsers do first: trims control characters and spaces, takes out tabs and newlines.
func clean(raw string) string {
	for raw != "" && raw[0] <= ' ' {
		raw = raw[1:]
	}
	raw = trimControls(raw)
	raw = raw[:min(len(raw), maxRaw)]
	if strings.ContainsAny(raw, "\t\r\n") {
		raw = strings.NewReplacer("\t", "", "\r", "", "\n", "").Replace(raw)
	}
	return raw
}

// trimControls takes white space and control characters off the end.
func trimControls(s string) string {
	for s != "" && s[len(s)-1] <= ' ' {
		s = s[:len(s)-1]
	}
	return s
}

// cutScheme splits at the colon of a scheme; scheme is "" if there is none.
func cutScheme(s string) (scheme, rest string) {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case isLetter(c):
		case i > 0 && (isDigit(c) || c == '+' || c == '-' || c == '.'):
		case c == ':' && i > 0:
			if portFollows(s[i+1:]) && strings.IndexByte(s[:i], '.') >= 0 {
				return "", s
			}
			return s[:i], s[i+1:]
		default:
			return "", s
		}
	}
	return "", s
}

func portFollows(s string) bool { return s != "" && isDigit(s[0]) }

func isLetter(c byte) bool { c |= 0x20; return c >= 'a' && c <= 'z' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// schemeName gives a scheme in lower case, without allocating for the usual ones.
func schemeName(s string) string {
	for _, known := range [...]string{"https", "http", "mailto", "ftp", "tel", "cid", "data"} {
		if len(s) == len(known) && strings.EqualFold(s, known) {
			return known
		}
	}
	return strings.ToLower(s)
}

// special parses "user@host:port/path?query#fragment".
func (l *Link) special(rest string) bool {
	end := strings.IndexAny(rest, `/\?#`)
	if end < 0 {
		end = len(rest)
	}
	authority, path := rest[:end], rest[end:]
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		l.User, authority = authority[:at], authority[at+1:]
		l.Flags |= UserInfo
	}
	if hash := strings.IndexByte(path, '#'); hash >= 0 {
		path = path[:hash]
	}
	l.Path = trimControls(path) // what the fragment's # or the length limit left at the end
	host, port, ok := cutPort(authority)
	if !ok || !l.setHost(host) {
		return false
	}
	l.Port = port
	if port == defaultPort(l.Scheme) {
		l.Port = 0
	}
	l.normalise()
	return true
}

// cutPort splits host:port. An empty port is the default one; what is no port is no URL.
func cutPort(s string) (host string, port int, ok bool) {
	at := strings.LastIndexByte(s, ':')
	if at < 0 || at < strings.LastIndexByte(s, ']') {
		return s, 0, true
	}
	for _, c := range []byte(s[at+1:]) {
		if !isDigit(c) {
			return "", 0, false
		}
		if port = port*10 + int(c-'0'); port > 65535 {
			return "", 0, false
		}
	}
	return s[:at], port, true
}

func defaultPort(scheme string) int {
	switch scheme {
	case "http", "ws":
		return 80
	case "https", "wss":
		return 443
	case "ftp":
		return 21
	}
	return 0
}

// normalise puts URL together. Most URLs are normal as written: then it is a slice of Raw.
func (l *Link) normalise() {
	host := l.Host
	if strings.IndexByte(host, ':') >= 0 {
		host = "[" + host + "]"
	}
	if n := len(l.Scheme) + 3 + len(host) + len(l.Path); n <= len(l.Raw) && l.Port == 0 && strings.IndexByte(l.Path, '\\') < 0 {
		u := l.Raw[:n]
		if strings.HasPrefix(u, l.Scheme) && u[len(l.Scheme):len(l.Scheme)+3] == "://" &&
			u[len(l.Scheme)+3:len(u)-len(l.Path)] == host && u[len(u)-len(l.Path):] == l.Path {
			l.URL = u
			return
		}
	}
	l.URL = l.Scheme + "://" + host + portText(l.Port) + strings.ReplaceAll(l.Path, `\`, "/")
}

// mailto parses "mailto:user@host?subject=…" and a bare address; of several addresses the first one counts.
func (l *Link) mailto(rest string) bool {
	l.Scheme = "mailto"
	addr, query, _ := strings.Cut(rest, "?")
	addr, _, _ = strings.Cut(addr, ",")
	if strings.IndexByte(addr, '%') >= 0 {
		addr = unescape(addr)
	}
	at := strings.LastIndexByte(addr, '@')
	if at <= 0 || !l.setHost(addr[at+1:]) {
		return false
	}
	l.User, l.Path = addr[:at], query
	if raw := l.Raw; len(raw) == 7+len(addr) && raw[7:] == addr && strings.HasPrefix(raw, "mailto:") && addr[at+1:] == l.Host {
		l.URL = raw
		return true
	}
	l.URL = "mailto:" + l.User + "@" + l.Host
	return true
}

// setHost brings a host into normal form; false if it is none.
func (l *Link) setHost(raw string) bool {
	if len(raw) > 2 && raw[0] == '[' && raw[len(raw)-1] == ']' {
		return l.setIPv6(raw[1 : len(raw)-1])
	}
	host, flags, ok := normalHost(raw)
	l.Flags |= flags
	if !ok {
		return false
	}
	l.Host = host
	l.Domain = host
	if !flags.Has(IsIP) {
		l.Domain = registered(host)
	}
	return true
}

func (l *Link) setIPv6(s string) bool {
	s = strings.TrimPrefix(s, "IPv6:") // an address literal of mail
	addr, err := netip.ParseAddr(s)
	if err != nil || addr.Zone() != "" {
		return false
	}
	l.Host = addr.String()
	l.Domain = l.Host
	l.Flags |= IsIP
	return true
}
