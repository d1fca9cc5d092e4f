package spf

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"weir/filters"
)

// The limits of RFC 7208 section 4.6.4, and one of our own.
const (
	maxTerms   = 10 // include, a, mx, ptr, exists and redirect
	maxVoids   = 2  // of them those to which the DNS has no answer
	maxHosts   = 10 // of one MX; more are an error
	maxNames   = 10 // of one address; more are not looked at
	maxQueries = 50 // all questions for one identity: the limits above allow 111, which only an attack needs
)

// query is what check_host is asked (RFC 7208 section 4.1).
type query struct {
	ip     netip.Addr // IPv4 never in IPv6's clothes
	domain string     // of the identity, lower case, A-labels
	local  string     // local part of the sender; "" stands for postmaster
	helo   string     // as given
	asName string     // our own name, for explanations
}

// answer is what check_host says.
type answer struct {
	value  filters.AuthValue
	reason string // for a person: which domain says what
	exp    string // explanation of the domain, unclean; "" none
	open   bool   // it is a pass that the record gives to everybody
}

// check is one evaluation of check_host.
type check struct {
	ctx      context.Context
	dns      filters.Resolver
	ip       netip.Addr
	local    string
	sender   string // domain of the identity
	helo     string
	hostname string
	explain  bool
	open     bool // the last include that matched was open

	terms, voids, queries int
	names                 []string // validated names of ip; see reverse
	looked                bool     // names are known
}

// stop ends an evaluation with a value.
type stop struct {
	value  filters.AuthValue
	reason string
}

func (s *stop) Error() string { return s.reason }

func permError(format string, args ...any) error {
	return &stop{filters.PermError, fmt.Sprintf(format, args...)}
}

// checkHost is check_host() of RFC 7208 section 4.
func checkHost(ctx context.Context, dns filters.Resolver, q query, explain bool) answer {
	c := &check{ctx: ctx, dns: dns, ip: q.ip.Unmap().WithZone(""), local: q.local, sender: q.domain, helo: q.helo, hostname: q.asName, explain: explain}
	if c.local == "" {
		c.local = "postmaster"
	}
	if !isIdentity(q.domain) {
		return answer{value: filters.None, reason: "no domain"}
	}
	a, err := c.host(q.domain)
	var s *stop
	if errors.As(err, &s) {
		return answer{value: s.value, reason: s.reason}
	}
	return a
}

// host evaluates the record of one domain. Errors are *stop.
func (c *check) host(domain string) (answer, error) {
	if !isDomain(domain) {
		return answer{value: filters.None, reason: "no domain"}, nil
	}
	txt, err := c.lookup(domain)
	if err != nil || txt == "" {
		return answer{value: filters.None, reason: domain + " has no record"}, err
	}
	r, err := ParseRecord(txt)
	if err != nil {
		return answer{}, permError("%s: %s", domain, strings.TrimPrefix(err.Error(), "spf: "))
	}
	for i := range r.directives {
		d := &r.directives[i]
		match, err := c.matches(d, domain)
		if err != nil {
			return answer{}, err
		}
		if match {
			return c.verdict(r, d, domain), nil
		}
	}
	if r.redirect != "" {
		return c.redirected(r, domain)
	}
	return answer{value: filters.Neutral, reason: domain + " says nothing of this address"}, nil
}

// verdict is the answer of a directive that matches.
func (c *check) verdict(r *Record, d *directive, domain string) answer {
	a := answer{value: d.value, reason: domain + " says " + clip(d.text)}
	a.open = d.value == filters.Pass && c.isOpen(d)
	if d.value == filters.Fail && c.explain && r.exp != "" {
		a.exp = c.explanation(r.exp, domain)
	}
	return a
}

// isOpen tells whether a directive that matches would match nearly everybody: all, a network that nobody has, a name that
// exists whoever the client is, or an include of such a record.
func (c *check) isOpen(d *directive) bool {
	switch d.kind {
	case all:
		return true
	case exists:
		return !asksForClient(d.spec)
	case a, mx:
		return c.ip.Is4() && d.four < 8 || c.ip.Is6() && d.six < 16
	case ip4:
		return d.prefix.Bits() < 8
	case ip6:
		return d.prefix.Bits() < 16
	}
	return d.kind == include && c.open
}

func (c *check) redirected(r *Record, domain string) (answer, error) {
	if err := c.term(); err != nil {
		return answer{}, err
	}
	target := c.name(r.redirect, domain)
	a, err := c.host(target)
	if err == nil && a.value == filters.None {
		err = permError("%s redirects to %s, which has no record", domain, clip(target))
	}
	return a, err
}

// lookup gets a domain's SPF record; "" where there is none.
func (c *check) lookup(domain string) (string, error) {
	if err := c.question(); err != nil {
		return "", err
	}
	list, err := c.dns.LookupTXT(c.ctx, domain)
	if err != nil {
		return "", c.failed(domain, err)
	}
	found := ""
	for _, txt := range list {
		if !IsRecord(txt) {
			continue
		}
		if found != "" {
			return "", permError("%s has several records", domain)
		}
		found = txt
	}
	return found, nil
}

// failed gives nil for "there is nothing", and stops the evaluation for anything else (RFC 7208 section 4.4 and 5).
func (c *check) failed(name string, err error) error {
	if filters.Absent(err) {
		return nil
	}
	return &stop{filters.TempError, "the DNS gives no answer for " + clip(name)}
}

// term counts a term that makes us ask.
func (c *check) term() error {
	if c.terms++; c.terms > maxTerms {
		return permError("more than %d terms that ask the DNS", maxTerms)
	}
	return nil
}

// void counts a question that was answered with nothing.
func (c *check) void() error {
	if c.voids++; c.voids > maxVoids {
		return permError("more than %d questions to which the DNS has no answer", maxVoids)
	}
	return nil
}

// question counts a question.
func (c *check) question() error {
	if c.queries++; c.queries > maxQueries {
		return permError("more than %d questions to the DNS", maxQueries)
	}
	return nil
}
