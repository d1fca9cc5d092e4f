package uri

import "strings"

// parts is a link taken apart (RFC 3986 appendix B).
type parts struct {
	scheme, authority, path, query, fragment string
	hasScheme, hasAuthority                  bool
	hasQuery, hasFragment                    bool
}

// split takes a link apart. It never fails: what is no scheme is path.
func split(s string) (p parts) {
	if i := strings.IndexAny(s, ":/?#"); i > 0 && s[i] == ':' {
		p.scheme, p.hasScheme, s = s[:i], true, s[i+1:]
	}
	if strings.HasPrefix(s, "//") {
		s = s[2:]
		end := strings.IndexAny(s, "/?#")
		if end < 0 {
			end = len(s)
		}
		p.authority, p.hasAuthority, s = s[:end], true, s[end:]
	}
	s, p.fragment, p.hasFragment = strings.Cut(s, "#")
	p.fragment, _, _ = strings.Cut(p.fragment, "\n")
	p.path, p.query, p.hasQuery = strings.Cut(s, "?")
	return p
}

// resolve gives a link relative to a base, as RFC 3986 section 5.2 has it for lenient readers: one with the base's
// scheme and no host is relative as well.
func resolve(base, link string) string {
	r := split(link)
	if base == "" && r.hasScheme {
		r.path = withoutDots(r.path)
		return r.join()
	}
	b := split(base)
	if r.hasScheme && b.hasScheme && r.scheme == b.scheme {
		r.hasScheme, r.scheme = false, ""
	}
	if r.hasScheme {
		r.path = withoutDots(r.path)
		return r.join()
	}
	if r.hasAuthority {
		r.path = withoutDots(r.path)
	} else {
		r.under(b)
	}
	r.scheme, r.hasScheme = b.scheme, b.hasScheme
	return r.join()
}

// under places a link without a host below a base.
func (p *parts) under(b parts) {
	switch {
	case p.path == "":
		p.path = b.path
		if !p.hasQuery {
			p.query, p.hasQuery = b.query, b.hasQuery
		}
	case p.path[0] == '/':
		p.path = withoutDots(p.path)
	case b.hasAuthority && (b.path == "" || b.path == "0"):
		p.path = withoutDots("/" + p.path)
	default:
		p.path = withoutDots(b.path[:strings.LastIndexByte(b.path, '/')+1] + p.path)
	}
	p.authority, p.hasAuthority = b.authority, b.hasAuthority
}

// join writes a link. One without a scheme whose host says what it is gets one.
func (p *parts) join() string {
	var s strings.Builder
	switch {
	case p.scheme != "" && p.scheme != "0":
		s.WriteString(p.scheme)
		s.WriteByte(':')
	case p.hasAuthority && numbered(p.authority, "www"):
		s.WriteString("http:")
	case p.hasAuthority && numbered(p.authority, "ftp"):
		s.WriteString("ftp:")
	}
	if p.hasAuthority {
		s.WriteString("//")
		s.WriteString(p.authority)
	}
	s.WriteString(p.path)
	if p.hasQuery {
		s.WriteByte('?')
		s.WriteString(p.query)
	}
	if p.hasFragment {
		s.WriteByte('#')
		s.WriteString(p.fragment)
	}
	return s.String()
}

// numbered tells whether a host begins with a word, digits and a dot: www2.
func numbered(host, word string) bool {
	n := hasFold(host, word)
	if n == 0 {
		return false
	}
	return strings.HasPrefix(strings.TrimLeft(host[n:], "0123456789"), ".")
}

// withoutDots takes the segments . and .. out of a path (RFC 3986 section 5.2.4).
func withoutDots(path string) string {
	if !strings.Contains(path, "/.") && !strings.HasPrefix(path, ".") {
		if path == "0" { // QUIRK: SpamAssassin takes it for nothing
			return ""
		}
		return path
	}
	if strings.HasPrefix(path, "./") {
		path = path[1:]
	} else if strings.HasPrefix(path, "../") {
		path = path[2:]
	}
	out := make([]byte, 0, len(path))
	for path != "" && path != "0" {
		end := 1 + indexFrom(path[1:], '/', 0)
		switch segment := path[:end]; segment {
		case "/.", "/..":
			if segment == "/.." {
				out = out[:max(0, lastSlash(out))]
			}
			if path = path[end:]; path == "" {
				path = "/"
			}
		default:
			out = append(out, segment...)
			path = path[end:]
		}
	}
	return string(out)
}

// lastSlash is the start of the last segment of a path; 0 for one without slashes.
func lastSlash(path []byte) int {
	for i := len(path) - 1; i >= 0; i-- {
		if path[i] == '/' {
			return i
		}
	}
	return 0
}
