package dnstest

import (
	"strings"

	"github.com/miekg/dns"
)

// zone is the records, by name.
type zone map[string][]dns.RR

// add parses lines of a zone file. Records without a TTL get 300 seconds.
func (z zone) add(records string) error {
	var lines []string
	for line := range strings.Lines(records) {
		lines = append(lines, strings.TrimSpace(line)) // a zone file gives white space at the begin a meaning
	}
	p := dns.NewZoneParser(strings.NewReader("$TTL 300\n"+strings.Join(lines, "\n")+"\n"), ".", "")
	for rr, ok := p.Next(); ok; rr, ok = p.Next() {
		name := key(rr.Header().Name)
		z[name] = append(z[name], rr)
	}
	return p.Err()
}

// maxChain is how many CNAMEs the server follows before it answers with what it has, loops as well.
const maxChain = 20

// answer fills in a reply as a caching resolver would: it follows CNAMEs, and where there is nothing it adds the SOA
// of the closest zone that has one. It returns the code.
func (z zone) answer(q dns.Question, reply *dns.Msg) int {
	name := key(q.Name)
	for range maxChain {
		list, exists := z.find(name)
		if !exists {
			z.addSOA(name, reply)
			return dns.RcodeNameError
		}
		var next string
		found := false
		for _, rr := range list {
			h := *rr.Header()
			switch {
			case h.Rrtype == q.Qtype || q.Qtype == dns.TypeANY:
				reply.Answer, found = append(reply.Answer, named(rr, name, q)), true
			case h.Rrtype == dns.TypeCNAME:
				reply.Answer, next = append(reply.Answer, named(rr, name, q)), key(rr.(*dns.CNAME).Target)
			}
		}
		if found || next == "" {
			if !found {
				z.addSOA(name, reply)
			}
			return dns.RcodeSuccess
		}
		name = next
	}
	return dns.RcodeSuccess
}

// named gives a copy of a record with the name as it was asked for, for wildcards too.
func named(rr dns.RR, name string, q dns.Question) dns.RR {
	c := dns.Copy(rr)
	c.Header().Name = name
	if strings.EqualFold(name, q.Name) {
		c.Header().Name = q.Name
	}
	return c
}

// find gives a name's records, those of a wildcard above it where there are none. A name that only has names below
// it exists (RFC 8020).
func (z zone) find(name string) (list []dns.RR, exists bool) {
	if list, ok := z[name]; ok {
		return list, true
	}
	for have := range z {
		if dns.IsSubDomain(name, have) {
			return nil, true
		}
	}
	for at, end := dns.NextLabel(name, 0); !end; at, end = dns.NextLabel(name, at) {
		if list, ok := z["*."+name[at:]]; ok {
			return list, true
		}
		if _, ok := z[name[at:]]; ok {
			return nil, false // the closest encloser has no wildcard (RFC 4592)
		}
	}
	return nil, false
}

// addSOA adds the SOA of the closest zone that has one.
func (z zone) addSOA(name string, reply *dns.Msg) {
	for at, end := 0, false; !end; at, end = dns.NextLabel(name, at) {
		for _, rr := range z[name[at:]] {
			if soa, ok := rr.(*dns.SOA); ok {
				reply.Ns = append(reply.Ns, dns.Copy(soa))
				return
			}
		}
	}
}
