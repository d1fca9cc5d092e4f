package dmarc

import (
	"context"
	"errors"
	"net"
	"strings"

	"golang.org/x/net/publicsuffix"

	"weir/filters"
)

// place is a name at which a record was looked for.
type place struct {
	domain string
	record Record
	err    error // ErrNoRecord, ErrUnusable, or a *net.DNSError that may be temporary
}

func (p *place) has() bool { return p.err == nil }

// temporary tells whether it is not known what is there.
func (p *place) temporary() bool {
	var d *net.DNSError
	return errors.As(p.err, &d)
}

// survey looks records up for one message, each name once.
type survey struct {
	resolver filters.Resolver
	places   []place
}

// at looks for the record of one name (RFC 9989 section 4.10, steps 1 and 2).
func (s *survey) at(ctx context.Context, domain string) place {
	for i := range s.places {
		if s.places[i].domain == domain {
			return s.places[i]
		}
	}
	p := place{domain: domain}
	texts, err := s.resolver.LookupTXT(ctx, "_dmarc."+domain)
	if err != nil && !filters.Absent(err) {
		p.err = dnsError(domain, err)
	} else {
		p.record, p.err = only(texts)
	}
	s.places = append(s.places, p)
	return p
}

// dnsError makes every failure to ask one that can be told from an answer, a cancelled context too.
func dnsError(domain string, err error) error {
	var d *net.DNSError
	if errors.As(err, &d) {
		return d
	}
	return &net.DNSError{Err: err.Error(), Name: domain, IsTemporary: true}
}

// only picks the DMARC record among the texts of a name. Where there are several, none counts.
func only(texts []string) (record Record, err error) {
	err = ErrNoRecord
	for _, text := range texts {
		r, bad := ParseRecord(text)
		if bad == ErrNoRecord {
			continue
		}
		if err != ErrNoRecord {
			return Record{}, ErrNoRecord
		}
		record, err = r, bad
	}
	return record, err
}

// maxWalk is how many names one walk asks at most (RFC 9989 section 4.10).
const maxWalk = 8

// walk climbs the DNS tree from a domain and lists the names that have a record, the domain first. psd in them is what
// it means: see suffixed.
func (s *survey) walk(ctx context.Context, domain string) (found []place, err error) {
	for name, n := domain, 0; name != "" && n < maxWalk; name, n = parent(name, n == 0), n+1 {
		p := s.at(ctx, name)
		if p.temporary() {
			return nil, p.err
		}
		if !p.has() {
			continue
		}
		p.record.PSD = suffixed(name, p.record.PSD)
		found = append(found, p)
		if p.record.PSD == PSDNo || p.record.PSD == PSDYes && n > 0 {
			break
		}
	}
	return found, nil
}

// parent takes the first label off; from a name of eight labels or more the first step leads to seven.
func parent(name string, first bool) string {
	_, rest, _ := strings.Cut(name, ".")
	for labels := strings.Count(rest, ".") + 1; first && labels > 7; labels-- {
		_, rest, _ = strings.Cut(rest, ".")
	}
	return rest
}

// suffixed is what psd means where a name is on the public suffix list. A suffix that does not say psd is one all the
// same, or everybody below it would be one organisation (co.uk, github.io). Only a private suffix, say of a hoster, can
// say psd=n; a registry can't.
func suffixed(name string, psd PSD) PSD {
	suffix, icann := publicsuffix.PublicSuffix(name)
	if suffix == name && (psd == PSDUnknown || icann || !strings.Contains(name, ".")) {
		return PSDYes
	}
	return psd
}

// organisation gives the organisational domain of the domain that a walk began at (RFC 9989 section 4.10.2). It is
// never a public suffix other than that domain itself: a record at uk must not make co.uk one organisation.
func organisation(domain string, found []place) string {
	org := domain
	for i := range found {
		p := &found[i]
		if p.record.PSD == PSDNo {
			return p.domain
		}
		if p.record.PSD == PSDYes && p.domain != domain {
			org = below(domain, p.domain)
			break
		}
		org = p.domain // the last of them has the fewest labels
	}
	if reg := registered(domain); len(org) < len(reg) {
		return reg
	}
	return org
}

// below gives the name one label below suffix on the way to domain.
func below(domain, suffix string) string {
	head := domain[:len(domain)-len(suffix)-1]
	return domain[strings.LastIndexByte(head, '.')+1:]
}

// registered is the organisational domain of RFC 7489 section 3.2, by the public suffix list; a suffix stands for itself.
func registered(domain string) string {
	if reg, err := publicsuffix.EffectiveTLDPlusOne(domain); err == nil {
		return reg
	}
	return domain
}

// validDomain tells whether a name in lower case can be asked for: labels of letters, digits, hyphens and QUIRK:
// underscores, which mail domains have though host names may not. The DNS prefix must fit as well.
func validDomain(s string) bool {
	if len(s) == 0 || len(s) > 253-len("_dmarc.") {
		return false
	}
	label := 0
	for i := 0; i <= len(s); i++ {
		if i == len(s) || s[i] == '.' {
			if label == 0 || label > 63 {
				return false
			}
			label = 0
			continue
		}
		c := s[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
		label++
	}
	return !numeric(s)
}

// numeric tells whether a name is only digits and dots: an address, no domain.
func numeric(s string) bool { return strings.Trim(s, "0123456789.") == "" }
