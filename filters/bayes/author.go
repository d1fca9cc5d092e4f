package bayes

import (
	"strings"

	"weir/message"
	"weir/message/address"
	"weir/message/link"
	"weir/scoring/bayes"
)

// author takes the author's display name and domain, and how they are written. An address itself is never a token:
// the model holds nothing that names a person's mailbox.
func (r *reader) author(m *message.Message) {
	from, reply := m.From(), m.ReplyTo()
	about := seed.text("from")
	r.add(bayes.Origin, about.number(min(len(from), 3)).number(min(len(reply), 3)), "number of authors and of addresses to reply to", "")
	if len(from) == 0 {
		return
	}
	a := from[0]
	r.domain(about, "from", a.Domain)
	r.words(a.Name, 10, bayes.Person, bayes.Person)
	r.add(bayes.Origin, about.text("local").number(shape(a.Local)), "how the author's address is written", "")
	r.add(bayes.Origin, about.text("name").number(naming(a)), "how the author's name is written", "")
	if len(reply) > 0 {
		r.domain(seed.text("reply"), "reply to", reply[0].Domain)
		r.add(bayes.Origin, seed.text("reply").number(likeness(a, reply[0])), "how the address to reply to goes with the author's", "")
	}
}

// domain takes a domain. Its country is no token: one spammer from there must not speak against all who live there.
func (r *reader) domain(about hash, what, domain string) {
	registered := link.RegisteredDomain(domain)
	r.add(bayes.Origin, about.text(registered), what, registered)
}

// shape tells how a local part is built: of letters, digits, marks, capitals.
func shape(local string) int {
	letters, digits, marks, upper := 0, 0, 0, 0
	for i := 0; i < len(local); i++ {
		switch c := local[i]; {
		case '0' <= c && c <= '9':
			digits++
		case 'A' <= c && c <= 'Z':
			upper++
		case 'a' <= c && c <= 'z':
			letters++
		default:
			marks++
		}
	}
	return min(digits, 3) + 4*min(marks, 2) + 12*min(upper, 2) + 36*min((letters+upper)/4, 3)
}

// naming tells how the display name goes with the address.
func naming(a address.Address) int {
	n := 4
	switch {
	case a.Name == "":
		return 0
	case strings.Contains(a.Name, "@"):
		n = 1
	case strings.EqualFold(a.Name, a.Local):
		n = 2
	case !strings.Contains(a.Name, " "):
		n = 3
	}
	if shouted(a.Name) {
		n += 8
	}
	return n
}

// likeness tells whether two addresses are one, or of one domain.
func likeness(a, b address.Address) int {
	switch {
	case a.Same(b):
		return 1
	case a.Domain == b.Domain:
		return 2
	}
	return 3
}
