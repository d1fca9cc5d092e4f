package link

import "strings"

// maxUnwrap bounds how often a value is percent-decoded and how deep links lie in links.
const (
	maxUnescape = 20
	maxNesting  = 5
)

// targets adds the URLs that link i carries in its path or query.
func (f *Finder) targets(i int) {
	l := &f.Links[i]
	if l.Scheme != "http" && l.Scheme != "https" || len(l.Path) < 8 || f.nesting(i) >= maxNesting {
		return
	}
	if raw, ok := unwrapProofpoint(l.Host, l.Path); ok {
		f.target(i, raw)
		return
	}
	path, query, _ := strings.Cut(l.Path, "?")
	f.inPath(i, path)
	for n := 0; query != "" && n < 100; n++ {
		var pair string
		pair, query = cutPair(query)
		name, value, ok := strings.Cut(pair, "=")
		if !ok {
			name, value = "", pair
		}
		f.inParam(i, name, value)
	}
}

func cutPair(query string) (pair, rest string) {
	if at := strings.IndexAny(query, "&;"); at >= 0 {
		return query[:at], query[at+1:]
	}
	return query, ""
}

// nesting is how many links link i lies in.
func (f *Finder) nesting(i int) (n int) {
	for p := f.Links[i].Parent; p >= 0 && n < maxNesting; p = f.Links[p].Parent {
		n++
	}
	return n
}

// inPath looks for /http://…, /https:/… and /https%3A%2F%2F… in a path.
func (f *Finder) inPath(i int, path string) {
	if strings.IndexByte(path, '%') >= 0 {
		path = unescapeAll(path)
	}
	for at := 1; at < len(path); {
		n := indexHTTP(path[at:])
		if n < 0 {
			return
		}
		at += n
		if c := path[at-1]; c == '/' || c == '=' || c == ':' || c == ',' || c == '*' || c == ';' {
			f.target(i, path[at:])
			return
		}
		at += 4
	}
}

// indexHTTP finds "http:/" or "https:/" in any case.
func indexHTTP(s string) int {
	for at := 0; ; {
		n := strings.Index(s[at:], ":/")
		if n < 0 {
			return -1
		}
		at += n
		for _, scheme := range [...]string{"https", "http"} {
			if at >= len(scheme) && equalFold(s[at-len(scheme):at], scheme) {
				return at - len(scheme)
			}
		}
		at += 2
	}
}

// inParam looks at a parameter's value: a whole URL under any name, or a host under a name that says so.
func (f *Finder) inParam(i int, name, value string) {
	if len(value) < 4 {
		return
	}
	value = unescapeAll(value)
	scheme, _ := cutScheme(value)
	switch {
	case equalFold(scheme, "http"), equalFold(scheme, "https"):
		f.target(i, value)
	case strings.HasPrefix(value, "//") && len(value) > 5, namesTarget(name) && bareHost(value):
		f.target(i, value)
	}
}

// namesTarget tells whether a parameter's name says that its value is a place to go.
func namesTarget(name string) bool {
	switch strings.ToLower(name) {
	case "url", "u", "q", "to", "target", "dest", "destination", "redirect", "redirect_uri", "redirect_url", "redir",
		"goto", "go", "link", "r", "rurl", "return", "returnurl", "return_to", "next", "continue", "out", "href":
		return true
	}
	return false
}

// unescapeAll percent-decodes until nothing changes, at most 20 times: each time shortens it.
func unescapeAll(s string) string {
	for range maxUnescape {
		next := unescape(s)
		if next == s {
			break
		}
		s = next
	}
	return s
}

// target adds a URL that link parent leads to.
func (f *Finder) target(parent int, raw string) {
	l, ok := Parse(raw)
	if !ok || l.Host == "" {
		return
	}
	l.Source, l.Parent = Target, parent
	f.Links[parent].Flags |= Redirector
	f.Add(l)
}

// unwrapProofpoint reads the links that Proofpoint's URL Defense puts around others, versions 2 and 3.
func unwrapProofpoint(host, path string) (string, bool) {
	if !strings.HasPrefix(host, "urldefense.") {
		return "", false
	}
	if _, rest, ok := strings.Cut(path, "/v3/__"); ok {
		if end := strings.Index(rest, "__;"); end >= 0 {
			return rest[:end], true
		}
		return rest, true
	}
	if _, rest, ok := strings.Cut(path, "u="); ok && strings.Contains(path, "/v2/") {
		value, _, _ := strings.Cut(rest, "&")
		return unescape(strings.NewReplacer("-", "%", "_", "/").Replace(value)), true
	}
	return "", false
}
