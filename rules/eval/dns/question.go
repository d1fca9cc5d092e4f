package dns

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"

	"weir/rules/view"
)

// question is what is asked: a name and the type of records.
type question struct{ kind, name string }

// kinds are the types of records that can be asked for.
var kinds = map[string]bool{"A": true, "AAAA": true, "TXT": true, "MX": true, "NS": true, "PTR": true}

// reply is the answer to a question, once done.
type reply struct {
	question
	done    bool
	records []record
	err     error
	then    []func(*reply)
}

// record is one record of an answer: as text, and as an address where it is one.
type record struct {
	text string
	ip   netip.Addr
}

// known tells that somebody answered, be it that there is nothing.
func (r *reply) known() bool { return r.done && (r.err == nil || r.absent()) }

// absent tells that there is no such name, or no such record.
func (r *reply) absent() bool { return isAbsent(r.err) }

func isAbsent(err error) bool {
	var e *net.DNSError
	return errors.As(err, &e) && e.IsNotFound
}

// code is the response code of the DNS, as far as it is known; -1: nobody answered.
func (r *reply) code() int {
	var e *net.DNSError
	switch {
	case r.err == nil:
		return 0
	case r.absent():
		return codes["NXDOMAIN"]
	case errors.As(r.err, &e) && !e.IsTimeout:
		return codes["SERVFAIL"]
	}
	return -1
}

// errNoServers says that the resolver can't ask for name servers.
var errNoServers = errors.New("dns: the resolver does not ask for name servers")

// lookup asks a resolver.
func lookup(ctx context.Context, r view.Resolver, q question) (records []record, err error) {
	switch q.kind {
	case "A", "AAAA":
		return addresses(ctx, r, q)
	case "TXT":
		texts, err := r.LookupTXT(ctx, q.name)
		return plain(texts), err
	case "PTR":
		names, err := r.LookupAddr(ctx, q.name)
		return plain(names), err
	case "MX":
		list, err := r.LookupMX(ctx, q.name)
		for _, mx := range list {
			records = append(records, record{text: mx.Host})
		}
		return records, err
	}
	return servers(ctx, r, q.name)
}

func addresses(ctx context.Context, r view.Resolver, q question) (records []record, err error) {
	network := "ip4"
	if q.kind == "AAAA" {
		network = "ip6"
	}
	list, err := r.LookupNetIP(ctx, network, q.name)
	for _, ip := range list {
		ip = ip.Unmap()
		records = append(records, record{text: ip.String(), ip: ip})
	}
	return records, err
}

func servers(ctx context.Context, r view.Resolver, name string) (records []record, err error) {
	s, ok := r.(view.NameServers)
	if !ok {
		return nil, errNoServers
	}
	list, err := s.LookupNS(ctx, name)
	for _, ns := range list {
		records = append(records, record{text: strings.ToLower(strings.TrimSuffix(ns.Host, "."))})
	}
	return records, err
}

func plain(texts []string) []record {
	records := make([]record, len(texts))
	for i, s := range texts {
		records[i] = record{text: s}
	}
	return records
}
