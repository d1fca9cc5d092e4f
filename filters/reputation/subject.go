package reputation

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"weir/filters"
	"weir/message"
	"weir/message/link"
	"weir/scoring"
)

// kind is a kind of names that have a reputation.
type kind struct {
	index       int
	word        string // for people
	symbol      string // without _BAD and _GOOD
	bad, credit float64
	family      *filters.Family
}

const kinds = 6

// keep is how long a name is remembered that nothing more is heard of; by then its numbers have faded away.
const keep = 60 * 24 * time.Hour

func newKind(index int, word string, bad, credit float64, budget int) kind {
	return kind{index, word, "REPUTATION_" + strings.ToUpper(word), bad, credit,
		&filters.Family{Name: "reputation-" + word, TTL: keep, Budget: budget, Slide: true}}
}

// all are the kinds. HELO names and links get no credit: anybody may use a good one.
var all = [kinds]kind{
	newKind(0, "address", 3, -0.8, 500_000),
	newKind(1, "network", 1.5, -0.3, 200_000),
	newKind(2, "domain", 3, -1.5, 200_000),
	newKind(3, "helo", 1, 0, 200_000),
	newKind(4, "link", 2, 0, 500_000),
	newKind(5, "asn", 0.7, -0.1, 50_000),
}

func symbols() (list []scoring.Symbol) {
	for _, k := range all {
		list = append(list, scoring.Symbol{Name: k.symbol + "_BAD", Score: k.bad, Text: "Mail from this " + k.word + " was mostly bad lately; more of it weighs more."})
		if k.credit != 0 {
			list = append(list, scoring.Symbol{Name: k.symbol + "_GOOD", Score: k.credit, Text: "Mail from this " + k.word + " was mostly good lately; the credit is capped."})
		}
	}
	list = append(list, scoring.Symbol{Name: Replay, Score: 1.5, Text: "The same signed mail came to very many of late: a mailing list, or a mail that others send again."})
	list[6].Text = "Mail from clients with this HELO name was mostly bad lately."
	list[7].Text = "Mail with links to this domain was mostly bad lately."
	return list
}

// subject is one name of a mail.
type subject struct {
	kind *kind
	name filters.Name
	text string // for people
}

const (
	maxDomains = 4 // proved domains of one mail that are asked about
	maxLinks   = 5
)

// subjects lists what a mail came from, as far as it can be held to anybody.
func (f *filter) subjects(m *message.Message, found filters.Findings) []subject {
	list := make([]subject, 0, 12)
	if a := m.Client.Addr; a.IsValid() {
		list = append(list, address(a), network(a))
		if s, ok := f.asn.subject(a); ok {
			list = append(list, s)
		}
	}
	proved := found.Proved()
	for _, d := range proved[:min(len(proved), maxDomains)] {
		if s := domain(d); !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	if m.Helo != "" {
		list = append(list, helo(m, found.ProvedHelo()))
	}
	return append(list, links(m)...)
}

func address(a netip.Addr) subject {
	p := filters.Host(a).String()
	return subject{&all[0], filters.Name{What: p}, p}
}

func network(a netip.Addr) subject {
	p := filters.Network(a).String()
	return subject{&all[1], filters.Name{What: p}, p}
}

// domain is kept under the registered domain, since a spammer has as many subdomains as he likes.
func domain(d string) subject {
	if org := link.RegisteredDomain(d); org != "" {
		d = org
	}
	return subject{&all[2], filters.Name{Who: d}, d}
}

// helo is charged under its name alone where it is proved, by SPF or by the reverse name; else together with the
// network, so that nobody can spoil another's name.
func helo(m *message.Message, proved bool) subject {
	name := strings.ToLower(m.Helo)
	if proved || name == strings.ToLower(m.Client.Name) {
		return subject{&all[3], filters.Name{What: name}, name}
	}
	here := filters.Network(m.Client.Addr).String()
	return subject{&all[3], filters.Name{What: name + " " + here}, name + " at " + here}
}

// links are the registered domains that a reader may be led to, each once.
func links(m *message.Message) (list []subject) {
	var seen []string
	if m.Root == nil {
		return nil
	}
	for _, l := range m.Links() {
		if l.Domain == "" || l.Scheme == "mailto" || slices.Contains(seen, l.Domain) {
			continue
		}
		seen = append(seen, l.Domain)
		list = append(list, subject{&all[4], filters.Name{Who: l.Domain}, l.Domain})
		if len(list) == maxLinks {
			break
		}
	}
	return list
}
