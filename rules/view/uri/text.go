package uri

import (
	"strings"

	"weir/rules/view/domain"
)

// Text adds the links of a paragraph of text. Where files bring lists of registries, only those count that end in a known
// top-level domain; else what has a scheme does in any case, for new ones come up every month.
func (l *List) Text(paragraph string) {
	l.r.text(paragraph, func(raw, host string, k kind) {
		raw = trimText(raw)
		if l.seen[raw] {
			return
		}
		if l.seen == nil {
			l.seen = map[string]bool{}
		}
		if len(l.seen) >= MaxLinks {
			l.short = true
			return
		}
		l.seen[raw] = true
		if link, types, ok := l.r.fromText(raw, host, k); ok {
			l.add(Link{Raw: link, Types: Parsed | types}, k != withScheme || l.r.Domains.Whole())
		}
	})
}

// trimText cuts what mail programs leave out at the end of a link in text: a bracket that was not opened within it, with
// all behind it, and punctuation.
func trimText(raw string) string {
	inner, _, _ := strings.Cut(raw, "(")
	if i := strings.LastIndexByte(inner, ')'); i >= 0 {
		raw = raw[:i]
	}
	return strings.TrimRight(raw, "-~!@#^&*()_+=:;'?,.")
}

// fromText makes a link of what was found in text: with a scheme where it has none. ok is false for what only looks like
// a link.
func (r *Reader) fromText(raw, host string, k kind) (link string, types Types, ok bool) {
	switch {
	case k == mail && strings.IndexByte(raw, '@') < 0,
		k == bare && !domain.Plausible(domain.Ascii(host)),
		hasFold(raw, "cid:", "mid:") > 0,
		onlyScheme(raw):
		return "", 0, false
	}
	link = raw
	if hasFold(raw, "http:", "https:", "ftp:", "mailto:") == 0 {
		if link, types, ok = withoutScheme(raw); !ok {
			return "", 0, false
		}
	}
	if hasFold(link, "mailto:") > 0 {
		link = unescape(link, false)
		return link, types, r.isAddress(link)
	}
	return link, types, true
}

// onlyScheme tells whether a text is a word with a colon and slashes, and nothing else.
func onlyScheme(s string) bool {
	i := strings.IndexByte(s, ':')
	if i < 1 || len(s)-i > 3 || strings.Trim(s[i+1:], "/") != "" {
		return false
	}
	for j := 0; j < i; j++ {
		if !is(s[j], word) {
			return false
		}
	}
	return true
}

// withoutScheme puts the scheme in front that a mail program would.
func withoutScheme(raw string) (link string, types Types, ok bool) {
	at := strings.IndexByte(raw, '@')
	switch {
	case hasFold(raw, "ftp.") > 0:
		return "ftp://" + raw, Schemeless, true
	case webName(raw) > 0, slashBefore(raw):
		return "http://" + raw, Schemeless, true
	case at >= 0:
		if !dotAfter(raw[at+1:]) || strings.Contains(raw, "&nbsp;") {
			return "", 0, false
		}
		return "mailto:" + withoutWord(raw), Schemeless, true
	case strings.IndexByte(raw, '.') < 0:
		return "", 0, false
	}
	return "http://" + raw, Schemeless | Unlinked, true
}

// slashBefore tells whether there is a slash, not right in front of it, before an @: then it is no mail address.
func slashBefore(raw string) bool {
	slash := strings.IndexByte(raw, '/')
	return slash >= 0 && strings.LastIndexByte(raw, '@') > slash+1
}

// dotAfter tells whether what stands behind the first @ has a dot that is not its first byte.
func dotAfter(s string) bool { return len(s) > 1 && strings.IndexByte(s[1:], '.') >= 0 }

// withoutWord takes a word off that stands in front of an address with a colon: mail:, e-mail:, skype:.
func withoutWord(raw string) string {
	n := hasFold(raw, "skype", "email", "e-mail", "mail", "-mail")
	rest := strings.TrimLeft(raw[n:], ":")
	if len(rest) == len(raw)-n {
		return raw
	}
	return rest
}

// isAddress tells whether a mailto: link has an address whose domain ends in a known top-level domain.
func (r *Reader) isAddress(link string) bool {
	_, host, ok := strings.Cut(link, "@")
	if !ok {
		return false
	}
	if i := strings.IndexAny(host, "?&>"); i >= 0 {
		host = host[:i]
	}
	for strings.HasSuffix(host, "%20") {
		host = host[:len(host)-3]
	}
	return r.Domains.Valid(host)
}
