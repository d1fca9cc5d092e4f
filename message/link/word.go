package link

import (
	"strings"
	"unicode/utf8"
)

// colon looks at scheme:// and mailto: before and after the colon at p. It gives the link's end, 0 if there is none.
func (s *scanner) colon(w string, lo, p int) int {
	from := p
	for from > lo && isLetter(w[from-1]) {
		from--
	}
	scheme := w[from:p]
	switch {
	case strings.HasPrefix(w[p:], "://"), strings.HasPrefix(w[p:], `:\\`) && len(scheme) > 1:
		return s.withScheme(w, from, p)
	case equalFold(scheme, "mailto"):
		end := urlEnd(w, from, p+1)
		s.found(w[from:end], 0)
		return end
	}
	return 0
}

// withScheme takes in scheme://…; letters that are stuck to a usual scheme do not belong to it.
func (s *scanner) withScheme(w string, from, p int) int {
	scheme := w[from:p]
	if scheme == "" || p+3 >= len(w) {
		return 0
	}
	var flags Flags
	for _, known := range [...]string{"https", "http", "ftp", "hxxps", "hxxp"} {
		if len(scheme) >= len(known) && equalFold(scheme[len(scheme)-len(known):], known) {
			from = p - len(known)
			break
		}
	}
	end := urlEnd(w, from, p+3)
	url := w[from:end]
	if url[1]|0x20 == 'x' && (url[0]|0x20 == 'h') { // hxxp: disguised by a careful writer
		url, flags = "htt"+url[3:], Obfuscated
	}
	s.found(url, flags)
	return end
}

// at looks at an address around the @ at p.
func (s *scanner) at(w string, lo, p int) int {
	from := p
	for from > lo && classes[w[from-1]]&localByte != 0 {
		from--
	}
	for from < p && strings.IndexByte("'=/?&.", w[from]) >= 0 { // an attribute or parameter before it
		from++
	}
	if cut := strings.LastIndexAny(w[from:p], "=/?&"); cut >= 0 {
		from += cut + 1
	}
	end := hostEnd(w, p+1)
	host := w[p+1 : end]
	if from == p || !addressHost(host) {
		return 0
	}
	s.address(w[from:end])
	return end
}

// address keeps a mail address as mailto: link.
func (s *scanner) address(addr string) {
	l := Link{Raw: addr, Scheme: "mailto", Parent: -1, PartIdx: -1, Source: s.src}
	if !l.mailto(addr) {
		return
	}
	l.Flags |= s.flags | NoScheme | invisible(addr)
	if s.raw != "" {
		l.Raw = s.raw[:min(len(s.raw), maxRaw)]
	}
	s.f.Add(l)
}

// hostEnd finds where a host that begins at i ends, without dots and hyphens at its end.
func hostEnd(w string, i int) int {
	end := i
	for end < len(w) && (classes[w[end]]&hostByte != 0 || w[end] == '.') {
		end++
	}
	for end > i && (w[end-1] == '.' || w[end-1] == '-' || w[end-1] == '_') {
		end--
	}
	return end
}

// addressHost tells whether a name may follow an @.
func addressHost(host string) bool {
	return strings.IndexByte(host, '.') > 0 && len(host) <= 4*maxHost && KnownTLD(lowerTail(host))
}

// dot looks at the dotted name around p. It gives the link's end (0 none) and where to go on if there is none.
func (s *scanner) dot(w string, lo, p int) (end, next int) {
	from := p
	for from > lo && classes[w[from-1]]&hostByte != 0 {
		from--
	}
	from += glued(w[from:p])
	end = hostEnd(w, p)
	if end <= p { // dots and nothing else: go on behind them
		for p+1 < len(w) && (w[p+1] == '.' || w[p+1] == '-' || w[p+1] == '_') {
			p++
		}
		return 0, p
	}
	if end < len(w) && w[end] == '@' {
		return 0, end - 1
	}
	for from < end && (w[from] == '.' || w[from] == '-' || w[from] == '_') {
		from++
	}
	if end <= from {
		return 0, p
	}
	return s.bare(w, from, end)
}

// glued is the length of the text of another script that is stuck to the front of a host's first label.
func glued(label string) (n int) {
	for i := 0; i < len(label); {
		if label[i] < 0x80 {
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(label[i:])
		i += size
		if endsURL(r, true) || len(label)-i == 3 && equalFold(label[i:], "www") {
			n = i
		}
	}
	return n
}

// bare keeps a name without a scheme, with the port and path that follow it.
func (s *scanner) bare(w string, from, end int) (int, int) {
	host := asciiPart(w[from:end])
	end = from + len(host)
	goesOn := end < len(w) && (w[end] == '/' || w[end] == '?' && end+1 < len(w) || w[end] == ':' && portFollows(w[end+1:]))
	if !isBare(host, goesOn) || allDigits(w[end-1:end]) && isNetwork(w[end:]) {
		return 0, max(end-1, from)
	}
	if goesOn {
		end = urlEnd(w, from, end)
	}
	s.found(w[from:end], 0)
	return end, end
}

// isNetwork tells whether what follows an address makes a network of it: 192.0.2.0/24.
func isNetwork(rest string) bool {
	n := 1
	for n < len(rest) && isDigit(rest[n]) {
		n++
	}
	return rest != "" && rest[0] == '/' && n > 1 && n < 4 && (n == len(rest) || !isLetter(rest[n]) && rest[n] != '/')
}

// asciiPart cuts a name where letters of another script follow a known top-level domain without a space: text in
// Chinese or Japanese goes on right behind a URL.
func asciiPart(host string) string {
	for i := 0; i < len(host); i++ {
		if host[i] < 0x80 {
			continue
		}
		head := strings.TrimRight(host[:i], ".-_")
		if strings.IndexByte(head, '.') > 0 && KnownTLD(lowerTail(head)) && !KnownTLD(lowerTail(host)) {
			return head
		}
		return host
	}
	return host
}

// isBare tells whether a reader takes a dotted name for a link.
func isBare(host string, goesOn bool) bool {
	dot := strings.LastIndexByte(host, '.')
	if dot <= 0 || len(host) > 4*maxHost || strings.Contains(host, "..") {
		return false
	}
	if len(host) > 4 && equalFold(host[:4], "www.") && dot > 3 {
		return true
	}
	tld := host[dot+1:]
	switch {
	case allDigits(tld):
		return goesOn && strings.Count(host, ".") == 3 // an address; see isNetwork
	case !oneCase(tld): // "end.The next sentence"
		return false
	case !goesOn && fileSuffix(tld):
		return false
	}
	return KnownTLD(lowerTail(host))
}

// oneCase tells whether a word is all in capitals or all in small letters.
func oneCase(s string) bool {
	return s == strings.ToLower(s) || s == strings.ToUpper(s)
}

// fileSuffix tells of top-level domains that file names end in more often than hosts.
func fileSuffix(tld string) bool {
	switch strings.ToLower(tld) {
	case "md", "sh", "py", "rs", "pl", "pm", "ps", "zip", "mov", "so", "cc", "cab", "java", "bat", "ai", "app", "win", "bin", "cpp":
		return true
	}
	return false
}

// lowerTail is the last two labels in lower case and A-labels, enough to judge the top-level domain.
func lowerTail(host string) string {
	dot := strings.LastIndexByte(host, '.')
	if dot > 0 {
		dot = strings.LastIndexByte(host[:dot], '.')
	}
	tail := host[dot+1:]
	for i := 0; i < len(tail); i++ {
		if tail[i] >= 0x80 {
			ascii, _, _ := asciiHost(tail)
			return ascii
		}
	}
	return strings.ToLower(tail)
}

// equalFold compares a string in any case with an ASCII one in lower case.
func equalFold(s, lower string) bool { return len(s) == len(lower) && strings.EqualFold(s, lower) }

// bareHost tells whether a reference without a scheme begins with a host that is known to exist.
func bareHost(raw string) bool {
	end := strings.IndexAny(raw, `/\?#:`)
	if end < 0 {
		end = len(raw)
	}
	return isBare(strings.TrimSuffix(raw[:end], "."), true)
}
