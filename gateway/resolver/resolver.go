// Package resolver asks the DNS for the filters.
//
// A Resolver looks like net.Resolver and returns what it returns: bare *net.DNSError values, whose IsNotFound,
// IsTimeout and IsTemporary say what happened, and names with a final dot in answers. Behind it is what mail needs and
// package net does not have: a cache with bounds in bytes and time, negative answers in it as RFC 2308 says; each
// question under way only once, however many wait for it; a bound of questions for each mail (filters.Questions); and
// name servers that are left alone while they do not answer. It asks recursive name servers, as package net does, over
// UDP, and over TCP where an answer is too long. It does not validate DNSSEC: a local validating server does.
//
// Three things are never mixed: there is a record; there is none (IsNotFound); nobody could tell (IsTemporary).
package resolver

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/miekg/dns"
)

// Hooks are told what happens. They are called from many goroutines and must not block; nil ones are left out.
type Hooks struct {
	// Answered is told of each question that went to the network: how it ended (found, absent, servfail, refused, timeout,
	// unreachable, malformed, truncated, chain, overloaded, spent, canceled), and after how long.
	Answered func(how string, took time.Duration)
	// Server is told when a name server is given up, and when it answers again.
	Server func(address string, down bool)
}

// Options are what New needs beside the config.
type Options struct {
	Hooks      Hooks
	Now        func() time.Time // for the age of answers; nil: time.Now
	ResolvConf string           // read where the config names no servers; "": /etc/resolv.conf
}

// Resolver implements filters.Resolver. It is safe for use by many goroutines.
type Resolver struct {
	settings atomic.Pointer[settings]
	list     atomic.Pointer[list]
	cache    *cache
	hooks    Hooks
	now      func() time.Time
	conf     string
	stats    counts
	life     context.Context // ends with Close
	end      context.CancelFunc
	gate     sync.RWMutex // guards closed against flights that begin
	closed   bool
	flying   sync.WaitGroup
}

// settings are a config at work.
type settings struct {
	Config
	places chan struct{} // one for each question under way
}

// patience is how long a question may take in all.
func (s *settings) patience() time.Duration { return time.Duration(s.Attempts) * s.Timeout.D() }

// New makes a resolver. The config must have passed Check. Close ends it.
func New(c Config, o Options) *Resolver {
	r := &Resolver{cache: newCache(int(c.CacheSize)), hooks: o.Hooks, now: o.Now, conf: o.ResolvConf}
	if r.now == nil {
		r.now = time.Now
	}
	if r.conf == "" {
		r.conf = "/etc/resolv.conf"
	}
	r.life, r.end = context.WithCancel(context.Background())
	r.Reload(c)
	return r
}

// Reload takes over another config. What is in the cache stays; questions under way end as they began.
func (r *Resolver) Reload(c Config) {
	r.list.Store(newList(c.Servers, r.conf, r.list.Load()))
	r.cache.resize(int(c.CacheSize))
	r.settings.Store(&settings{Config: c, places: make(chan struct{}, c.InFlight)})
}

// Close gives up all questions under way and waits for their end. Later ones fail.
func (r *Resolver) Close() error {
	r.gate.Lock()
	r.closed = true
	r.gate.Unlock()
	r.end()
	r.flying.Wait()
	return nil
}

// launch runs f on a goroutine that Close waits for; false: the resolver is closed.
func (r *Resolver) launch(f func()) bool {
	r.gate.RLock()
	defer r.gate.RUnlock()
	if !r.closed {
		r.flying.Go(f)
	}
	return !r.closed
}

// Servers lists the addresses of the name servers that are asked now.
func (r *Resolver) Servers() (addresses []string) {
	for _, s := range r.list.Load().get() {
		addresses = append(addresses, s.name)
	}
	return addresses
}

// LookupTXT gives the texts of a name, the strings of each record put together.
func (r *Resolver) LookupTXT(ctx context.Context, name string) ([]string, error) {
	a := r.lookup(ctx, name, dns.TypeTXT)
	return append([]string(nil), a.texts...), a.err(name)
}

// LookupMX gives the mail servers of a domain, the best first. A host of "." says that there are none (RFC 7505).
func (r *Resolver) LookupMX(ctx context.Context, name string) ([]*net.MX, error) {
	a := r.lookup(ctx, name, dns.TypeMX)
	if a.kind != found {
		return nil, a.err(name)
	}
	copies, list := append([]net.MX(nil), a.mx...), make([]*net.MX, len(a.mx))
	for i := range copies {
		list[i] = &copies[i]
	}
	return list, nil
}

// LookupNS gives the name servers of a domain.
func (r *Resolver) LookupNS(ctx context.Context, name string) ([]*net.NS, error) {
	a := r.lookup(ctx, name, dns.TypeNS)
	if a.kind != found {
		return nil, a.err(name)
	}
	list := make([]*net.NS, len(a.texts))
	for i, host := range a.texts {
		list[i] = &net.NS{Host: host}
	}
	return list, nil
}

// LookupNetIP gives the addresses of a host; network is "ip4", "ip6", or "ip" for both, which are asked at once. What
// is an address already is not asked for.
func (r *Resolver) LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error) {
	if a, ok := literal(host); ok {
		if network == "ip4" && !a.Unmap().Is4() || network == "ip6" && a.Unmap().Is4() {
			return nil, (&answer{kind: absent}).err(host)
		}
		return []netip.Addr{a}, nil
	}
	switch network {
	case "ip4":
		return addresses(r.lookup(ctx, host, dns.TypeA), host)
	case "ip6":
		return addresses(r.lookup(ctx, host, dns.TypeAAAA), host)
	}
	four, six := r.begin(ctx, host, dns.TypeA), r.begin(ctx, host, dns.TypeAAAA)
	return both(r.await(ctx, &four), r.await(ctx, &six), host)
}

// literal reads what is an address already. Such a host has a colon or ends in a digit, which saves parsing all others.
func literal(host string) (netip.Addr, bool) {
	if host == "" || !digit(host[len(host)-1]) && strings.IndexByte(host, ':') < 0 {
		return netip.Addr{}, false
	}
	a, err := netip.ParseAddr(host)
	return a, err == nil
}

func addresses(a *answer, host string) ([]netip.Addr, error) {
	return append([]netip.Addr(nil), a.addrs...), a.err(host)
}

// both puts the answers for A and AAAA together. Where one was found the other's failure does not count; else a
// failure counts more than that there is nothing.
func both(four, six *answer, host string) ([]netip.Addr, error) {
	list := append(append([]netip.Addr(nil), four.addrs...), six.addrs...)
	switch {
	case len(list) > 0:
		return list, nil
	case four.kind == absent || four.kind == impossible:
		return nil, six.err(host)
	}
	return nil, four.err(host)
}

// LookupAddr gives the names of an address (PTR). Names that are no host names are left out.
func (r *Resolver) LookupAddr(ctx context.Context, addr string) ([]string, error) {
	a, err := netip.ParseAddr(strings.TrimSpace(addr))
	if err != nil {
		r.stats.impossible.Add(1)
		return nil, (&answer{kind: impossible}).err(addr)
	}
	names := r.lookup(ctx, Reverse(a), dns.TypePTR)
	return append([]string(nil), names.texts...), names.err(addr)
}

// counts are the numbers of Stats.
type counts struct {
	hits, shared, udp, tcp, forged, spent, impossible atomic.Int64
}

// Stats are numbers since the start, and of now.
type Stats struct {
	Hits       int64 // lookups answered from the cache
	Shared     int64 // lookups that waited for a question under way
	UDP, TCP   int64 // questions sent, repeated ones too
	Forged     int64 // packets that answered no question of ours
	Spent      int64 // lookups refused since the message had asked too much
	Impossible int64 // lookups of names that no name can be like
	Entries    int   // answers in the cache
	Bytes      int   // memory that they take
	InFlight   int   // questions under way
}

// Stats gives the numbers.
func (r *Resolver) Stats() Stats {
	c := &r.stats
	s := Stats{Hits: c.hits.Load(), Shared: c.shared.Load(), UDP: c.udp.Load(), TCP: c.tcp.Load(), Forged: c.forged.Load(),
		Spent: c.spent.Load(), Impossible: c.impossible.Load(), InFlight: len(r.settings.Load().places)}
	s.Entries, s.Bytes = r.cache.usage()
	return s
}
