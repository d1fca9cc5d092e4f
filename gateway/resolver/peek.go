package resolver

import (
	"github.com/miekg/dns"
)

// IsAbsent tells whether the cache knows that a host has no IPv4 address. It asks nobody and never waits
// (filters.Peeker): most questions to DNS lists end so, and they are many.
func (r *Resolver) IsAbsent(host string) bool {
	name, ok := canonical(host)
	if !ok {
		return false
	}
	k := key{name, dns.TypeA}
	p := r.cache.part(k)
	p.mu.Lock()
	defer p.mu.Unlock()
	a := p.get(k, r.now())
	if a == nil || a.kind != absent {
		return false
	}
	r.stats.hits.Add(1)
	return true
}
