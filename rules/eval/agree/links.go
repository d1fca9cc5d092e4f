package agree

import (
	"strings"

	"weir/rules/view"
	"weir/rules/view/domain"
	"weir/rules/view/uri"
)

const linksLookedAt = 200 // of one mail; a mail of more links is told by others

// linksElsewhere tells that the mail has web links, and none leads to the author's domain.
func linksElsewhere(m *view.Mail) bool {
	author := domainOf(m, m.List("From:addr"))
	if author == "" {
		return false
	}
	found := false
	for i, u := range m.URIs() {
		host := domain.OfLink(u)
		if i == linksLookedAt || host != "" && m.Set.Domains().Trim(host) == author {
			return false
		}
		found = found || host != ""
	}
	return found
}

// linksToOneStranger tells that all that can be clicked leads to one registered domain, which is not the author's.
func linksToOneStranger(m *view.Mail) bool {
	author, target := domainOf(m, m.List("From:addr")), ""
	links := m.URIDetails()
	for i := range min(len(links), linksLookedAt) {
		host := domain.OfLink(links[i].Raw)
		if host == "" || !isClicked(links[i].Types) {
			continue
		}
		domain := m.Set.Domains().Trim(host)
		if domain == author || target != "" && domain != target {
			return false
		}
		target = domain
	}
	return target != "" && author != ""
}

// isClicked tells links from pictures, style sheets and names of hosts in text.
func isClicked(t uri.Types) bool {
	return t == 0 || t.Has("a") || t.Has("area") || t.Has("parsed") && !t.Has("schemeless")
}

// linkTextElsewhere tells that the text of a link is a web address of another domain than the one that it leads to.
func linkTextElsewhere(m *view.Mail) bool {
	links := m.URIDetails()
	for i := range min(len(links), linksLookedAt) {
		target := domain.OfLink(links[i].Raw)
		if target == "" {
			continue
		}
		for _, text := range links[i].Texts {
			if shown := shownHost(text); shown != "" && differ(m, shown, target) {
				return true
			}
		}
	}
	return false
}

func differ(m *view.Mail, a, b string) bool {
	d := m.Set.Domains()
	return d.Valid(a) && d.Trim(a) != d.Trim(b)
}

// shownHost is the host of a text that is a web address and nothing else.
func shownHost(text string) string {
	text = strings.TrimSpace(text)
	if strings.ContainsAny(text, " \n\t@") {
		return ""
	}
	if host := domain.OfLink(text); host != "" {
		return host
	}
	if strings.HasPrefix(strings.ToLower(text), "www.") {
		return domain.OfLink("http://" + text)
	}
	return ""
}
