package dmarc

import (
	"strings"

	"weir/filters"
	"weir/message"
)

// exception is a reason not to enforce the policy of a domain (RFC 9989 section 7.4 warns that lists break DMARC).
type exception uint8

const (
	none     exception = iota
	byARC              // a sealer that we trust says that the mail passed before it was changed
	byList             // from a mailing list that the admin named
	listLike           // looks like a mailing list, and the list is proved: less certain to be forged, no more
)

// exceptional tells whether a failure is one that forwarding explains. ARC counts only where the filter arc says
// that the sealer is on the admin's list (E17).
func (f *filter) exceptional(m *message.Message, found filters.Findings) exception {
	for _, a := range found.Auth() {
		if a.Method == "arc" && a.Value == filters.Pass && property(&a, "policy", "sealer") == "trusted" && property(&a, "policy", "dmarc") == "pass" {
			return byARC
		}
	}
	for _, d := range found.Proved() {
		if f.lists[d] || f.lists[registered(d)] {
			return byList
		}
	}
	if list := listDomain(m); list != "" && found.Proves(list) {
		return listLike
	}
	return none
}

// property gives the value of a property; "" it has none.
func property(a *filters.Auth, kind, name string) string {
	for _, p := range a.Props {
		if p.Type == kind && p.Name == name {
			return p.Value
		}
	}
	return ""
}

// listDomain gives the domain of List-Id (RFC 2919): <friends.lists.example.org>.
func listDomain(m *message.Message) string {
	value := m.Value("List-Id")
	open := strings.LastIndexByte(value, '<')
	if open < 0 {
		return ""
	}
	id, _, ok := strings.Cut(value[open+1:], ">")
	id = strings.ToLower(trim(id))
	if !ok || !validDomain(id) {
		return ""
	}
	return id
}
