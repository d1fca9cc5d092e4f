package dmarc

import (
	"context"
	"slices"
	"strings"

	"weir/filters"
	"weir/message"
	"weir/message/address"
	"weir/message/header"
)

// maxDomains is how many authors' domains of one mail are looked up. A mail with more never passes.
const maxDomains = 8

// unsure are the ways to write From that two programs may read differently, so that one could show an author that the
// other did not check. Such a mail never passes, whatever is proved. A group, several addresses and an address
// in the display name are not among them: there all domains are known, and each has to pass.
const unsure = address.SeveralFields | address.Route | address.QuotedPair | address.Encoded | address.Comment | address.BadSyntax | address.ControlChar

// verdict is what DMARC says of a mail: the worst of its authors.
type verdict struct {
	assessment
	Ambiguous string       // why From can't be trusted to name one author; "" it can
	Nobody    bool         // there is no author's domain
	Named     string       // a domain in a display name whose owner would have this mail refused
	Except    exception    // why the policy is not enforced
	Spent     bool         // the mail has asked the DNS for more than it may: see filters.Questions
	authors   []assessment // one for each domain
}

// evaluate judges all authors of a mail. RFC 9989 section 11.5 asks for the strictest of several; that is what it is,
// and no domain's pass covers another.
func (f *filter) evaluate(ctx context.Context, m *message.Message, found filters.Findings) *verdict {
	author := m.Author()
	v := &verdict{}
	if author.Odd&unsure != 0 || len(author.Domains) > maxDomains || bracketed(&author, m) {
		v.Ambiguous = author.Why
	}
	domains := author.Domains
	if v.Ambiguous != "" {
		domains = withShown(domains, m)
	}
	domains = domains[:min(len(domains), maxDomains)]
	if f.Named == strict || bracketed(&author, m) {
		domains = withNamed(domains, author.Named)
	}
	if len(domains) == 0 {
		v.Nobody, v.assessment = true, assessment{Value: filters.PermError, Reason: "no domain in From", Known: true}
		return v
	}
	e := &evidence{survey: survey{resolver: f.env.Resolver}, auth: found.Auth(), sample: sampled(m.ID)}
	for _, name := range [...]string{"spf", "dkim"} {
		if found.Failed(name) {
			e.lost = name
		}
	}
	for _, d := range domains {
		v.authors = append(v.authors, e.assess(ctx, d))
	}
	v.assessment = slices.MaxFunc(v.authors, func(a, b assessment) int { return a.severity() - b.severity() })
	v.distrust()
	if f.Named == score && v.Ambiguous == "" {
		v.named(ctx, e, author.Named)
	}
	return v
}

// bracketed tells whether a display name hides another address in angle brackets, at its beginning ("<ann@bank.example>,")
// or in encoded words: a program that decodes the field before it parses it takes that one for the author.
func bracketed(a *address.Author, m *message.Message) bool {
	if len(a.Named) == 0 {
		return false
	}
	for field := range m.Fields("From") {
		value := field.Value()
		if strings.Contains(value, "=?") && strings.Count(header.DecodeWords(value), "<") > strings.Count(value, "<") {
			return true
		}
	}
	return slices.ContainsFunc(a.Addresses, func(m address.Address) bool {
		return strings.HasPrefix(strings.TrimLeft(m.Name, " \t\"',"), "<")
	})
}

// withNamed adds the domains that stand in display names.
func withNamed(domains []string, named []address.Address) []string {
	domains = slices.Clone(domains)
	for _, n := range named {
		if len(domains) < maxDomains && n.Domain != "" && !slices.Contains(domains, n.Domain) {
			domains = append(domains, n.Domain)
		}
	}
	return domains
}

// withShown adds whatever stands behind an @ in an ambiguous From: some program may show it as the author's domain.
func withShown(domains []string, m *message.Message) []string {
	domains = slices.Clone(domains)
	for field := range m.Fields("From") {
		rest := field.Value()
		for len(domains) <= maxDomains {
			at := strings.IndexByte(rest, '@')
			if at < 0 {
				break
			}
			rest = rest[at+1:]
			end := strings.IndexFunc(rest, func(c rune) bool {
				return c < 0x80 && c != '-' && c != '.' && c != '_' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z')
			})
			if end < 0 {
				end = len(rest)
			}
			d := address.Domain(strings.TrimRight(rest[:end], "."))
			if validDomain(d) && strings.Contains(d, ".") && !slices.Contains(domains, d) {
				domains = append(domains, d)
			}
		}
	}
	return domains
}

// distrust turns a pass of a doubtful From into a failure, and where no domain has a record into an error.
func (v *verdict) distrust() {
	if v.Ambiguous == "" {
		return
	}
	v.stands = false
	switch v.Value {
	case filters.Pass:
		v.Value, v.Reason = filters.Fail, "From is ambiguous: "+v.Ambiguous
	case filters.None:
		v.Value, v.Reason = filters.PermError, "From is ambiguous: "+v.Ambiguous
	}
}

// named looks at the addresses in display names, which many readers take for the author: a mail that shows an address
// of a domain whose owner asks to refuse forgeries, and does not pass for it, is worth a symbol.
func (v *verdict) named(ctx context.Context, e *evidence, named []address.Address) {
	for _, n := range named[:min(len(named), maxDomains)] {
		if n.Domain == "" || slices.ContainsFunc(v.authors, func(a assessment) bool { return registered(a.Domain) == registered(n.Domain) }) {
			continue
		}
		if a := e.assess(ctx, n.Domain); a.Value == filters.Fail && a.Want != None {
			v.Named = n.Domain
			return
		}
	}
}
