package arc

import (
	"strings"

	"weir/message"
	"weir/message/authres"
	"weir/message/chain"
)

// believed gives what the config lets us believe of a whole chain, as properties of type policy: sealer=trusted, and
// what that sealer found: dmarc=pass, and its words for spf and dkim.
//
// A trusted sealer's results are about the mail as it was then. So they count only while all who came after are trusted
// as well, or while its own signature of the message still holds. Of several that count, the newest that says dmarc=pass
// is taken: where one list feeds another, the second has seen what the first one broke.
func (f *filter) believed(c *chain.Chain, v chain.Verdict, m *message.Message) (claims [][2]string) {
	unbroken := true
	for n := len(c.Sets); n >= 1; n-- {
		s := &c.Sets[n-1]
		if !f.trusts(s.Seal.Domain) {
			unbroken = false
			continue
		}
		if !unbroken && n < v.Oldest {
			break
		}
		found, passed := results(s, m)
		if claims == nil || passed {
			claims = found
		}
		if passed {
			break
		}
	}
	return claims
}

// trusts tells whether the config names a sealer.
func (f *filter) trusts(domain string) bool {
	if f.trusted[domain] {
		return true
	}
	for _, suffix := range f.below {
		if strings.HasSuffix(domain, suffix) {
			return true
		}
	}
	return false
}

// results reads what a trusted sealer found. Its dmarc=pass counts only for the author's domain of today: of a mail
// whose From was changed on the way it says nothing.
func results(s *chain.Set, m *message.Message) (claims [][2]string, passed bool) {
	claims = [][2]string{{"sealer", "trusted"}}
	field, err := authres.Parse(s.Payload())
	if err != nil {
		return claims, false
	}
	for _, method := range [...]string{"spf", "dkim"} {
		if value := field.All(method); value != "" {
			claims = append(claims, [2]string{method, value})
		}
	}
	if passed = field.All("dmarc") == "pass" && ofAuthor(&field, m); passed {
		claims = append(claims, [2]string{"dmarc", "pass"})
	}
	return claims, passed
}

// ofAuthor tells whether all DMARC results are about the one domain that is in From.
func ofAuthor(field *authres.Field, m *message.Message) bool {
	author := m.Author()
	if len(author.Addresses) != 1 || author.Ambiguous {
		return false
	}
	for i := range field.Results {
		r := &field.Results[i]
		if r.Method == "dmarc" && !strings.EqualFold(r.Prop("header", "from"), author.Addresses[0].Domain) {
			return false
		}
	}
	return author.Addresses[0].Domain != ""
}
