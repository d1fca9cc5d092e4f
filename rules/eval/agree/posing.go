package agree

import (
	"slices"
	"strings"

	"weir/rules/eval"
	"weir/rules/eval/args"
	"weir/rules/view"
	"weir/rules/view/domain"
)

// mailing are endings of domains from which houses send their mail: ikea-mail.test.
var mailing = []string{"-mail", "-email", "-mails", "-news", "-newsletter", "-mailing", "-notify", "-info"}

// owns tells whether a registered domain is the brand's.
func (b *brand) owns(domain string) bool {
	label, _, _ := strings.Cut(domain, ".")
	house := label
	for _, end := range mailing {
		house = strings.TrimSuffix(house, end)
	}
	return slices.ContainsFunc(b.own, func(own string) bool {
		if begin, open := strings.CutSuffix(own, "*"); open {
			return strings.HasPrefix(label, begin)
		}
		return own == label || own == house || strings.Contains(own, ".") && (domain == own || strings.HasSuffix(domain, "."+own))
	})
}

// bind gives the functions about brands.
func (b *brands) bind(name string) eval.Check {
	switch name {
	case "name_poses_as_brand":
		return func(m *view.Mail) int { return b.named(m, "From:name", true) }
	case "name_has_brand":
		return func(m *view.Mail) int { return b.named(m, "From:name", false) }
	case "subject_has_brand":
		return func(m *view.Mail) int { return b.named(m, "Subject", false) }
	case "author_domain_has_brand":
		return func(m *view.Mail) int { return b.inAuthor(m) }
	case "link_has_brand":
		return func(m *view.Mail) int { return b.inLinks(m) }
	}
	return nil
}

// named tells that a field has a brand in it which does not own the author's domain. alone: that, words which go with
// brands, and nothing else: "PayPal Support", not "Chase Miller".
func (b *brands) named(m *view.Mail, field string, alone bool) int {
	author := domainOf(m, m.List("From:addr"))
	if author == "" {
		return 0
	}
	for _, value := range few(m.List(field)) {
		words := " " + folded(value) + " "
		if len(words) >= longestName {
			continue
		}
		if plain := unleet(words); b.posed(words, author, alone) || plain != words && b.posed(plain, author, alone) {
			return 1
		}
	}
	return 0
}

const longestName = 200 // bytes of a field in which a brand is looked for

// posed tells whether words have a brand in them that is not the author's.
func (b *brands) posed(words, author string, alone bool) bool {
	for i := range b.list {
		for _, name := range b.list[i].words {
			at := strings.Index(words, name)
			if at < 0 || !alone && b.words[strings.TrimSpace(name)] {
				continue
			}
			if b.list[i].owns(author) {
				return false
			}
			if !alone || b.onlyRoles(words[:at]) && b.onlyRoles(words[at+len(name):]) {
				return true
			}
		}
	}
	return false
}

func (b *brands) onlyRoles(words string) bool {
	for w := range strings.FieldsSeq(words) {
		if _, isBrand := b.label[w]; !isBrand && !b.roles[w] && w[0] != '9' {
			return false
		}
	}
	return true
}

// unleet undoes digits that stand for letters within words: micr0soft, paypa1.
func unleet(words string) string {
	if !strings.ContainsAny(words, "01345") {
		return words
	}
	out := []byte(words)
	for i, c := range out {
		if i > 0 && out[i-1] != ' ' {
			if n := strings.IndexByte("01345", c); n >= 0 {
				out[i] = "oleas"[n]
			}
		}
	}
	return string(out)
}

// inAuthor tells that the author's domain has a brand in it, as one of the words between dots and hyphens, and is not
// the brand's: dhl-parcel.test, paypal.account.test.
func (b *brands) inAuthor(m *view.Mail) int {
	addresses := m.List("From:addr")
	if len(addresses) == 0 {
		return 0
	}
	_, host, _ := strings.Cut(strings.ToLower(addresses[0]), "@")
	return args.Yes(b.within(host, domainOf(m, addresses)))
}

// inLinks tells that the host of a link has a brand in it, and belongs neither to the brand nor to the author.
func (b *brands) inLinks(m *view.Mail) int {
	author := domainOf(m, m.List("From:addr"))
	links := m.URIs()
	for _, u := range links[:min(len(links), linksLookedAt)] {
		host := domain.OfLink(u)
		if host == "" {
			continue
		}
		if domain := m.Set.Domains().Trim(host); domain != author && b.within(host, domain) {
			return 1
		}
	}
	return 0
}

const shortestInHost = 4 // letters of a name that is not in hosts by chance, or as part of another word

// within tells that a host has a brand in it that does not own the domain. What is the registry's is not looked at:
// anybody's page may be below github.io.
func (b *brands) within(host, domain string) bool {
	if _, registry, ok := strings.Cut(domain, "."); ok {
		host = strings.TrimSuffix(host, registry)
	}
	for label := range strings.FieldsFuncSeq(host, func(c rune) bool { return c == '.' || c == '-' || c == '_' }) {
		i, there := b.label[label]
		if !there {
			i, there = b.label[unleet(label)]
		}
		if there && len(label) >= shortestInHost && !b.words[label] && !b.list[i].owns(domain) {
			return true
		}
	}
	return false
}
