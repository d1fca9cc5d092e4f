package arc

import (
	"strings"

	"weir/message"
	"weir/message/authres"
	"weir/message/chain"
)

// belief is what the config lets us believe of a whole chain.
type belief struct {
	sealer bool // a sealer whom the config trusts says what it found
	passed bool // and that is dmarc=pass for today's author
}

// believed finds what is to be believed.
//
// A trusted sealer's results are about the mail as it was then. So they count only while all who came after are trusted
// as well, or while its own signature of the message still holds. Of several that count, each may say dmarc=pass: where
// one list feeds another, the second has seen what the first one broke.
func (f *filter) believed(c *chain.Chain, v chain.Verdict, m *message.Message) (b belief) {
	unbroken := true
	for n := len(c.Sets); n >= 1 && !b.passed; n-- {
		s := &c.Sets[n-1]
		if !f.trusts(s.Seal.Domain) {
			unbroken = false
			continue
		}
		if !unbroken && n < v.Oldest {
			break
		}
		b = belief{sealer: true, passed: saysPass(s, m)}
	}
	return b
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

// saysPass tells whether a trusted sealer found dmarc=pass. It counts only for the author's domain of today: of a mail
// whose From was changed on the way it says nothing.
func saysPass(s *chain.Set, m *message.Message) bool {
	field, err := authres.Parse(s.Payload())
	return err == nil && field.All("dmarc") == "pass" && ofAuthor(&field, m)
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
