package bayes

import (
	"weir/message"
	"weir/message/link"
	"weir/scoring/bayes"
)

// links takes where links lead and how they are written.
func (r *reader) links(m *message.Message) {
	list := m.Links()
	r.count(bayes.Path, seed, "links", len(list))
	for i := range list[:min(len(list), maxLinks)] {
		r.link(&list[i])
	}
}

func (r *reader) link(l *link.Link) {
	from := seed.number(int(l.Source))
	r.add(bayes.Path, from.text(l.Scheme), l.Scheme, l.Source.String())
	if l.Flags != 0 {
		r.add(bayes.Path, from.text("flags").number(int(l.Flags)), "oddities of a link", l.URL)
	}
	if l.Scheme == "mailto" || l.Host == "" {
		r.add(bayes.Site, seed.text("mailto").text(l.Domain), "mailto", l.Domain)
		return
	}
	if l.Port != 0 {
		r.add(bayes.Path, from.text("port"), "link with a port", "")
	}
	r.host(from, l)
	r.path(l.Path)
}

func (r *reader) host(from hash, l *link.Link) {
	if l.Flags.Has(link.IsIP) {
		r.add(bayes.Path, from.text("address"), "link to an IP address", "")
		return
	}
	r.add(bayes.Site, seed.text("at").text(l.Domain), l.Domain, "")
	if l.Host != l.Domain {
		r.add(bayes.Site, seed.text("host").text(l.Host), l.Host, "")
	}
}

// maxPath bounds how many words of a link's path are taken.
const maxPath = 6

// path takes the words of a path, which any mark separates.
func (r *reader) path(s string) {
	for n := 0; n < maxPath; n++ {
		start := 0
		for start < len(s) && classes[s[start]] != letter && classes[s[start]] != digit {
			start++
		}
		end := start
		for end < len(s) && (classes[s[end]] == letter || classes[s[end]] == digit) {
			end++
		}
		if start == end {
			return
		}
		word := s[start:min(end, start+maxWord)]
		r.add(bayes.Path, seed.text("path").text(word), "path", word)
		s = s[end:]
	}
}
