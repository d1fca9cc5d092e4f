package dmarc

import (
	"context"
	"strings"

	"weir/filters"
)

// Places tells where the aggregate reports of a domain go: the rua of its record as it is now. A place in another
// organisation counts only if it agrees, by a record at <domain>._report._dmarc.<place> (RFC 7489 section 7.1); else
// anybody could have a stranger buried in reports. An error means that the DNS could not tell.
func Places(ctx context.Context, resolver filters.Resolver, domain string) ([]URI, error) {
	if !validDomain(domain) {
		return nil, nil
	}
	s := &survey{resolver: resolver}
	p := s.at(ctx, domain)
	if p.temporary() {
		return nil, p.err
	}
	if !p.has() {
		return nil, nil
	}
	home, err := s.walk(ctx, domain)
	if err != nil {
		return nil, err
	}
	var list []URI
	for _, u := range p.record.RUA {
		agreed, err := s.agreed(ctx, domain, organisation(domain, home), u)
		if err != nil {
			return nil, err
		}
		list = appendNew(list, agreed)
	}
	return list, nil
}

// agreed gives the places that a URI stands for: itself, or what the other organisation has in its place. None: it does
// not agree.
func (s *survey) agreed(ctx context.Context, domain, home string, u URI) ([]URI, error) {
	host := strings.ToLower(u.Address[strings.LastIndexByte(u.Address, '@')+1:])
	if host == domain {
		return []URI{u}, nil
	}
	found, err := s.walk(ctx, host)
	if err != nil {
		return nil, err
	}
	if organisation(host, found) == home {
		return []URI{u}, nil
	}
	texts, err := s.resolver.LookupTXT(ctx, domain+"._report._dmarc."+host)
	if err != nil && !filters.Absent(err) {
		return nil, dnsError(host, err)
	}
	for _, text := range texts {
		r, err := ParseRecord(text)
		if err == ErrNoRecord {
			continue
		}
		if len(r.RUA) == 0 {
			return []URI{u}, nil
		}
		return sameHost(r.RUA, host), nil
	}
	return nil, nil
}

// sameHost keeps the places of one host: who agrees may name another mailbox of his, not somebody else's.
func sameHost(list []URI, host string) (kept []URI) {
	for _, u := range list {
		if strings.EqualFold(u.Address[strings.LastIndexByte(u.Address, '@')+1:], host) {
			kept = append(kept, u)
		}
	}
	return kept
}

func appendNew(list, more []URI) []URI {
next:
	for _, u := range more {
		for _, have := range list {
			if strings.EqualFold(have.Address, u.Address) {
				continue next
			}
		}
		list = append(list, u)
	}
	return list
}
