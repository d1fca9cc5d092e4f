package http

import "weir/message/link"

// maxLinks bounds how many hosts or addresses a reply lists.
const maxLinks = 500

// links are the hosts of the mail's links, each once, and the addresses in it.
func (v *verdict) links(t *text) {
	var all []link.Link
	if v.outcome != nil {
		all = v.outcome.Message.Links()
	}
	var seen seen
	t.open("urls", '[')
	for i := range all {
		if l := &all[i]; l.Scheme != "mailto" && l.Host != "" && seen.first(v.urlKey(l)) {
			v.url(t, l)
		}
	}
	t.shut(']')
	clear(seen)
	t.open("emails", '[')
	for i := range all {
		if l := &all[i]; l.Scheme == "mailto" && l.User != "" && l.Host != "" && seen.first(l.User+"@"+l.Host) {
			t.word("", l.User+"@"+l.Host)
		}
	}
	t.shut(']')
}

func (v *verdict) urlKey(l *link.Link) string {
	if v.extended {
		return l.URL
	}
	return l.Host
}

func (v *verdict) url(t *text, l *link.Link) {
	if !v.extended {
		t.word("", l.Host)
		return
	}
	t.open("", '{')
	t.word("url", l.URL)
	t.word("tld", l.Domain)
	t.word("host", l.Host)
	t.open("flags", '[')
	t.shut(']')
	t.shut('}')
}

// seen is what was listed.
type seen map[string]bool

// first notes what was not listed, as long as there is room for more.
func (s *seen) first(what string) bool {
	if len(*s) >= maxLinks || (*s)[what] {
		return false
	}
	if *s == nil {
		*s = seen{}
	}
	(*s)[what] = true
	return true
}
