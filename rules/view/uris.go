package view

import (
	"strings"

	"weir/rules/view/uri"
)

type linksKey struct{}

// Links gives the links of the message with all that is known of each.
func (m *Mail) Links() *uri.List {
	return Once(m, linksKey{}, func() *uri.List {
		reader, trial := m.Set.links.following()
		l := reader.New()
		for _, paragraph := range m.Body() {
			l.Text(paragraph)
		}
		for _, d := range m.Documents() {
			l.HTML(d.Links, d.Truncated)
		}
		if m.Set.links.signed {
			m.signatures(l)
		}
		if trial != nil && trial.Cut() {
			m.leftOut("redirectors of some links")
		}
		if l.Truncated() {
			m.leftOut("links beyond 8 kB each or 10,000 in all")
		}
		return l
	})
}

// URIs lists what link rules are tried on, each once.
func (m *Mail) URIs() []string { return m.Links().All() }

// URIDetails lists the links with all that is known of each. They must not be changed.
func (m *Mail) URIDetails() []uri.Link { return m.Links().Links() }

type documentsKey struct{}

// Documents lists the links of each HTML document by itself.
func (m *Mail) Documents() []Document {
	return Once(m, documentsKey{}, func() (docs []Document) {
		for _, t := range m.Texts() {
			if t.Links != nil {
				docs = append(docs, Document{Links: t.Links.Links(), Truncated: t.Links.Truncated()})
			}
		}
		return docs
	})
}

// Document is what is known of the links of an HTML document.
type Document struct {
	Links     []uri.Link // each as it was found, and each target of an anchor as it was written
	Truncated bool       // there were more, or longer ones
}

// signatures adds the domains of the message's signatures.
func (m *Mail) signatures(l *uri.List) {
	for _, name := range []string{"DomainKey-Signature", "DKIM-Signature"} {
		for _, value := range m.List(name) {
			for _, tag := range strings.Split(value, ";") {
				key, domain, ok := strings.Cut(tag, "=")
				if domain = strings.Join(strings.Fields(domain), ""); ok && strings.TrimSpace(key) == "d" && domain != "" {
					l.Signature(domain)
				}
			}
		}
	}
}
