package dns

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"weir/message/reverse"
	"weir/rules/eval"
	"weir/rules/eval/args"
	"weir/rules/pattern"
	"weir/rules/view"
	"weir/rules/view/domain"
)

// subjects give what each function asks a list about: addresses and names. hosts are turned into what is put in front
// of the list's zone later.
var subjects = map[string]func(r *Room, c *eval.Call, m *view.Mail) []string{
	"check_rbl":             (*Room).relays,
	"check_rbl_txt":         (*Room).relays,
	"check_rbl_accreditor":  (*Room).accredited,
	"check_rbl_from_host":   func(_ *Room, _ *eval.Call, m *view.Mail) []string { return hostsOf(m.Senders()) },
	"check_rbl_from_domain": (*Room).senderDomains,
	"check_rbl_envfrom":     func(_ *Room, _ *eval.Call, m *view.Mail) []string { return hostsOf(m.List("EnvelopeFrom:addr")) },
	"check_rbl_headers":     (*Room).inFields,
	"check_rbl_rcvd":        (*Room).firstRelay,
}

// bindList binds check_rbl(set, zone [, test]) and its kin.
func (r *Room) bindList(c eval.Call) (*rule, error) {
	subject := subjects[c.Name]
	if subject == nil && c.Name != "check_rbl_ns_from" {
		return nil, eval.ErrUnknown
	}
	if len(c.Args) < 2 || c.Args[1] == "" {
		return nil, fmt.Errorf("%s takes the name of a set and the zone of a list: ('name', 'list.example.org.')", c.Name)
	}
	var test *subtest
	if s, there := args.Text(c, 2); there && s != "" && s != "undef" {
		var err error
		if test, err = listSubtest(s); err != nil {
			return nil, err
		}
	}
	kind := "A"
	if c.Name == "check_rbl_txt" {
		kind = "TXT"
	}
	zone := strings.TrimRight(c.Args[1], ".")
	ru := &rule{call: c, hit: anyOf(func(t *pattern.Trial, p *reply) bool { return listed(t, p, test) })}
	ru.start = func(q *inquiry, m *view.Mail) {
		if r.skipLists {
			return
		}
		if subject == nil {
			serversOfSender(q, ru, m, zone)
			return
		}
		for _, s := range subject(r, &ru.call, m) {
			if label := r.label(&ru.call, m, s); label != "" {
				q.ask(ru, kind, label+"."+zone, nil)
			}
		}
	}
	r.sets[c.Args[0]] = append(r.sets[c.Args[0]], ru)
	return ru, nil
}

// bindSub binds check_rbl_sub(set, test): it goes by the answers that the rules of a set get.
func (r *Room) bindSub(c eval.Call) (*rule, error) {
	if len(c.Args) < 2 {
		return nil, errors.New("check_rbl_sub takes the name of a set and a test: ('name', '127.0.0.2')")
	}
	test, err := listSubtest(c.Args[1])
	if err != nil {
		return nil, err
	}
	return &rule{call: c, set: c.Args[0], hit: anyOf(func(t *pattern.Trial, p *reply) bool { return listed(t, p, test) })}, nil
}

// listed tells whether an answer says that the subject is on a list. Addresses outside 127.0.0.0/8 are no such answer:
// a list that is gone, or a resolver that lies.
func listed(t *pattern.Trial, p *reply, test *subtest) bool {
	for _, record := range p.records {
		if record.ip.IsValid() && !isListing(record.ip) {
			continue
		}
		if test.fits(t, record.text, record.ip) {
			return true
		}
	}
	return false
}

func isListing(ip netip.Addr) bool { return ip.Is4() && ip.As4()[0] == 127 }

// label is what is put in front of a zone: a name, or an address the other way round (RFC 5782 section 2). "" if the rule
// does not want such, or if it is no name that can be registered.
func (r *Room) label(c *eval.Call, m *view.Mail, subject string) string {
	if ip, err := netip.ParseAddr(subject); err == nil {
		if c.Has("domains_only") {
			return ""
		}
		return reversed(ip)
	}
	if subject = domain.Ascii(strings.Trim(subject, ".")); c.Has("ips_only") || !domain.Plausible(subject) || !m.Set.Domains().Valid(subject) {
		return ""
	}
	return subject
}

// reversed writes an address the other way round: by bytes, or by half bytes for IPv6.
func reversed(ip netip.Addr) string { return reverse.Address(ip.Unmap()) }
