package uri

import (
	"strconv"
	"strings"

	"weir/rules/ascii"
	"weir/rules/view/domain"
)

// cleaner makes the dresses of one link.
type cleaner struct {
	r       *Reader
	wide    bool
	links   []string // the link and what redirectors in it lead to
	dresses []string
}

// clean lists a link and its other dresses, each once.
func (r *Reader) clean(raw string, wide bool) []string {
	c := cleaner{r: r, wide: wide, links: []string{raw}}
	for i := 0; i < len(c.links); i++ {
		c.links[i] = oneLine(c.links[i])
		c.dress(c.links[i])
	}
	all := c.links[:0:0]
	for _, list := range [...][]string{c.links, c.dresses} {
		for _, s := range list {
			if !contains(all, s) {
				all = append(all, s)
			}
		}
	}
	return all
}

func (c *cleaner) add(parts ...string) { c.dresses = append(c.dresses, strings.Join(parts, "")) }

// lead adds what a redirector leads to.
func (c *cleaner) lead(target string) {
	if len(c.links) <= maxTargets {
		c.links = append(c.links, target)
	}
}

// oneLine takes line ends out, and white space at both ends.
func oneLine(s string) string {
	if strings.IndexByte(s, '\n') >= 0 {
		s = strings.ReplaceAll(s, "\n", "")
	}
	s = strings.Trim(s, " \t\v\f\r")
	if strings.IndexByte(s, '\r') >= 0 {
		s = strings.ReplaceAll(s, "\r", "")
	}
	return s
}

// dress adds the other dresses of a link.
func (c *cleaner) dress(link string) {
	switch {
	case len(link) <= 1, link[0] == '#', link[0] == '?', link[0] == '&', link[0] == '/' && link[1] != '/':
	case isMail(link):
		c.mail(link)
	default:
		plain := c.plain(link)
		if plain != link {
			c.add(plain)
		}
		if a, ok := splitWeb(plain); ok {
			c.web(a)
		}
	}
}

// isMail tells whether a link is a mail address.
func isMail(link string) bool {
	if hasFold(link, "mailto:") > 0 {
		return true
	}
	at := strings.IndexByte(link, '@')
	return at >= 0 && strings.IndexByte(link[:at], ':') < 0
}

// mail adds the addresses that mail programs read in a link: without what is behind ? or &, without blanks, and what
// stands in angle brackets.
func (c *cleaner) mail(link string) {
	user, behind, ok := strings.Cut(link, "@")
	if !ok {
		return
	}
	if i := strings.IndexByte(behind, '?'); i > 0 && user != "" {
		c.add(user, "@", behind[:i])
	}
	if i := strings.IndexAny(behind, "?&"); i > 0 && user != "" && behind[i] == '&' {
		c.add(user, "@", behind[:i])
	}
	if strings.Contains(link, "%20") {
		c.trimmed(user, behind)
	}
	c.bracketed(link)
}

// trimmed adds an address without the blanks in front of and behind it.
func (c *cleaner) trimmed(user, behind string) {
	user = strings.TrimPrefix(user, "mailto:")
	bare := user
	for strings.HasPrefix(bare, "%20") {
		bare = bare[3:]
	}
	if i := strings.IndexAny(behind, "?&%"); i >= 0 {
		behind = behind[:i]
	}
	if bare != "" && behind != "" {
		c.add("mailto:", bare, "@", behind)
	}
}

// bracketed adds the address in the last angle brackets, with a name in front of them.
func (c *cleaner) bracketed(link string) {
	head := len(link)
	if i := strings.IndexAny(link, "?&"); i >= 0 {
		head = i
	}
	closes, at, end := -1, -1, -1 // the next > and @ behind i, the > behind that @
	for i := len(link) - 1; i >= 0; i-- {
		switch c2 := link[i]; {
		case c2 == '>':
			closes, at = i, -1
		case c2 == '@':
			at, end = i, closes
		case c2 == '<' && i < head && at > i+1 && end > at+1:
			c.add("mailto:", link[i+1:end])
			return
		}
	}
}

// plain gives a link with its escapes undone, slashes the right way round, and a scheme.
func (c *cleaner) plain(link string) string {
	if strings.IndexByte(link, '\\') >= 0 {
		link = strings.ReplaceAll(link, "\\", "/")
	}
	link = twoSlashes(link)
	link = unescape(link, c.wide)
	if !hasScheme(link) {
		scheme := "http://"
		if strings.HasPrefix(link, "ftp.") {
			scheme = "ftp://"
		}
		link = scheme + link
	}
	return references(slashed(link))
}

// twoSlashes writes http: and https: with two slashes, however many they had up to two.
func twoSlashes(link string) string {
	n := hasFold(link, "http:", "https:")
	if n == 0 || strings.HasPrefix(link[n:], "//") {
		return link
	}
	return link[:n] + "//" + strings.TrimPrefix(link[n:], "/")
}

// hasScheme tells whether a link begins with a scheme, or what looks like one.
func hasScheme(link string) bool {
	for i := 0; i < len(link); i++ {
		c := link[i]
		if c == ':' {
			return i > 0
		}
		if !is(c, word) && c != '-' {
			return false
		}
	}
	return false
}

// slashed puts a slash between a host and a query or fragment.
func slashed(link string) string {
	n := hasFold(link, "http://", "https://")
	if n == 0 {
		return link
	}
	i := strings.IndexAny(link[n:], "/?#")
	if i < 1 || link[n+i] == '/' {
		return link
	}
	return link[:n+i] + "/" + link[n+i:]
}

// web is an http or https link taken apart: scheme://user@host and the rest.
type web struct {
	scheme, user, host, rest string
	port                     string // digits; "": none
}

// splitWeb takes a link apart; ok is false for one that is not http or https, or has no host.
func splitWeb(link string) (w web, ok bool) {
	n := hasFold(link, "http://", "https://")
	if n == 0 {
		return w, false
	}
	w.scheme = link[:n]
	rest := link[n:]
	if i := strings.IndexAny(rest, "@/?#"); i >= 0 && rest[i] == '@' && i+1 < len(rest) && strings.IndexByte("/?#:", rest[i+1]) < 0 {
		w.user, rest = rest[:i+1], rest[i+1:]
	}
	end := strings.IndexAny(rest, "/?#:")
	if end < 0 {
		end = len(rest)
	}
	w.host, w.rest = rest[:end], rest[end:]
	if strings.HasPrefix(w.rest, ":") {
		i := 1
		for i < len(w.rest) && ascii.Digit(w.rest[i]) {
			i++
		}
		w.port = w.rest[1:i]
	}
	return w, w.host != ""
}

// web adds the dresses of an http or https link.
func (c *cleaner) web(w web) {
	without, cut := w.withoutPort()
	if cut {
		c.add(w.scheme, w.host, without)
	}
	ascii := domain.Ascii(w.host)
	if !strings.EqualFold(ascii, w.host) {
		c.add(w.scheme, ascii, w.rest)
		if without != "" {
			c.add(w.scheme, ascii, without)
		}
		w.host = ascii
	}
	if host := withoutControls(w.host); host != w.host {
		w.host = host
		c.add(w.scheme, w.host, w.rest)
	}
	c.redirects(w)
	if i := strings.IndexByte(w.host, '@'); i > 0 {
		w.host = w.host[i+1:]
		c.add(w.scheme, w.host, w.rest)
	}
	if host := strings.TrimRightFunc(w.host, notAlnum); host != w.host {
		w.host = host
		c.add(w.scheme, w.host, w.rest)
	}
	c.numbers(w, ascii)
}

func notAlnum(c rune) bool { return c >= 0x80 || !is(byte(c), alnum) }

// isDefault tells whether the port is the scheme's own.
func (w *web) isDefault() bool {
	if w.scheme == "http://" {
		return w.port == "80"
	}
	return w.port == "443"
}

// withoutPort gives what is behind the host without a default port. cut tells that there was one; "" stands for a link
// without a port.
func (w *web) withoutPort() (rest string, cut bool) {
	if w.port == "" {
		return "", false
	}
	end := len(w.port) + 1
	if w.isDefault() && (end == len(w.rest) || !is(w.rest[end], word)) {
		return w.rest[end:], true
	}
	return w.rest, false
}

// withoutControls takes out of a host what browsers leave out.
func withoutControls(host string) string {
	for i := 0; i < len(host); i++ {
		if host[i] <= ' ' {
			return strings.Map(func(c rune) rune {
				if c <= ' ' {
					return -1
				}
				return c
			}, host)
		}
	}
	return host
}

// redirects adds the link that a link leads on to: by the patterns of the rules files, else by a second http in it.
func (c *cleaner) redirects(w web) {
	whole := ""
	for _, redirector := range c.r.Redirectors {
		if whole == "" {
			whole = w.scheme + w.host + w.rest
		}
		if target, ok := redirector.Target(whole); ok && strings.IndexByte(target, '.') >= 0 {
			c.lead(target)
			return
		}
	}
	if target := innerLink(w.rest); strings.IndexByte(target, '.') >= 0 {
		c.lead(target)
	}
}

// innerLink gives the first http or https link within what is behind a host, up to & or #.
func innerLink(rest string) string {
	for i := 0; ; i++ {
		next := strings.IndexByte(rest[i:], ':')
		if next < 0 {
			return ""
		}
		i += next
		start := -1
		switch {
		case i >= 5 && strings.EqualFold(rest[i-5:i], "https"):
			start = i - 5
		case i >= 4 && strings.EqualFold(rest[i-4:i], "http"):
			start = i - 4
		}
		if start < 0 {
			continue
		}
		end := len(rest)
		if n := strings.IndexAny(rest[i+1:], "&#"); n >= 0 {
			end = i + 1 + n
		}
		if end > i+1 {
			return rest[start:end]
		}
	}
}

// references undoes numeric character references of printable ASCII, and of the dots that other scripts have.
func references(s string) string {
	i := strings.Index(s, "&#")
	if i < 0 {
		return s
	}
	var b strings.Builder
	for ; i >= 0; i = strings.Index(s, "&#") {
		b.WriteString(s[:i])
		c, n := reference(s[i:])
		if n == 0 {
			c, n = '&', 1
		}
		b.WriteByte(c)
		s = s[i+n:]
	}
	b.WriteString(s)
	return b.String()
}

// reference reads &#65; or &#x41; at the start of s; n is 0 if it is none of those that are undone.
func reference(s string) (c byte, n int) {
	end := strings.IndexByte(s[:min(len(s), 64)], ';')
	if end < 3 {
		return 0, 0
	}
	digits, base := s[2:end], 10
	if digits[0]|0x20 == 'x' {
		digits, base = digits[1:], 16
	}
	v, err := strconv.ParseUint(digits, base, 32)
	switch {
	case err != nil:
		return 0, 0
	case v > ' ' && v < 0x7f:
		return byte(v), end + 1
	case v == 0x3002 || v == 0xff0e || v == 0xff61:
		return '.', end + 1
	}
	return 0, 0
}
