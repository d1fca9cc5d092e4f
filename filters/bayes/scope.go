package bayes

import (
	"fmt"
	"strings"
	"time"

	"weir/filters"
	"weir/message"
	"weir/message/address"
	"weir/scoring/bayes"
)

// A domain or a recipient may have lessons of their own, taught by `weir learn --for`. They count for their mail
// alone, beside those for all: what one user teaches for himself never changes the verdict on another's mail.

// The values of the setting scopes.
const (
	ofSite      = "site"
	ofDomain    = "domain"
	ofRecipient = "recipient"
)

// day is the unit of the TTLs.
const day = 24 * time.Hour

// newScope is the book of a domain or a recipient: 224 KB of counts, and journals for taking back the latest lessons. It
// ends a year after the last lesson, its marks before.
func newScope(who string) *book {
	return newBook(filters.Table{
		Name:  "bayes-own",
		Scope: filters.Name{Who: who},
		Cells: bayes.ScopeCells,
		TTL:   year,
		Marks: filters.Family{TTL: year - day, Budget: 2000, Slide: true},
	}, 100, bayes.ScopeChanges)
}

// scopeOf tells whose lessons count for a message beside those for all: "" where nobody's do, or where its recipients are not
// of one scope, since there is one verdict for all of them.
func (f *filter) scopeOf(m *message.Message) (who string) {
	if f.own == nil || m.Outgoing {
		return ""
	}
	for _, rcpt := range m.Rcpts {
		is := f.part(rcpt)
		if is == "" || who != "" && is != who {
			return ""
		}
		who = is
	}
	return who
}

// part gives the scope that a recipient is of; "": none.
func (f *filter) part(rcpt string) string {
	at := strings.LastIndexByte(rcpt, '@')
	if at <= 0 || at == len(rcpt)-1 {
		return ""
	}
	domain := address.Domain(rcpt[at+1:])
	if f.Scopes == ofDomain || domain == "" {
		return domain
	}
	return strings.ToLower(rcpt[:at]) + "@" + domain
}

// scopeNamed reads what a person writes for a scope.
func (f *filter) scopeNamed(name string) (string, error) {
	local, domain, isAddress := strings.Cut(name, "@")
	if strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r == '<' || r == '>' || r == 0x7f }) {
		return "", fmt.Errorf("%q: write the address or the domain alone", name)
	}
	switch {
	case f.own == nil && f.memory == nil:
		return "", errNoStore
	case f.own == nil:
		return "", fmt.Errorf("nobody has lessons of their own: set filters.bayes.scopes to \"recipient\" or \"domain\" in the config")
	case f.Scopes == ofDomain && !isAddress && address.Domain(name) != "":
		return address.Domain(name), nil
	case f.Scopes == ofRecipient && isAddress && local != "" && address.Domain(domain) != "" && f.part(name) != "":
		return f.part(name), nil
	case f.Scopes == ofDomain:
		return "", fmt.Errorf("%q is no domain: with filters.bayes.scopes = \"domain\", lessons are for domains", name)
	}
	return "", fmt.Errorf("%q is no address: with filters.bayes.scopes = \"recipient\", lessons are for addresses", name)
}
