package dns

import (
	"fmt"
	"net/netip"
	"sort"
	"strings"

	"weir/rules/eval"
	"weir/rules/eval/args"
	"weir/rules/pattern"
	"weir/rules/view"
	"weir/rules/view/domain"
	"weir/rules/view/uri"
)

// list is what a line such as urirhssub says: a list that links are looked up in.
type list struct {
	zone, kind string
	about      about
	test       *subtest
}

// about says what of a link is looked up.
type about uint8

const (
	byAddress    about = iota // addresses of the host or of the name servers of its domain
	byDomain                  // the domain
	byServer                  // the domains of the name servers
	byFullServer              // the names of the name servers
)

// abouts gives what each directive looks up; with "sub" for "bl" at the end of its name it has a test.
var abouts = map[string]about{"uridnsbl": byAddress, "urirhsbl": byDomain, "urinsrhsbl": byServer, "urifullnsrhsbl": byFullServer}

// addLink takes a line: NAME zone TYPE, and a test for those that have one.
func (r *Room) addLink(key, value string) error {
	what, tested := strings.CutSuffix(key, "sub")
	if tested {
		what += "bl"
	}
	words := strings.Fields(value)
	if len(words) != 3 && !tested || len(words) < 4 && tested {
		return fmt.Errorf("write: %s NAME list.example.org. A%s", key, map[bool]string{true: " 127.0.0.2"}[tested])
	}
	kind := strings.ToUpper(words[2])
	if kind != "A" && kind != "TXT" {
		return fmt.Errorf("the type of records is A or TXT, not %q", words[2])
	}
	l := &list{zone: strings.TrimSuffix(words[1], "."), kind: kind, about: abouts[what]}
	if tested {
		numbers, err := parseNumbers(strings.Join(words[3:], ""))
		if err != nil {
			return err
		}
		l.test = &subtest{numbers: numbers}
	}
	r.links[words[0]] = l
	return nil
}

// bindLink binds check_uridnsbl('NAME').
func (r *Room) bindLink(c eval.Call) (*rule, error) {
	name, there := args.Text(c, 0)
	if !there {
		name = c.Rule
	}
	l := r.links[name]
	if l == nil {
		return nil, fmt.Errorf("no line says which list %s asks: add urirhssub %s zone A test, or one of its kin", name, name)
	}
	ru := &rule{call: c, hit: anyOf(l.has)}
	ru.start = func(q *inquiry, m *view.Mail) {
		if r.skipLinks {
			return
		}
		for _, h := range r.hosts(m) {
			l.ask(q, ru, h, m.Set.Domains())
		}
	}
	return ru, nil
}

// has tells whether an answer says that the subject is on the list.
func (l *list) has(t *pattern.Trial, p *reply) bool {
	for _, record := range p.records {
		switch {
		case l.test == nil && record.ip.IsValid() && !isListing(record.ip):
		case l.test.fits(t, record.text, record.ip):
			return true
		}
	}
	return false
}

// ask starts the questions about one host of a link.
func (l *list) ask(q *inquiry, ru *rule, h uri.Host, known *domain.Registries) {
	ip, isIP := hostIP(h.Name)
	c := &ru.call
	switch {
	case isIP && (!ip.Is4() || isPrivate(ip)):
	case l.about == byDomain:
		l.askDomain(q, ru, h, ip, isIP)
	case isIP: // an address has no name servers, and is looked up by lists of domains only
	case l.about == byAddress:
		if c.Has("a") {
			l.askAddresses(q, ru, h.Name)
		}
		if c.Has("ns") || !c.Has("a") {
			q.ask(ru, "NS", h.Domain, func(p *reply) {
				for _, server := range p.records {
					l.askAddresses(q, ru, server.text)
				}
			})
		}
	default:
		q.ask(ru, "NS", h.Domain, func(p *reply) {
			for _, server := range p.records {
				name := server.text
				if l.about == byServer {
					name = known.Trim(name)
				}
				q.ask(ru, l.kind, name+"."+l.zone, nil)
			}
		})
	}
}

// askDomain looks the domain of a link up, or its whole host, or its address.
func (l *list) askDomain(q *inquiry, ru *rule, h uri.Host, ip netip.Addr, isIP bool) {
	c := &ru.call
	subject := h.Domain
	switch {
	case isIP && (!c.Has("domains_only") || c.Has("ips_only")):
		subject = reversed(ip)
	case isIP || c.Has("ips_only"):
		return
	case c.Has("notrim"):
		subject = h.Name
	}
	q.ask(ru, l.kind, subject+"."+l.zone, nil)
}

// askAddresses looks the addresses of a host up.
func (l *list) askAddresses(q *inquiry, ru *rule, name string) {
	q.ask(ru, "A", name, func(p *reply) {
		for _, record := range p.records {
			if record.ip.Is4() && !isPrivate(record.ip) {
				q.ask(ru, l.kind, reversed(record.ip)+"."+l.zone, nil)
			}
		}
	})
}

func hostIP(name string) (netip.Addr, bool) {
	ip, err := netip.ParseAddr(name)
	return ip.Unmap(), err == nil
}

type hostsKey struct{}

// hosts lists the hosts of links that lists are asked about, at most uridnsbl_max_domains: first those of anchors that
// show something, then of forms, images, other tags, of text, and of anchors that show nothing.
func (r *Room) hosts(m *view.Mail) []uri.Host {
	return view.Once(m, hostsKey{}, func() []uri.Host {
		links := m.URIDetails()
		order := make([]int, 0, len(links))
		for i := range links {
			if !r.skipMail || len(links[i].Raw) < 7 || !strings.EqualFold(links[i].Raw[:7], "mailto:") {
				order = append(order, i)
			}
		}
		sort.SliceStable(order, func(a, b int) bool { return rank(&links[order[a]]) < rank(&links[order[b]]) })
		var hosts []uri.Host
		seen := map[string]bool{}
		for _, i := range order {
			for _, h := range m.Set.Links().Hosts(&links[i]) {
				if len(hosts) < r.maxDomains && !seen[h.Name] && !r.known[h.Name] && !r.known[h.Domain] {
					seen[h.Name] = true
					hosts = append(hosts, h)
				}
			}
		}
		return hosts
	})
}

// rank orders links by how likely they are to be followed.
func rank(l *uri.Link) int {
	switch {
	case l.Types.Has("a"):
		for _, text := range l.Texts {
			if text != "" {
				return 0
			}
		}
		return 5
	case l.Types.Has("form"):
		return 1
	case l.Types.Has("img"):
		return 2
	case l.Types == uri.Parsed:
		return 4
	}
	return 3
}
