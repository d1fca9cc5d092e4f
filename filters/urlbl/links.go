package urlbl

import (
	"net/netip"
	"slices"

	"weir/filters/dnslist"
	"weir/message"
	"weir/message/link"
)

// unusual are flags of links that honest mail seldom has.
const unusual = link.Obfuscated | link.MixedScript | link.NumericIP | link.UserInfo | link.BidiChars | link.Mismatch | link.LookAlike

// rank orders links by how much they matter: what the reader is to click, and most what hides its nature; pictures
// last, since mail is full of them, and what the reader can't see, since it is there to fill the list.
func rank(l *link.Link) int {
	r := [...]int{link.Text: 3, link.Href: 3, link.Target: 3, link.Field: 4, link.Img: 1}[l.Source]
	if l.Flags&unusual != 0 {
		r += 2
	}
	if l.Flags.Has(link.Unseen) {
		r -= 2
	}
	return r
}

// candidate is something to ask about.
type candidate struct {
	text string
	rank int
}

// gathering collects candidates of one kind, each once with its best rank, in the order in which they came.
type gathering struct {
	list []candidate
	at   map[string]int
}

func (g *gathering) add(text string, rank int) {
	if text == "" {
		return
	}
	if i, ok := g.at[text]; ok {
		g.list[i].rank = max(g.list[i].rank, rank)
		return
	}
	if g.at == nil {
		g.at = map[string]int{}
	}
	g.at[text] = len(g.list)
	g.list = append(g.list, candidate{text, rank})
}

// pick takes the most important ones: of those that matter the same, the first two thirds from the beginning and the
// rest from the end, so that a wall of harmless links can't be built on one side. left tells whether some were left out.
func (g *gathering) pick(most int) (texts []string, left bool) {
	slices.SortStableFunc(g.list, func(a, b candidate) int { return b.rank - a.rank })
	list := g.list
	if left = len(list) > most; left {
		last := list[most-1].rank // the rank at which there is not room for all
		from := slices.IndexFunc(list, func(c candidate) bool { return c.rank == last })
		to := from
		for to < len(list) && list[to].rank == last {
			to++
		}
		tail := (most - from) / 3
		list = slices.Concat(list[:most-tail], list[to-tail:to])
	}
	for _, c := range list {
		texts = append(texts, c.text)
	}
	return texts, left
}

// material is what a mail holds that lists can be asked about.
type material struct {
	domains, hosts, ips, emails gathering
}

// gather reads links and authors.
func (f *filter) gather(m *message.Message) *material {
	g := &material{}
	links := m.Links()
	for i := range links {
		f.gatherLink(g, &links[i])
	}
	for _, list := range [...][]addressOf{people(m.From()), people(m.ReplyTo()), people(m.Sender())} {
		for _, a := range list {
			g.emails.add(canonical(a.local, a.domain), 5)
			f.gatherDomain(g, link.RegisteredDomain(a.domain), 5)
		}
	}
	return g
}

// further gathers what links in attachments add to what was asked about already.
func (f *filter) further(asked *material, links []link.Link) *material {
	if len(links) == 0 {
		return &material{}
	}
	g := &material{}
	for i := range links {
		f.gatherLink(g, &links[i])
	}
	for _, pair := range [...][2]*gathering{{&g.domains, &asked.domains}, {&g.hosts, &asked.hosts}, {&g.ips, &asked.ips}, {&g.emails, &asked.emails}} {
		pair[0].list = slices.DeleteFunc(pair[0].list, func(c candidate) bool { _, was := pair[1].at[c.text]; return was })
	}
	return g
}

// empty tells whether there is nothing to ask about.
func (g *material) empty() bool {
	return len(g.domains.list)+len(g.hosts.list)+len(g.ips.list)+len(g.emails.list) == 0
}

func (f *filter) gatherLink(g *material, l *link.Link) {
	r := rank(l)
	switch {
	case l.Host == "":
		return
	case l.Flags.Has(link.IsIP):
		g.ips.add(l.Host, r)
		return
	case l.Scheme == "mailto":
		g.emails.add(canonical(l.User, l.Host), r)
	}
	if !f.skip[l.Domain] {
		f.gatherDomain(g, l.Domain, r)
		g.hosts.add(l.Host, r)
	}
}

// gatherDomain adds a registered domain that is not among the known ones.
func (f *filter) gatherDomain(g *material, domain string, r int) {
	if f.skip[domain] {
		return
	}
	if _, err := netip.ParseAddr(domain); err == nil {
		return
	}
	g.domains.add(domain, r)
}

// subjects turns the picked texts into what lists are asked about.
func subjects(kind dnslist.Kind, texts []string) []dnslist.Subject {
	all := make([]dnslist.Subject, 0, len(texts))
	for _, text := range texts {
		s := dnslist.Subject{Kind: kind, Text: text}
		switch kind {
		case dnslist.IP, dnslist.Address:
			a, err := netip.ParseAddr(text)
			if err != nil || !dnslist.Public(a) {
				continue
			}
			s.Addr = a.Unmap()
		case dnslist.Email:
			s.Data, s.Text = []byte(text), masked(text)
		default:
			s.Name = text
		}
		all = append(all, s)
	}
	return all
}
